// What a module declares and this version understands, but can't serve yet.
//
// The one place that knows: a driver that is built takes its kind out here. (Kinesis is no part of
// it: such components load, with a warning of the reader that they do nothing.)
//
// Threads:  a pure function.
#pragma once

#include "protocol/module_spec.h"

#include <string>
#include <vector>

namespace sfg::cli {

// A line for each component, with its place. `serve` does not start while there is one.
[[nodiscard]] std::vector<std::string> not_served(const ModuleSpec& spec);

}  // namespace sfg::cli
