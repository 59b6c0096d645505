// Admission: why nothing that comes from outside is taken just now.
//
// Threads: the engine's.
// Limits:  half of the commit queue, the totals of EngineOptions and the disk's reserve. What one
//          entity may have waiting is Arrivals' to look at.
#pragma once

#include "gateway/engine/actions.h"

#include <optional>

namespace sfg::engine {

struct Core;

[[nodiscard]] std::optional<Refused> no_room_outside(const Core& core);

}  // namespace sfg::engine
