// From what an operator chose to what the engine and its drivers take.
//
// Threads:  pure functions.
#pragma once

#include "gateway/config.h"
#include "gateway/engine_host.h"
#include "storage/leveldb_store.h"
#include "storage/paged_store.h"

namespace sfg {

[[nodiscard]] HostOptions host_options(const Config& config);
[[nodiscard]] storage::LevelDbOptions store_options(const Config& config);
[[nodiscard]] storage::PageLimits page_limits(const Config& config);

// How many I/O loops, on a machine with so many cores. `auto` leaves one core to the engine and one
// to the disk; with fewer than four it is the engine's thread that carries HTTP.
[[nodiscard]] std::size_t io_threads_of(const Config& config, unsigned cores);

}  // namespace sfg
