// LevelDB's kinds of files, over ours. What they mend is said in leveldb_env.h.
//
// Threads:   as LevelDB asks: random access from any, the others one at a time.
// Lifetime:  a writable or random access file does not outlive its environment.
// Limits:    a writable file keeps up to 64 KiB in memory until it is synced or closed.
#pragma once

#include "storage/leveldb_env.h"

#include <leveldb/env.h>

#include <memory>
#include <string>

namespace sfg::storage {

[[nodiscard]] leveldb::Status
as_status(const std::string& path, const boost::system::error_code& error);

[[nodiscard]] std::unique_ptr<leveldb::SequentialFile>
sequential_file(const std::string& path, std::unique_ptr<InputFile> file);
[[nodiscard]] std::unique_ptr<leveldb::RandomAccessFile> random_access_file(
    const Courtesy& courtesy,
    const std::string& path,
    std::unique_ptr<InputFile> file
);
[[nodiscard]] std::unique_ptr<leveldb::WritableFile>
writable_file(LevelDbEnv& env, const std::string& path, std::unique_ptr<OutputFile> file);

}  // namespace sfg::storage
