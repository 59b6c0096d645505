// FileSystem: the calls by which a store touches the disk, and the seam where tests make them fail.
//
// It promises no more than the disk does: what was appended is safe after sync(), and a name that
// was made or changed is safe after sync_directory() of its folder.
//
// Threads:   FileSystem and InputFile from any thread; an OutputFile from one at a time.
// Lifetime:  outlives the files and locks that it gave out.
// Errors:    the errno of the failed call, in the generic category.
#pragma once

#include "protocol/result.h"
#include "storage/store.h"

#include <boost/system/error_code.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::storage {

template <typename T>
using FileResult = Result<T, boost::system::error_code>;

// A file that is written from its beginning on. Its destructor closes it.
class OutputFile {
public:
    virtual ~OutputFile() = default;
    // After a failure some of the bytes may be there.
    [[nodiscard]] virtual FileResult<void> append(std::string_view bytes) = 0;
    [[nodiscard]] virtual FileResult<void> sync() = 0;
    [[nodiscard]] virtual FileResult<void> close() = 0;
};

class InputFile {
public:
    virtual ~InputFile() = default;
    // How many bytes it read: fewer than asked for only at the end of the file.
    [[nodiscard]] virtual FileResult<std::size_t>
    read_at(std::uint64_t offset, std::span<char> into) const = 0;
};

// Held as long as the object lives, and no longer than the process.
class FileLock {
public:
    virtual ~FileLock() = default;
};

struct Locking {
    std::unique_ptr<FileLock> held;  // Nothing: somebody else holds it,
    std::int64_t holder = 0;         // the process of this id; 0 if that can't be told.
};

struct FileInfo {
    std::uint64_t bytes = 0;
    bool is_directory = false;
    std::uint32_t owner = 0;
    std::uint32_t group = 0;
    std::uint32_t mode = 0;
};

class FileSystem {
public:
    virtual ~FileSystem() = default;

    [[nodiscard]] virtual FileResult<FileInfo> info(const std::string& path) = 0;
    // The names in a directory, sorted, without "." and "..".
    [[nodiscard]] virtual FileResult<std::vector<std::string>> list(const std::string& path) = 0;
    // Whether this process may read and write the file, or list and change the directory.
    [[nodiscard]] virtual FileResult<void> check_access(const std::string& path) = 0;

    [[nodiscard]] virtual FileResult<std::unique_ptr<InputFile>> open(const std::string& path) = 0;
    // Makes the file, or empties it.
    [[nodiscard]] virtual FileResult<std::unique_ptr<OutputFile>> create(const std::string& path
    ) = 0;
    // Cuts the file to `bytes` and syncs it.
    [[nodiscard]] virtual FileResult<void> cut(const std::string& path, std::uint64_t bytes) = 0;

    [[nodiscard]] virtual FileResult<void>
    rename(const std::string& from, const std::string& to) = 0;
    [[nodiscard]] virtual FileResult<void> remove(const std::string& path) = 0;
    [[nodiscard]] virtual FileResult<void> make_directory(const std::string& path) = 0;
    [[nodiscard]] virtual FileResult<void> sync_directory(const std::string& path) = 0;

    // Makes the file if it is not there; never changes its bytes. Against this process too.
    [[nodiscard]] virtual FileResult<Locking> lock(const std::string& path) = 0;
};

// The operating system's own.
[[nodiscard]] FileSystem& posix_files();

// The folder that a path stands in: "." if it names none.
[[nodiscard]] std::string folder_of(const std::string& path);

// The whole of a file; EFBIG if it is longer than `bytes_max`.
[[nodiscard]] FileResult<std::string>
read_file(FileSystem& files, const std::string& path, std::size_t bytes_max);

// Whether the disk, or this user's share of it, is full.
[[nodiscard]] bool is_no_space(const boost::system::error_code& error);

// The StoreError for a failed call on `path`; `doing` completes "cannot ...". A lack of permission
// is explained by owner, mode and own id, with what to do.
[[nodiscard]] StoreError explain(
    FileSystem& files,
    std::string_view doing,
    const std::string& path,
    const boost::system::error_code& error
);

}  // namespace sfg::storage
