// The options of calls to functions: what endpoints have where their spec.gateway does not say it.
//
// Threads:  used while the table is built.
#pragma once

#include "gateway/cli/options.h"

#include <vector>

namespace sfg::cli {

void add_functions(std::vector<Option>& all);

}  // namespace sfg::cli
