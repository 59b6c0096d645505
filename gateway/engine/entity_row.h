// EntityRow: what the store keeps of an entity beside its states and messages.
//
// A row is written whole (Core::put_entity_row), by every commit that changes a part of it that
// counts; an entity without a row has a row of zeros.
//
// Part of the on-disk format. A reader resumes at the consumed key without decoding the row
// (ReadRequest::Scan::resume_at), so that key stands at a fixed place.
// Threads: pure functions.
#pragma once

#include "protocol/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

inline constexpr std::size_t kConsumedAt = 0;

struct EntityRow {
    MessageKey consumed{};        // How far the mailbox is consumed, at least.
    std::int64_t touched_ms = 0;  // When its function was last called with success (engine time).
    std::uint8_t status = 0;      // Of those below; 0: active.
    std::string detail;           // Of one that is parked or fails: how it fails (failing.h).

    static constexpr std::uint8_t kParked = 1;
    static constexpr std::uint8_t kPaused = 2;
    static constexpr std::uint8_t kFailing = 4;  // Its attempts are kept while it is on disk.
};

[[nodiscard]] std::string encode(const EntityRow& row);
[[nodiscard]] std::optional<EntityRow> decode_entity_row(std::string_view bytes);

}  // namespace sfg::engine
