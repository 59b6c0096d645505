// The kinds io.statefun.kinesis.v1/ingress and egress: checked in full, and not served yet.
//
// Threads:  one reader, one thread.
#pragma once

#include "protocol/module_components.h"
#include "protocol/module_fields.h"

#include <vector>

namespace sfg::module_reader {

// Reports what is wrong with the spec. The id is the caller's to read.
void check_kinesis_ingress(Fields& fields, std::vector<Target>& targets);
void check_kinesis_egress(Fields& fields);

}  // namespace sfg::module_reader
