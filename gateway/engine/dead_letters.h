// Dead letters: what was set aside because it can't be processed. Never dropped.
//
// A row holds why, since when and the bytes themselves; an operator can list and show it.
// Threads: pure functions.
#pragma once

#include "gateway/engine/entity.h"
#include "protocol/ids.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sfg::engine {

struct DeadLetter {
    std::string kind;  // "egress record", later "message".
    std::string destination;
    std::string reason;
    std::int64_t time_ms = 0;
    std::uint32_t attempts = 0;
};

[[nodiscard]] std::string dead_letter_key(const Entity& sender, MessageKey key);
// JSON of the description, its length before it (u32), then the bytes.
[[nodiscard]] std::string encode(const DeadLetter& letter, std::string_view bytes);

}  // namespace sfg::engine
