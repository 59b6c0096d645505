// Disk: what survives a process, and the crashes it can suffer.
//
// Two kinds: rows in memory, where a group is there or not; and the real LevelDB on a disk that
// tears, zeroes and forgets what was not synced (tests/support/fault_env.h).
//
// Threads:    one; LevelDB's compactions run when the simulation says so.
// Lifetime:   outlives the stores that it opened; at most one at a time.
#pragma once

#include "storage/paged_store.h"
#include "storage/store.h"
#include "tests/simulation/random.h"

#include <memory>

namespace sfg::sim {

class Disk {
public:
    virtual ~Disk() = default;

    [[nodiscard]] virtual storage::StoreResult<std::unique_ptr<storage::Store>> open() = 0;

    // The next commit of the store that is open fails, or one of the operations of the disk soon.
    virtual void fail_next(Random& random) = 0;
    virtual void heal() = 0;

    // Work that LevelDB postponed.
    virtual void run_background() = 0;

    // The machine goes down. Requires: the store is closed.
    virtual void cut_power(Random& random) = 0;
};

// `pages`: of the stores that it opens.
[[nodiscard]] std::unique_ptr<Disk>
make_memory_disk(storage::StoreIdentity identity, storage::PageLimits pages);
[[nodiscard]] std::unique_ptr<Disk>
make_leveldb_disk(storage::StoreIdentity identity, storage::PageLimits pages, std::uint64_t seed);

}  // namespace sfg::sim
