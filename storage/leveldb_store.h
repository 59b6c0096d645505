// The store on LevelDB, with LevelDB's traps closed (leveldb_env.h, leveldb_check.h).
//
// One group is one synced write, made by the thread that commits; on_durable is called before
// commit() returns. All checks come before LevelDB is opened, so that a directory that is refused
// stays as it is, byte for byte.
//
// Threads:    as in store.h; `background` and LevelDB's thread for compaction.
// Lifetime:   the directory stays locked until the store is gone.
// Limits:     memory: two write buffers, the block cache, index and filter of the open tables.
#pragma once

#include "storage/file_system.h"
#include "storage/store.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sfg::storage {

struct LevelDbOptions {
    // The last part of the path is made if it is not there.
    std::string directory;
    PartitionId partitions = 128;

    std::size_t write_buffer_bytes = 4 << 20;
    std::size_t block_cache_bytes = 4 << 20;
    int open_files_max = 200;

    // Seams. A new store's name: a random one if there is none here.
    std::optional<StoreId> new_id;
    FileSystem* files = nullptr;  // Nothing: the operating system's.
    // Runs compactions later; nothing: LevelDB's own thread. What it was given must have run before
    // the store is destroyed.
    std::function<void(std::function<void()>)> background;
};

// Creates the store if the directory is empty or absent.
[[nodiscard]] StoreResult<std::unique_ptr<Store>> open_leveldb(const LevelDbOptions& options);

}  // namespace sfg::storage
