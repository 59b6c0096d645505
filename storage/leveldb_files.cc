#include "storage/leveldb_files.h"

#include <cerrno>

namespace sfg::storage {

namespace {

using leveldb::Slice;
using leveldb::Status;

// As large as LevelDB's own: a group up to this size is one write.
constexpr std::size_t kBufferBytes = 64 << 10;

std::string_view view_of(const Slice& slice) {
    return {slice.data(), slice.size()};
}

class SequentialFile final : public leveldb::SequentialFile {
public:
    SequentialFile(std::string path, std::unique_ptr<InputFile> file)
        : path_(std::move(path)),
          file_(std::move(file)) {}

    Status Read(std::size_t bytes, Slice* result, char* scratch) override {
        auto got = file_->read_at(at_, {scratch, bytes});
        if (!got) {
            return as_status(path_, got.error());
        }
        at_ += *got;
        *result = Slice(scratch, *got);
        return Status::OK();
    }

    Status Skip(std::uint64_t bytes) override {
        at_ += bytes;
        return Status::OK();
    }

private:
    const std::string path_;
    const std::unique_ptr<InputFile> file_;
    std::uint64_t at_ = 0;
};

class RandomAccessFile final : public leveldb::RandomAccessFile {
public:
    RandomAccessFile(const Courtesy& courtesy, std::string path, std::unique_ptr<InputFile> file)
        : courtesy_(courtesy),
          path_(std::move(path)),
          file_(std::move(file)) {}

    Status Read(std::uint64_t offset, std::size_t bytes, Slice* result, char* scratch)
        const override {
        courtesy_.let_others_run();
        auto got = file_->read_at(offset, {scratch, bytes});
        if (!got) {
            *result = Slice();
            return as_status(path_, got.error());
        }
        *result = Slice(scratch, *got);
        return Status::OK();
    }

private:
    const Courtesy& courtesy_;
    const std::string path_;
    const std::unique_ptr<InputFile> file_;
};

// Flush() keeps the bytes here: every write that anybody relies on is followed by Sync().
class WritableFile final : public leveldb::WritableFile {
public:
    WritableFile(LevelDbEnv& env, std::string path, std::unique_ptr<OutputFile> file)
        : env_(env),
          path_(std::move(path)),
          file_(std::move(file)) {}

    Status Append(const Slice& data) override {
        if (!status_.ok()) {
            return status_;
        }
        env_.courtesy().let_others_run();
        if (buffer_.size() + data.size() > kBufferBytes && !write_buffer().ok()) {
            return status_;
        }
        if (data.size() >= kBufferBytes) {
            return write(view_of(data));
        }
        buffer_.append(data.data(), data.size());
        return status_;
    }

    Status Flush() override { return status_; }

    Status Sync() override {
        if (!write_buffer().ok()) {
            return status_;
        }
        auto synced = file_->sync();
        if (!synced) {
            return status_ = env_.failed_sync(path_, synced.error());
        }
        if (!name_synced_) {
            status_ = env_.sync_folder(path_);
            name_synced_ = status_.ok();
        }
        return status_;
    }

    Status Close() override {
        if (!write_buffer().ok()) {
            return status_;
        }
        auto closed = file_->close();
        if (!closed) {
            status_ = env_.failed_write(path_, closed.error());
        }
        return status_;
    }

private:
    Status write_buffer() {
        if (status_.ok() && !buffer_.empty()) {
            status_ = write(buffer_);
            buffer_.clear();
        }
        return status_;
    }

    Status write(std::string_view bytes) {
        auto written = file_->append(bytes);
        if (!written) {
            status_ = env_.failed_write(path_, written.error());
        }
        return status_;
    }

    LevelDbEnv& env_;
    const std::string path_;
    const std::unique_ptr<OutputFile> file_;
    std::string buffer_;
    bool name_synced_ = false;
    Status status_;  // The first failure; it stays.
};

}  // namespace

Status as_status(const std::string& path, const boost::system::error_code& error) {
    if (error.value() == ENOENT) {
        return Status::NotFound(path, error.message());
    }
    return Status::IOError(path, error.message());
}

std::unique_ptr<leveldb::SequentialFile>
sequential_file(const std::string& path, std::unique_ptr<InputFile> file) {
    return std::make_unique<SequentialFile>(path, std::move(file));
}

std::unique_ptr<leveldb::RandomAccessFile> random_access_file(
    const Courtesy& courtesy,
    const std::string& path,
    std::unique_ptr<InputFile> file
) {
    return std::make_unique<RandomAccessFile>(courtesy, path, std::move(file));
}

std::unique_ptr<leveldb::WritableFile>
writable_file(LevelDbEnv& env, const std::string& path, std::unique_ptr<OutputFile> file) {
    return std::make_unique<WritableFile>(env, path, std::move(file));
}

}  // namespace sfg::storage
