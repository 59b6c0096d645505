// Dead letters: what was set aside because it can't be processed. Never dropped.
//
// A row holds why, since when and the bytes themselves; an operator can list, replay and drop it.
//
// Threads: pure functions.
// Invariants: a message's letter has the message's own key; an egress record's has an index with
//             its highest bit set, so that the two never meet.
#pragma once

#include "gateway/engine/entity.h"
#include "gateway/engine/failure_note.h"
#include "protocol/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

inline constexpr std::uint32_t kEgressLetterBit = std::uint32_t{1} << 31U;

// A record that its egress could not take when it was to leave: who sent it is not known any more,
// so it is kept under the entity io.statefun.gateway/egress with the egress's name as its id.
inline constexpr std::string_view kEgressTypeName = "egress";

struct DeadLetter {
    bool is_message = true;   // Else an egress record.
    std::string destination;  // Of an egress record.
    std::int64_t time_ms = 0;
    FailureNote note;
};

[[nodiscard]] std::string dead_letter_key(const Entity& sender, MessageKey key);
// JSON of the description, its length before it (u32), then the bytes.
[[nodiscard]] std::string encode(const DeadLetter& letter, std::string_view bytes);

struct DecodedLetter {
    DeadLetter letter;
    std::string_view bytes;  // In the row.
};

[[nodiscard]] std::optional<DecodedLetter> decode_dead_letter(std::string_view row);

}  // namespace sfg::engine
