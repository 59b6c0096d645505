#include "gateway/cli/files.h"

#include "protocol/limits.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

namespace sfg::cli {

namespace {

struct Close {
    void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};

FileError failure(const std::string& path, int error) {
    return {path + ": cannot be read: " + std::generic_category().message(error)};
}

}  // namespace

Result<std::string, FileError> read_text_file(const std::string& path, std::size_t bytes_max) {
    std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
    if (!file) {
        return failure(path, errno);
    }
    std::string text;
    while (std::feof(file.get()) == 0 && std::ferror(file.get()) == 0) {
        constexpr std::size_t kPieceBytes = 64 * kKiB;
        const std::size_t had = text.size();
        text.resize(had + kPieceBytes);
        errno = 0;
        text.resize(had + std::fread(text.data() + had, 1, kPieceBytes, file.get()));
        if (text.size() > bytes_max) {
            return FileError{path + ": is larger than " + std::to_string(bytes_max) + " bytes"};
        }
    }
    if (std::ferror(file.get()) != 0) {
        return failure(path, errno);
    }
    return {boost::system::in_place_value, std::move(text)};
}

}  // namespace sfg::cli
