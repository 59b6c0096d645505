#include "storage/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

namespace sfg::storage {

namespace {

constexpr mode_t kFileMode = 0640;
constexpr mode_t kDirectoryMode = 0750;

boost::system::error_code last_error() {
    return {errno, boost::system::generic_category()};
}

// Repeats a call that a signal interrupted.
template <typename Call>
auto restarting(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) {
        result = call();
    }
    return result;
}

FileResult<void> as_result(int returned) {
    if (returned < 0) {
        return last_error();
    }
    return {};
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}

    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    Descriptor& operator=(Descriptor&&) = delete;

    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }

    [[nodiscard]] int number() const { return number_; }

    [[nodiscard]] int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

FileResult<Descriptor> open_file(const std::string& path, int flags) {
    int number = restarting([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
    if (number < 0) {
        return last_error();
    }
    return Descriptor(number);
}

class PosixOutputFile final : public OutputFile {
public:
    explicit PosixOutputFile(Descriptor file) : file_(std::move(file)) {}

    FileResult<void> append(std::string_view bytes) override {
        while (!bytes.empty()) {
            ssize_t written =
                restarting([&] { return ::write(file_.number(), bytes.data(), bytes.size()); });
            if (written < 0) {
                return last_error();
            }
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return {};
    }

    FileResult<void> sync() override {
        return as_result(restarting([&] { return ::fdatasync(file_.number()); }));
    }

    FileResult<void> close() override {
        // Not repeated: Linux has closed the descriptor also when it says EINTR.
        return as_result(::close(file_.release()));
    }

private:
    Descriptor file_;
};

// Reads with pread: pages that LevelDB would map into memory would count as this process's.
class PosixInputFile final : public InputFile {
public:
    explicit PosixInputFile(Descriptor file) : file_(std::move(file)) {}

    FileResult<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const override {
        std::size_t done = 0;
        while (done < into.size()) {
            ssize_t got = restarting([&] {
                return ::pread(
                    file_.number(),
                    into.data() + done,
                    into.size() - done,
                    static_cast<off_t>(offset + done)
                );
            });
            if (got < 0) {
                return last_error();
            }
            if (got == 0) {
                break;
            }
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

private:
    Descriptor file_;
};

class PosixLock final : public FileLock {
public:
    explicit PosixLock(Descriptor file) : file_(std::move(file)) {}

private:
    Descriptor file_;
};

// Two locks on one file. Byte 0 is what excludes: a lock of the open file description, which also
// holds against this process and is not lost when some other descriptor of the file is closed. Such
// a lock has no owner that could be asked for, so byte 1 carries a classic lock that names the
// process; it protects nothing.
struct ::flock write_lock_at(off_t byte) {
    struct ::flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = byte;
    lock.l_len = 1;
    return lock;
}

class PosixFiles final : public FileSystem {
public:
    FileResult<FileInfo> info(const std::string& path) override {
        struct ::stat found{};
        if (::stat(path.c_str(), &found) != 0) {
            return last_error();
        }
        return FileInfo{
            static_cast<std::uint64_t>(found.st_size),
            S_ISDIR(found.st_mode),
            found.st_uid,
            found.st_gid,
            found.st_mode & 07777U
        };
    }

    FileResult<std::vector<std::string>> list(const std::string& path) override {
        std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
        if (directory == nullptr) {
            return last_error();
        }
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(directory.get())) {
            std::string name = entry->d_name;
            if (name != "." && name != "..") {
                names.push_back(std::move(name));
            }
            errno = 0;
        }
        if (errno != 0) {
            return last_error();
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    FileResult<void> check_access(const std::string& path) override {
        struct ::stat found{};
        if (::stat(path.c_str(), &found) != 0) {
            return last_error();
        }
        int wanted = S_ISDIR(found.st_mode) ? R_OK | W_OK | X_OK : R_OK | W_OK;
        return as_result(::faccessat(AT_FDCWD, path.c_str(), wanted, AT_EACCESS));
    }

    FileResult<std::unique_ptr<InputFile>> open(const std::string& path) override {
        auto file = open_file(path, O_RDONLY);
        if (!file) {
            return file.error();
        }
        return std::make_unique<PosixInputFile>(std::move(*file));
    }

    FileResult<std::unique_ptr<OutputFile>> create(const std::string& path) override {
        auto file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
        if (!file) {
            return file.error();
        }
        return std::make_unique<PosixOutputFile>(std::move(*file));
    }

    FileResult<void> cut(const std::string& path, std::uint64_t bytes) override {
        auto file = open_file(path, O_WRONLY);
        if (!file) {
            return file.error();
        }
        auto cut = as_result(restarting([&] {
            return ::ftruncate(file->number(), static_cast<off_t>(bytes));
        }));
        if (!cut) {
            return cut;
        }
        return as_result(restarting([&] { return ::fsync(file->number()); }));
    }

    FileResult<void> rename(const std::string& from, const std::string& to) override {
        return as_result(::rename(from.c_str(), to.c_str()));
    }

    FileResult<void> remove(const std::string& path) override {
        return as_result(::unlink(path.c_str()));
    }

    FileResult<void> make_directory(const std::string& path) override {
        return as_result(::mkdir(path.c_str(), kDirectoryMode));
    }

    FileResult<void> sync_directory(const std::string& path) override {
        auto directory = open_file(path, O_RDONLY | O_DIRECTORY);
        if (!directory) {
            return directory.error();
        }
        return as_result(restarting([&] { return ::fsync(directory->number()); }));
    }

    FileResult<Locking> lock(const std::string& path) override {
        auto file = open_file(path, O_RDWR | O_CREAT);
        if (!file) {
            return file.error();
        }
        auto excluding = write_lock_at(0);
        auto naming = write_lock_at(1);
        if (::fcntl(file->number(), F_OFD_SETLK, &excluding) == 0) {
            // Its failure costs the name in somebody's error message, nothing else.
            static_cast<void>(::fcntl(file->number(), F_SETLK, &naming));
            return Locking{std::make_unique<PosixLock>(std::move(*file)), 0};
        }
        if (errno != EAGAIN && errno != EACCES) {
            return last_error();
        }
        bool named = ::fcntl(file->number(), F_GETLK, &naming) == 0 && naming.l_type != F_UNLCK;
        return Locking{nullptr, named ? naming.l_pid : 0};
    }
};

}  // namespace

FileSystem& posix_files() {
    static PosixFiles files;
    return files;
}

}  // namespace sfg::storage
