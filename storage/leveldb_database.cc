#include "storage/leveldb_database.h"

#include "storage/leveldb_cache.h"

namespace sfg::storage {

namespace {

constexpr int kBloomBitsPerKey = 10;
// Four times LevelDB's own: a quarter of the index, so that four times as many tables stay open in
// the same memory. A look-up asks a table of each level; to open one costs more than to unpack
// this.
constexpr std::size_t kBlockBytes = std::size_t{16} << 10;

// LevelDB's log book would grow without bound and be renamed at each start; what matters of it
// comes back as an error.
class NoLogBook final : public leveldb::Logger {
public:
    void Logv(const char* /*format*/, std::va_list /*arguments*/) override {}
};

}  // namespace

LevelDbDatabase::LevelDbDatabase(FileSystem& files, const LevelDbOptions& options)
    : env_(files, options.background),
      filter_(leveldb::NewBloomFilterPolicy(kBloomBitsPerKey)),
      cache_(make_block_cache(options.block_cache_bytes)),
      log_book_(std::make_unique<NoLogBook>()) {}

StoreResult<std::unique_ptr<LevelDbDatabase>>
LevelDbDatabase::open(const LevelDbOptions& options, const std::string& directory, Mode mode) {
    FileSystem& files = options.files != nullptr ? *options.files : posix_files();
    std::unique_ptr<LevelDbDatabase> opened(new LevelDbDatabase(files, options));
    leveldb::Options settings;
    settings.env = &opened->env_;
    settings.info_log = opened->log_book_.get();
    settings.filter_policy = opened->filter_.get();
    settings.block_cache = opened->cache_.get();
    settings.create_if_missing = mode == Mode::create;
    settings.error_if_exists = mode == Mode::create;
    settings.paranoid_checks = true;
    settings.reuse_logs = false;
    settings.write_buffer_size = options.write_buffer_bytes;
    settings.block_size = kBlockBytes;
    settings.max_open_files = options.open_files_max;
    settings.compression = leveldb::kSnappyCompression;
    leveldb::DB* db = nullptr;
    leveldb::Status status = leveldb::DB::Open(settings, directory, &db);
    opened->db_.reset(db);
    if (!status.ok()) {
        return opened->write_error(status);
    }
    return opened;
}

leveldb::Status LevelDbDatabase::write(leveldb::WriteBatch& batch) {
    leveldb::WriteOptions synced;
    synced.sync = true;
    env_.courtesy().write_begins();
    leveldb::Status status = db_->Write(synced, &batch);
    env_.courtesy().write_ended();
    return status;
}

StoreError LevelDbDatabase::write_error(const leveldb::Status& status) const {
    auto failure = env_.failure();
    if (!failure) {
        return read_error(status);
    }
    if (failure->code != StoreErrc::sync && failure->code != StoreErrc::no_space) {
        failure->code = StoreErrc::io;
    }
    return *failure;
}

StoreError read_error(const leveldb::Status& status) {
    return {
        status.IsCorruption() ? StoreErrc::corrupt : StoreErrc::io,
        "LevelDB says: " + status.ToString()
    };
}

}  // namespace sfg::storage
