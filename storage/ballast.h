// Ballast: a file that takes room on the disk, to be given back when there is none left.
//
// A full disk stops a store so thoroughly that it can't be opened to delete anything. Giving the
// ballast back makes reopening and repair possible; restore() takes it again when there is room.
// Reopening writes what the logs hold into tables: up to two write buffers and one group. So the
// ballast is several write buffers large, on a small disk too.
//
// Threads:   one at a time.
// Lifetime:  the file outlives the object; a new one finds it again.
#pragma once

#include "storage/store.h"

#include <cstdint>
#include <string>

namespace sfg::storage {

inline constexpr const char* kBallastFile = "BALLAST";
inline constexpr std::uint64_t kBallastBytes = 16 << 20;
inline constexpr std::uint64_t kDiskReserveBytes = 256 << 20;

// How much room the disk under a path has, and how far that is from the reserve.
struct DiskRoom {
    enum class Level : std::uint8_t {
        enough,
        reserve,       // At the reserve: take nothing new in.
        half_reserve,  // At half of it: begin nothing new either.
    };

    std::uint64_t free_bytes = 0;  // For this process, not for root.
    std::uint64_t total_bytes = 0;
    std::uint64_t reserve_bytes = 0;  // As wanted, but at most 1/10 of the disk.

    [[nodiscard]] Level level() const;
};

[[nodiscard]] StoreResult<DiskRoom>
disk_room(const std::string& path, std::uint64_t reserve_wanted = kDiskReserveBytes);

class Ballast {
public:
    // In `directory`; on a small disk less than `wanted`: at most 1/6 of it.
    explicit Ballast(const std::string& directory, std::uint64_t wanted = kBallastBytes);

    // Takes the room, if that leaves the disk above its reserve (else no_space, and nothing is
    // taken). Does nothing if it has it already.
    [[nodiscard]] StoreResult<void> restore(std::uint64_t reserve_wanted = kDiskReserveBytes);

    // Gives the room back.
    [[nodiscard]] StoreResult<void> release();

    // What it takes now.
    [[nodiscard]] std::uint64_t held_bytes() const;

private:
    const std::string directory_;
    const std::string path_;
    const std::uint64_t wanted_;
};

}  // namespace sfg::storage
