// LevelDbDatabase: one opened LevelDB and what it needs to live.
//
// Paranoid on purpose: LevelDB passes over what it can't read otherwise. Nothing is appended to the
// log of an earlier life, and LevelDB keeps no log book of its own in the directory.
//
// Threads:  as leveldb::DB.
#pragma once

#include "storage/leveldb_cache.h"
#include "storage/leveldb_env.h"
#include "storage/leveldb_store.h"

#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>

#include <memory>
#include <string>

namespace sfg::storage {

class LevelDbDatabase {
public:
    enum class Mode : std::uint8_t { create, existing };

    // `directory` as it is, without checks.
    [[nodiscard]] static StoreResult<std::unique_ptr<LevelDbDatabase>>
    open(const LevelDbOptions& options, const std::string& directory, Mode mode);

    [[nodiscard]] leveldb::DB& db() { return *db_; }

    // Synced. One at a time.
    leveldb::Status write(leveldb::WriteBatch& batch);

    [[nodiscard]] BlockCache& block_cache() { return *cache_; }

    // What a failed write, or a failed open, means: its first cause as the environment saw it.
    [[nodiscard]] StoreError write_error(const leveldb::Status& status) const;

private:
    LevelDbDatabase(FileSystem& files, const LevelDbOptions& options);

    LevelDbEnv env_;
    const std::unique_ptr<const leveldb::FilterPolicy> filter_;
    const std::unique_ptr<BlockCache> cache_;
    const std::unique_ptr<leveldb::Logger> log_book_;
    std::unique_ptr<leveldb::DB> db_;
};

// What a failed read means.
[[nodiscard]] StoreError read_error(const leveldb::Status& status);

}  // namespace sfg::storage
