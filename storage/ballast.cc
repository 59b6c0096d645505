#include "storage/ballast.h"

#include "storage/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace sfg::storage {

namespace {

constexpr std::uint64_t kReserveShare = 10;
constexpr std::uint64_t kBallastShare = 6;

StoreError failed(std::string_view doing, const std::string& path, int error) {
    return explain(posix_files(), doing, path, {error, boost::system::generic_category()});
}

}  // namespace

DiskRoom::Level DiskRoom::level() const {
    if (free_bytes <= reserve_bytes / 2) {
        return Level::half_reserve;
    }
    return free_bytes <= reserve_bytes ? Level::reserve : Level::enough;
}

StoreResult<DiskRoom> disk_room(const std::string& path, std::uint64_t reserve_wanted) {
    struct ::statvfs found{};
    if (::statvfs(path.c_str(), &found) != 0) {
        return failed("ask for the free space of", path, errno);
    }
    DiskRoom room;
    room.free_bytes = std::uint64_t{found.f_bavail} * found.f_frsize;
    room.total_bytes = std::uint64_t{found.f_blocks} * found.f_frsize;
    room.reserve_bytes = std::min(reserve_wanted, room.total_bytes / kReserveShare);
    return room;
}

Ballast::Ballast(const std::string& directory, std::uint64_t wanted)
    : directory_(directory),
      path_(directory + "/" + kBallastFile),
      wanted_(wanted) {}

StoreResult<void> Ballast::restore(std::uint64_t reserve_wanted) {
    auto room = disk_room(directory_, reserve_wanted);
    if (!room) {
        return room.error();
    }
    std::uint64_t bytes = std::min(wanted_, room->total_bytes / kBallastShare);
    std::uint64_t held = held_bytes();
    if (held >= bytes) {
        return {};
    }
    if (room->free_bytes < room->reserve_bytes + (bytes - held)) {
        return StoreError{
            StoreErrc::no_space,
            "the disk of " + path_ + " has no room yet for " + std::to_string(bytes) + " bytes"
        };
    }
    int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    if (file < 0) {
        return failed("create", path_, errno);
    }
    int error = ::posix_fallocate(file, 0, static_cast<off_t>(bytes));
    ::close(file);
    if (error != 0) {
        static_cast<void>(release());
        return failed("take room for", path_, error);
    }
    return {};
}

StoreResult<void> Ballast::release() {
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
        return failed("remove", path_, errno);
    }
    return {};
}

std::uint64_t Ballast::held_bytes() const {
    struct ::stat found{};
    if (::stat(path_.c_str(), &found) != 0) {
        return 0;
    }
    // What it really takes: a copy of the directory may have made holes of it.
    return static_cast<std::uint64_t>(found.st_blocks) * 512;
}

}  // namespace sfg::storage
