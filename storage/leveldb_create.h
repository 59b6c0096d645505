// Makes a data directory into an empty store (store_directory.h says in which steps).
//
// Threads:  one; safe against other processes that try the same.
#pragma once

#include "storage/leveldb_store.h"

#include <string>

namespace sfg::storage {

// Requires: look_at() said empty or creating.
[[nodiscard]] StoreResult<void>
create_leveldb(const LevelDbOptions& options, FileSystem& files, const std::string& directory);

// The lock of a file, or why it can't be had (locked: with the holder's process id).
[[nodiscard]] StoreResult<std::unique_ptr<FileLock>>
lock_directory(FileSystem& files, const std::string& directory, const char* file);

}  // namespace sfg::storage
