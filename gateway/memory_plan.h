// MemoryPlan: how the memory budget (memoryBudget, 24 MiB by default) is divided.
//
//     engine         what is left: entities with states and mailboxes, requests of calls in flight,
//                    commits that are not durable (engine/eviction.h keeps it)
//     write buffers  two of LevelDB's, 1/6 each, at most 4 MiB
//     block cache    1/12, at most 16 MiB
//     open tables    1/8, at most 16 MiB: index and filter of the tables that are kept open
//
// Beside the budget there are, each with its own limit: the process itself (code, connections,
// about 25 MB), bodies over 1 MiB (three gates, each as wide as the largest body, design D4),
// records of egresses (engine/outbox.h, a quarter of the engine's share), a batch of each Kafka
// ingress (512 KiB), pages of messages (storage/paged_store.h, a quarter of the budget, at most
// 16 MiB), what an egress of Kafka delivers just now (2 MiB, and librdkafka's copy), and
// what the store needs for a moment to write one group (pace.h) or to compact one table, and the
// last two of its blocks over 4 MiB, for seconds (storage/leveldb_cache.h).
//
// Threads: pure functions.
#pragma once

#include "protocol/limits.h"

#include <algorithm>
#include <cstddef>

namespace sfg {

struct MemoryPlan {
    std::size_t engine_bytes = 0;
    std::size_t write_buffer_bytes = 0;  // Each of two.
    std::size_t block_cache_bytes = 0;
    int open_tables = 0;
    std::size_t page_bytes = 0;     // Beside the budget.
    std::size_t process_bytes = 0;  // All of it, the pages, and the process itself.
};

// Index and filter of one table of 2 MiB in blocks of 16 KiB (storage/leveldb_database.cc), with
// keys and values of some hundred bytes.
inline constexpr std::size_t kOpenTableBytes = 16 * kKiB;
// The process itself, and a margin: up to that nothing is asked back (memory_trim.h).
inline constexpr std::size_t kProcessItselfBytes = 40 * kMiB;
// LevelDB takes no less.
inline constexpr std::size_t kOpenTablesMin = 64;

[[nodiscard]] inline MemoryPlan plan_memory(std::size_t budget_bytes) {
    MemoryPlan plan;
    plan.write_buffer_bytes = std::clamp(budget_bytes / 6, 64 * kKiB, 4 * kMiB);
    plan.block_cache_bytes = std::min(budget_bytes / 12, 16 * kMiB);
    plan.page_bytes = std::min(budget_bytes / 4, 16 * kMiB);
    std::size_t tables = std::min(budget_bytes / 8, 16 * kMiB);
    plan.open_tables = static_cast<int>(std::max(tables / kOpenTableBytes, kOpenTablesMin));
    std::size_t of_store = 2 * plan.write_buffer_bytes + plan.block_cache_bytes + tables;
    plan.engine_bytes = budget_bytes - std::min(of_store, budget_bytes / 2);
    plan.process_bytes = budget_bytes + plan.page_bytes + kProcessItselfBytes;
    return plan;
}

}  // namespace sfg
