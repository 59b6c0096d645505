// Looks at a LevelDB directory before LevelDB does, because opening changes it and passes over
// damage in silence. Refused, by the name of the file:
//   - no CURRENT (LevelDB would start empty over the data), or one that leads nowhere;
//   - a MANIFEST or a log with damage and a record behind it, or with a gap in its sequence;
//   - a log or a table that the MANIFEST names and that is missing, or a table of another size.
// Damage at the end of the MANIFEST or of the last log is what a power cut leaves: to be cut off.
//
// Threads:   one; nobody may write to the directory meanwhile.
#pragma once

#include "storage/file_system.h"

#include <string>
#include <vector>

namespace sfg::storage {

// A torn tail: the file is to be cut to `bytes`.
struct TornFile {
    std::string path;
    std::uint64_t bytes = 0;
};

// Changes nothing.
[[nodiscard]] StoreResult<std::vector<TornFile>>
check_leveldb(FileSystem& files, const std::string& directory);

// Whether LevelDB itself makes files of this name.
[[nodiscard]] bool is_leveldb_name(std::string_view name);

}  // namespace sfg::storage
