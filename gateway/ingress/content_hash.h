// What an Idempotency-Key stands for: a repeat with another kind, type, body or delay is an error.
//
// Threads: a pure function. Marks on disk hold these hashes: for a content that could be sent
// before it must stay the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace sfg::ingress {

// `kind`: the number of Api::Ask. No delay and a delay of 0 are the same content.
[[nodiscard]] std::uint64_t content_hash(
    std::uint64_t kind,
    std::string_view type_name,
    std::string_view value,
    std::chrono::milliseconds delay
);

}  // namespace sfg::ingress
