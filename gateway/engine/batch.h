// Batch: which messages of a mailbox one call takes.
//
// Threads: pure functions.
// Limits:  so many messages and bytes as are given; one larger message still travels, alone.
#pragma once

#include "gateway/engine/entity.h"

#include <cstddef>
#include <cstdint>

namespace sfg::engine {

struct Batch {
    std::uint32_t messages = 1;  // The first so many of the mailbox.
    std::size_t bytes = 0;
};

struct BatchLimits {
    std::size_t messages = 0;
    std::size_t bytes = 0;
};

// Requires: the mailbox has a message ready. `event`: the present one; what met an idle entity in
// this event leaves at once and alone.
[[nodiscard]] Batch batch_for(const Entity& entity, BatchLimits limits, std::uint64_t event);

}  // namespace sfg::engine
