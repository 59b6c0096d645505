#include "storage/leveldb_store.h"

#include "storage/ballast.h"
#include "storage/leveldb_check.h"
#include "storage/leveldb_create.h"
#include "storage/leveldb_database.h"
#include "storage/store_directory.h"

#include <leveldb/write_batch.h>

#include <cerrno>
#include <optional>

namespace sfg::storage {

namespace {

// A batch that was larger is given back to the allocator.
constexpr std::size_t kBatchBytesKept = 2 << 20;

leveldb::Slice slice_of(std::string_view text) {
    return {text.data(), text.size()};
}

std::string_view view_of(const leveldb::Slice& slice) {
    return {slice.data(), slice.size()};
}

class LevelDbSnapshot final : public Snapshot {
public:
    explicit LevelDbSnapshot(leveldb::DB& db) : db_(db), taken_(db.GetSnapshot()) {}

    LevelDbSnapshot(const LevelDbSnapshot&) = delete;
    LevelDbSnapshot& operator=(const LevelDbSnapshot&) = delete;

    ~LevelDbSnapshot() override { db_.ReleaseSnapshot(taken_); }

    StoreResult<std::optional<SharedBytes>> get(std::string_view key) override {
        std::string value;
        leveldb::Status status = db_.Get(options(), slice_of(key), &value);
        if (status.IsNotFound()) {
            return std::optional<SharedBytes>();
        }
        if (!status.ok()) {
            return read_error(status);
        }
        return std::optional<SharedBytes>(SharedBytes(value));
    }

    StoreResult<ScanResult> scan(const Range& range) override {
        std::unique_ptr<leveldb::Iterator> row(db_.NewIterator(options()));
        ScanResult result;
        std::size_t bytes = 0;
        for (row->Seek(slice_of(range.from)); row->Valid(); row->Next()) {
            std::string_view key = view_of(row->key());
            if (key >= range.to) {
                break;
            }
            std::string_view value = range.keys_only ? std::string_view() : view_of(row->value());
            bytes += key.size() + value.size();
            bool full = result.rows.size() >= range.rows_max || bytes > range.bytes_max;
            if (full && !result.rows.empty()) {
                result.more = true;
                break;
            }
            result.rows.push_back({std::string(key), SharedBytes(value)});
        }
        if (!row->status().ok()) {
            return read_error(row->status());
        }
        return result;
    }

private:
    [[nodiscard]] leveldb::ReadOptions options() const {
        leveldb::ReadOptions options;
        options.verify_checksums = true;
        options.snapshot = taken_;
        return options;
    }

    leveldb::DB& db_;
    const leveldb::Snapshot* const taken_;
};

class LevelDbStore final : public Store {
public:
    LevelDbStore(
        FileSystem& files,
        std::string directory,
        StoreIdentity identity,
        std::unique_ptr<FileLock> lock,
        std::unique_ptr<LevelDbDatabase> database
    )
        : files_(files),
          directory_(std::move(directory)),
          identity_(identity),
          lock_(std::move(lock)),
          database_(std::move(database)) {}

    [[nodiscard]] StoreIdentity identity() const override { return identity_; }

    void commit(const WriteBatch& group, OnDurable on_durable) override {
        on_durable(write(group));
    }

    [[nodiscard]] std::unique_ptr<Snapshot> snapshot() override {
        return std::make_unique<LevelDbSnapshot>(database_->db());
    }

    void trim() override { database_->block_cache().forget_large(); }

    [[nodiscard]] std::uint64_t disk_bytes() const override {
        std::uint64_t sum = 0;
        auto names = files_.list(directory_);
        if (!names) {
            return 0;
        }
        for (const std::string& name : *names) {
            auto found = files_.info(directory_ + "/" + name);
            if (found && !found->is_directory && name != kBallastFile) {
                sum += found->bytes;
            }
        }
        return sum;
    }

private:
    StoreResult<void> write(const WriteBatch& group) {
        if (dead_because_) {
            return StoreError{
                StoreErrc::dead,
                "the store must be opened anew after a failed write: " + *dead_because_
            };
        }
        if (group.empty()) {
            return {};
        }
        group.for_each([this](std::string_view key, const std::string_view* value) {
            if (value == nullptr) {
                batch_->Delete(slice_of(key));
            } else {
                batch_->Put(slice_of(key), slice_of(*value));
            }
        });
        leveldb::Status status = database_->write(*batch_);
        if (batch_->ApproximateSize() > kBatchBytesKept) {
            batch_.emplace();  // An assignment would keep its block.
        } else {
            batch_->Clear();
        }
        if (status.ok()) {
            return {};
        }
        // Whatever failed: LevelDB itself would go on after some failures, behind a gap in its log.
        StoreError error = database_->write_error(status);
        dead_because_ = error.reason;
        return error;
    }

    FileSystem& files_;
    const std::string directory_;
    const StoreIdentity identity_;
    const std::unique_ptr<FileLock> lock_;
    const std::unique_ptr<LevelDbDatabase> database_;

    // Owned by the thread that commits.
    std::optional<leveldb::WriteBatch> batch_{std::in_place};
    std::optional<std::string> dead_because_;
};

StoreResult<StoreIdentity>
read_identity(FileSystem& files, const std::string& directory, PartitionId partitions) {
    std::string path = directory + "/" + kFormatFile;
    auto text = read_file(files, path, kFormatBytesMax);
    if (!text) {
        return explain(files, "read", path, text.error());
    }
    auto identity = parse_format(*text, path);
    if (identity && identity->partitions != partitions) {
        return StoreError{
            StoreErrc::partitions,
            directory + " was made with " + std::to_string(identity->partitions) +
                " partitions, this start asks for " + std::to_string(partitions) +
                "; the number is fixed when a store is made: ask for " +
                std::to_string(identity->partitions)
        };
    }
    return identity;
}

StoreResult<std::unique_ptr<Store>>
open_existing(const LevelDbOptions& options, FileSystem& files, const std::string& directory) {
    auto identity = read_identity(files, directory, options.partitions);
    if (!identity) {
        return identity.error();
    }
    auto lock = lock_directory(files, directory, kFormatFile);
    if (!lock) {
        return lock.error();
    }
    auto torn = check_leveldb(files, directory);
    if (!torn) {
        return torn.error();
    }
    // From here on the directory may change: nothing is left that refuses it.
    for (const TornFile& file : *torn) {
        if (auto cut = files.cut(file.path, file.bytes); !cut) {
            return explain(files, "cut the torn end of", file.path, cut.error());
        }
    }
    auto database = LevelDbDatabase::open(options, directory, LevelDbDatabase::Mode::existing);
    if (!database) {
        return database.error();
    }
    return std::make_unique<LevelDbStore>(
        files, directory, *identity, std::move(*lock), std::move(*database)
    );
}

StoreResult<void> make_directory(FileSystem& files, const std::string& directory) {
    std::string parent = folder_of(directory);
    if (auto made = files.make_directory(directory); !made) {
        StoreError error = explain(files, "make", directory, made.error());
        if (made.error().value() == ENOENT) {
            error = {StoreErrc::permission, error.reason + "; make " + parent + " first"};
        }
        return error;
    }
    return {};
}

}  // namespace

StoreResult<std::unique_ptr<Store>> open_leveldb(const LevelDbOptions& options) {
    FileSystem& files = options.files != nullptr ? *options.files : posix_files();
    std::string directory = options.directory;
    while (directory.size() > 1 && directory.back() == '/') {
        directory.pop_back();
    }
    auto state = look_at(files, directory);
    if (!state) {
        return state.error();
    }
    if (*state == DirectoryState::absent) {
        if (auto made = make_directory(files, directory); !made) {
            return made.error();
        }
    }
    if (*state != DirectoryState::ours) {
        if (auto created = create_leveldb(options, files, directory); !created) {
            return created.error();
        }
    }
    return open_existing(options, files, directory);
}

}  // namespace sfg::storage
