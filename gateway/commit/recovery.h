// Recovery: where an epoch begins.
//
// Every start and every reset takes numbers above everything that was ever reserved, so a number is
// never used twice, also not one that a crash undid (design D3). The new reservation is durable
// before the first number is used. With it every partition's own row becomes true (tally.h).
//
// Threads: any; before the store has other users.
#pragma once

#include "protocol/ids.h"
#include "storage/store.h"

#include <cstdint>

namespace sfg::commit {

struct Beginning {
    CommitNumber first;
    CommitNumber ceiling;
    std::int64_t engine_time_ms = 0;  // What the store remembers; 0: nothing yet.
};

[[nodiscard]] storage::StoreResult<Beginning> begin_epoch(storage::Store& store);

}  // namespace sfg::commit
