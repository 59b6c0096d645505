// LevelDbEnv: what LevelDB runs on. Its files go through a FileSystem, so that tests can make them
// fail, and it mends what LevelDB's own environment leaves open:
//   - A new file's name is synced with the first sync of the file, a rename at once. (LevelDB syncs
//     the directory for its MANIFEST only: a new log could vanish with acknowledged writes.)
//   - Files are read with pread, not mapped into memory.
//   - A file that failed once fails for ever: no later write can land behind a gap.
//   - After a failed sync or rename nothing is removed or renamed any more. (LevelDB takes them as
//     "did not happen" and removes a MANIFEST to which CURRENT may point already.)
//   - What failed first is remembered: a full disk, a sync and the rest are told apart.
//   - Compactions let others run (leveldb_courtesy.h).
//
// Threads:   any.
// Lifetime:  outlives the database that is opened on it.
#pragma once

#include "storage/file_system.h"
#include "storage/leveldb_courtesy.h"

#include <leveldb/env.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sfg::storage {

class LevelDbEnv final : public leveldb::EnvWrapper {
public:
    // Runs a piece of work soon, on another thread than the caller's or later on this one.
    using Background = std::function<void(std::function<void()>)>;

    // Without `background`, LevelDB's own thread.
    LevelDbEnv(FileSystem& files, Background background);

    // The first write, sync, creation or rename that failed; a failed sync goes before all others.
    [[nodiscard]] std::optional<StoreError> failure() const;

    // For the files of this environment: keeps the failure, returns it in LevelDB's words.
    leveldb::Status failed_write(const std::string& path, boost::system::error_code error);
    leveldb::Status failed_sync(const std::string& path, boost::system::error_code error);

    // How its compactions make room for others.
    [[nodiscard]] Courtesy& courtesy() { return courtesy_; }

    // Syncs the folder of `path`.
    leveldb::Status sync_folder(const std::string& path);

    leveldb::Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** result)
        override;
    leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result)
        override;
    leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** result)
        override;
    leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** result)
        override;
    bool FileExists(const std::string& path) override;
    leveldb::Status GetChildren(const std::string& path, std::vector<std::string>* result) override;
    leveldb::Status RemoveFile(const std::string& path) override;
    leveldb::Status CreateDir(const std::string& path) override;
    leveldb::Status RemoveDir(const std::string& path) override;
    leveldb::Status GetFileSize(const std::string& path, std::uint64_t* bytes) override;
    leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
    leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
    leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
    void Schedule(void (*function)(void*), void* argument) override;

private:
    void keep(StoreError error, bool freeze);

    FileSystem& files_;
    const Background background_;
    Courtesy courtesy_;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::optional<StoreError> failure_;
    bool frozen_ = false;
};

}  // namespace sfg::storage
