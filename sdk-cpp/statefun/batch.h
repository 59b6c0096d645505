// Batch: the working set of one ToFunction. Internal to the SDK: keeps protobuf's generated code
// out of the headers that function authors include.
//
// Threads:    the one that runs the function.
// Lifetime:   one call of Functions::handle().
// Invariants: `cells` has one cell per declared state, in order of declaration.
#pragma once

#include "protocol/request_reply.pb.h"

#include "statefun/state.h"
#include "statefun/type.h"

#include <vector>

namespace statefun::detail {

struct Batch {
    Address self;
    std::vector<Cell> cells;
    io::statefun::sdk::reqreply::FromFunction::InvocationResponse* response =
        nullptr;  // Set before a function runs.
};

}  // namespace statefun::detail
