#include "storage/leveldb_env.h"

#include "storage/leveldb_files.h"

#include <pthread.h>

#include <memory>

namespace sfg::storage {

namespace {

using leveldb::Status;

class HeldLock final : public leveldb::FileLock {
public:
    explicit HeldLock(std::unique_ptr<storage::FileLock> held) : held_(std::move(held)) {}

private:
    const std::unique_ptr<storage::FileLock> held_;
};

struct Work {
    void (*function)(void*);
    void* argument;
};

// LevelDB's own thread has no other place where it could be given its name (as in `top -H`).
void run_named(void* work) {
    std::unique_ptr<Work> owned(static_cast<Work*>(work));
    static_cast<void>(pthread_setname_np(pthread_self(), "compaction"));
    Courtesy::this_thread_compacts();
    owned->function(owned->argument);
}

}  // namespace

LevelDbEnv::LevelDbEnv(FileSystem& files, Background background)
    : EnvWrapper(leveldb::Env::Default()),
      files_(files),
      background_(std::move(background)) {}

std::optional<StoreError> LevelDbEnv::failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
}

void LevelDbEnv::keep(StoreError error, bool freeze) {
    std::lock_guard lock(mutex_);
    frozen_ = frozen_ || freeze;
    bool graver = error.code == StoreErrc::sync && (!failure_ || failure_->code != StoreErrc::sync);
    if (!failure_ || graver) {
        failure_ = std::move(error);
    }
}

Status LevelDbEnv::failed_write(const std::string& path, boost::system::error_code error) {
    keep(explain(files_, "write", path, error), false);
    return as_status(path, error);
}

Status LevelDbEnv::failed_sync(const std::string& path, boost::system::error_code error) {
    keep(
        {StoreErrc::sync,
         "cannot sync " + path + ": " + error.message() +
             "; what the disk holds is unknown until the process has started anew"},
        true
    );
    return Status::IOError("sync " + path, error.message());
}

Status LevelDbEnv::sync_folder(const std::string& path) {
    std::string folder = folder_of(path);
    auto synced = files_.sync_directory(folder);
    return synced ? Status::OK() : failed_sync(folder, synced.error());
}

Status LevelDbEnv::NewSequentialFile(const std::string& path, leveldb::SequentialFile** result) {
    *result = nullptr;
    auto file = files_.open(path);
    if (!file) {
        return as_status(path, file.error());
    }
    *result = sequential_file(path, std::move(*file)).release();
    return Status::OK();
}

Status
LevelDbEnv::NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** result) {
    *result = nullptr;
    auto file = files_.open(path);
    if (!file) {
        return as_status(path, file.error());
    }
    *result = random_access_file(courtesy_, path, std::move(*file)).release();
    return Status::OK();
}

Status LevelDbEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** result) {
    *result = nullptr;
    auto file = files_.create(path);
    if (!file) {
        return failed_write(path, file.error());
    }
    *result = writable_file(*this, path, std::move(*file)).release();
    return Status::OK();
}

Status LevelDbEnv::NewAppendableFile(const std::string& path, leveldb::WritableFile** result) {
    // Nobody appends to a log of an earlier life: its tail may be torn.
    *result = nullptr;
    return Status::NotSupported("append", path);
}

bool LevelDbEnv::FileExists(const std::string& path) {
    return files_.info(path).has_value();
}

Status LevelDbEnv::GetChildren(const std::string& path, std::vector<std::string>* result) {
    result->clear();
    auto names = files_.list(path);
    if (!names) {
        return as_status(path, names.error());
    }
    *result = std::move(*names);
    return Status::OK();
}

Status LevelDbEnv::RemoveFile(const std::string& path) {
    {
        std::lock_guard lock(mutex_);
        if (frozen_) {
            return Status::IOError(path, "not removed after a failed sync or rename");
        }
    }
    // A file that stays is no failure of a write: LevelDB tries again at its next start.
    auto removed = files_.remove(path);
    return removed ? Status::OK() : as_status(path, removed.error());
}

Status LevelDbEnv::CreateDir(const std::string& path) {
    // The directory is there: open_leveldb() made it.
    return files_.info(path) ? Status::OK() : Status::NotFound(path);
}

Status LevelDbEnv::RemoveDir(const std::string& path) {
    return Status::NotSupported("remove directory", path);
}

Status LevelDbEnv::GetFileSize(const std::string& path, std::uint64_t* bytes) {
    *bytes = 0;
    auto found = files_.info(path);
    if (!found) {
        return as_status(path, found.error());
    }
    *bytes = found->bytes;
    return Status::OK();
}

Status LevelDbEnv::RenameFile(const std::string& from, const std::string& to) {
    {
        std::lock_guard lock(mutex_);
        if (frozen_) {
            return Status::IOError(from, "not renamed after a failed sync or rename");
        }
    }
    auto renamed = files_.rename(from, to);
    if (!renamed) {
        keep(explain(files_, "rename", from, renamed.error()), true);
        return as_status(from, renamed.error());
    }
    return sync_folder(to);
}

Status LevelDbEnv::LockFile(const std::string& path, leveldb::FileLock** lock) {
    *lock = nullptr;
    auto locking = files_.lock(path);
    if (!locking) {
        return failed_write(path, locking.error());
    }
    if (locking->held == nullptr) {
        return Status::IOError(path, "locked by process " + std::to_string(locking->holder));
    }
    *lock = new HeldLock(std::move(locking->held));
    return Status::OK();
}

Status LevelDbEnv::UnlockFile(leveldb::FileLock* lock) {
    delete lock;
    return Status::OK();
}

void LevelDbEnv::Schedule(void (*function)(void*), void* argument) {
    if (background_) {
        background_([function, argument] { function(argument); });
    } else {
        EnvWrapper::Schedule(run_named, new Work{function, argument});
    }
}

}  // namespace sfg::storage
