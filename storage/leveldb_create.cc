#include "storage/leveldb_create.h"

#include "storage/leveldb_check.h"
#include "storage/leveldb_database.h"
#include "storage/store_directory.h"

#include <cerrno>
#include <exception>
#include <random>

namespace sfg::storage {

namespace {

StoreResult<StoreId> random_id() {
    try {
        std::random_device device;
        std::uint64_t high = device();
        return StoreId{high << 32 | device()};
    } catch (const std::exception& error) {
        return StoreError{
            StoreErrc::io, std::string("the system gives no random bytes: ") + error.what()
        };
    }
}

StoreResult<void>
write_synced(FileSystem& files, const std::string& path, const std::string& text) {
    auto file = files.create(path);
    if (!file) {
        return explain(files, "create", path, file.error());
    }
    auto done = (*file)->append(text);
    if (done) {
        done = (*file)->sync();
    }
    if (done) {
        done = (*file)->close();
    }
    if (!done) {
        return explain(files, "write", path, done.error());
    }
    return {};
}

StoreResult<void> sync_names(FileSystem& files, const std::string& directory) {
    if (auto synced = files.sync_directory(directory); !synced) {
        StoreError error = explain(files, "sync", directory, synced.error());
        return StoreError{StoreErrc::sync, error.reason};
    }
    return {};
}

// The directory may be one that an earlier start made and whose name it did not get to sync. Where
// the parent can't be read, this start did not make the directory.
StoreResult<void> sync_own_name(FileSystem& files, const std::string& directory) {
    std::string parent = folder_of(directory);
    auto synced = files.sync_directory(parent);
    if (synced || synced.error().value() == EACCES || synced.error().value() == EPERM) {
        return {};
    }
    StoreError error = explain(files, "sync", parent, synced.error());
    return StoreError{StoreErrc::sync, error.reason};
}

// What an earlier creation left, FORMAT.creating excepted.
StoreResult<void> empty_directory(FileSystem& files, const std::string& directory) {
    auto names = files.list(directory);
    if (!names) {
        return explain(files, "list", directory, names.error());
    }
    for (const std::string& name : *names) {
        std::string path = directory + "/" + name;
        if (!is_leveldb_name(name)) {
            continue;
        }
        if (auto removed = files.remove(path); !removed) {
            return explain(files, "remove", path, removed.error());
        }
    }
    return {};
}

}  // namespace

StoreResult<std::unique_ptr<FileLock>>
lock_directory(FileSystem& files, const std::string& directory, const char* file) {
    std::string path = directory + "/" + file;
    auto locking = files.lock(path);
    if (!locking) {
        return explain(files, "lock", path, locking.error());
    }
    if (locking->held == nullptr) {
        std::string holder = locking->holder != 0
                                 ? "process " + std::to_string(locking->holder)
                                 : "this process, or by one that can't be seen from here";
        return StoreError{
            StoreErrc::locked,
            directory + " is in use by " + holder + "; stop it, or name another directory"
        };
    }
    return std::move(locking->held);
}

StoreResult<void>
create_leveldb(const LevelDbOptions& options, FileSystem& files, const std::string& directory) {
    auto lock = lock_directory(files, directory, kFormatCreatingFile);
    if (!lock) {
        return lock.error();
    }
    std::string creating = directory + "/" + kFormatCreatingFile;
    std::string format = directory + "/" + kFormatFile;
    if (files.info(format)) {
        // Another process was quicker, and is through. Its file may just have got its name.
        if (files.info(creating)) {
            static_cast<void>(files.remove(creating));
        }
        return {};
    }
    if (auto synced = sync_own_name(files, directory); !synced) {
        return synced;
    }
    auto id = options.new_id ? StoreResult<StoreId>(*options.new_id) : random_id();
    if (!id) {
        return id.error();
    }
    if (auto written = write_synced(files, creating, format_text({*id, options.partitions}));
        !written) {
        return written;
    }
    if (auto synced = sync_names(files, directory); !synced) {
        return synced;
    }
    if (auto emptied = empty_directory(files, directory); !emptied) {
        return emptied;
    }
    auto made = LevelDbDatabase::open(options, directory, LevelDbDatabase::Mode::create);
    if (!made) {
        return made.error();
    }
    made->reset();
    if (auto synced = sync_names(files, directory); !synced) {
        return synced;
    }
    if (auto renamed = files.rename(creating, format); !renamed) {
        return explain(files, "rename", creating, renamed.error());
    }
    return sync_names(files, directory);
}

}  // namespace sfg::storage
