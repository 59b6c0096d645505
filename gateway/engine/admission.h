// Admission: why nothing that comes from outside is taken just now.
//
// Requests may take half of the commit queue, and what may wait in total. Sources, whose records
// can wait where they are, take half of that: however long their backlog is, requests find room.
//
// Threads: the engine's.
// Limits:  those, and the disk's reserve. What one entity may have waiting is Arrivals' to look at.
#pragma once

#include "gateway/engine/actions.h"

#include <cstdint>
#include <optional>

namespace sfg::engine {

struct Core;

enum class Outside : std::uint8_t { request, source };

[[nodiscard]] std::optional<Refused> no_room_for(Outside who, const Core& core);

}  // namespace sfg::engine
