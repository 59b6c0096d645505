// The data directory: whose it is, and its FORMAT file.
//
// FORMAT is text, so that whoever finds the directory can read what it is:
//
//     StateFun Gateway store
//     format: 1
//     partitions: 128
//     store: 1f2e3d4c5b6a7988
//     check: 5a0c93ee
//
// `check` is the CRC-32C of the lines above it. Line 1 and `format` stay in every later version.
//
// Creation: FORMAT is written last. Until then the file is called FORMAT.creating, and it is the
// first file in the directory. No group can be committed before the rename, so a directory with
// FORMAT.creating and without FORMAT holds no data: the next start empties it and begins anew. That
// is done only if everything else in it has a name that LevelDB gives.
//
// Threads:    pure but for look_at().
// Invariants: FORMAT is never written again after the rename.
#pragma once

#include "storage/file_system.h"

#include <string>
#include <string_view>

namespace sfg::storage {

inline constexpr const char* kFormatFile = "FORMAT";
inline constexpr const char* kFormatCreatingFile = "FORMAT.creating";
inline constexpr std::size_t kFormatBytesMax = 4096;

[[nodiscard]] std::string format_text(const StoreIdentity& identity);

// What a FORMAT says; not_ours, newer or corrupt otherwise. `path` is for the reason.
[[nodiscard]] StoreResult<StoreIdentity>
parse_format(std::string_view text, const std::string& path);

enum class DirectoryState : std::uint8_t {
    absent,
    empty,
    creating,  // Its creation did not come to an end.
    ours,
};

// Changes nothing. not_ours if the directory is none of these, permission if it can't be used.
[[nodiscard]] StoreResult<DirectoryState> look_at(FileSystem& files, const std::string& directory);

}  // namespace sfg::storage
