// Body work: what takes time that grows with a body's size, done by the helpers.
//
// Threads:  called on the loop's thread; `done` is called there, later.
#pragma once

#include "gateway/runtime/helpers.h"
#include "protocol/address.h"
#include "protocol/codec.h"
#include "protocol/limits.h"

#include <functional>
#include <string>

namespace sfg::functions {

[[nodiscard]] inline bool is_helpers_work(std::size_t bytes) {
    return bytes > kInlineParseBytesMax;
}

// Parses an answer of `target` and frees its body.
void parse_on_helper(
    runtime::Helpers& helpers,
    Address target,
    PartitionId home,
    std::string body,
    std::function<void(Response)> done
);

// Lets go of a body; a large one on a helper, because giving 16 MiB back to the system takes
// milliseconds.
void release_body(runtime::Helpers& helpers, Body body);

}  // namespace sfg::functions
