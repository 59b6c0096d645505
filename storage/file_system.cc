#include "storage/file_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace sfg::storage {

std::string folder_of(const std::string& path) {
    std::size_t slash = path.find_last_of('/');
    if (slash == std::string::npos) {
        return ".";
    }
    return slash == 0 ? "/" : path.substr(0, slash);
}

FileResult<std::string>
read_file(FileSystem& files, const std::string& path, std::size_t bytes_max) {
    auto file = files.open(path);
    if (!file) {
        return file.error();
    }
    std::string text;
    std::array<char, 4096> part{};
    while (true) {
        auto got = (*file)->read_at(text.size(), part);
        if (!got) {
            return got.error();
        }
        if (*got == 0) {
            return text;
        }
        if (text.size() + *got > bytes_max) {
            return boost::system::error_code(EFBIG, boost::system::generic_category());
        }
        text.append(part.data(), *got);
    }
}

bool is_no_space(const boost::system::error_code& error) {
    return error.value() == ENOSPC || error.value() == EDQUOT;
}

namespace {

std::string octal(std::uint32_t mode) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%04o", mode & 07777U);
    return text.data();
}

std::string permission_help(FileSystem& files, const std::string& path) {
    std::string self = std::to_string(::geteuid()) + ":" + std::to_string(::getegid());
    auto found = files.info(path);
    std::string about = path;
    if (!found) {
        about = folder_of(path);
        found = files.info(about);
    }
    if (!found) {
        return "this process runs as " + self + "; give it the right to read and write " + path;
    }
    return about + " belongs to " + std::to_string(found->owner) + ":" +
           std::to_string(found->group) + " with mode " + octal(found->mode) +
           ", and this process runs as " + self + "; start it as the owner, or run \"chown -R " +
           self + " " + about + "\"";
}

}  // namespace

StoreError explain(
    FileSystem& files,
    std::string_view doing,
    const std::string& path,
    const boost::system::error_code& error
) {
    std::string reason = "cannot " + std::string(doing) + " " + path + ": " + error.message();
    switch (error.value()) {
        case ENOSPC:
        case EDQUOT:
            return {StoreErrc::no_space, reason + "; make room on its disk"};
        case EACCES:
        case EPERM:
            return {StoreErrc::permission, reason + "; " + permission_help(files, path)};
        case EROFS:
            return {StoreErrc::permission, reason + "; name a directory on a writable file system"};
        default:
            return {StoreErrc::io, reason};
    }
}

}  // namespace sfg::storage
