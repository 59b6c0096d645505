// Reads files in LevelDB's log format (its write-ahead logs and its MANIFEST) more strictly than
// LevelDB does. Its own reader passes over damage; this one says where whole records end, and
// whether another record begins behind that point.
//
// The format: blocks of 32 KiB. A fragment is checksum (4 bytes, masked CRC-32C over type and
// bytes), length (2), type (1: the whole record, 2: its first, 3: a middle, 4: its last fragment)
// and the bytes. Fewer than 7 bytes at the end of a block are filled with zeros.
//
// Why "another record begins" is the question: a group is synced before the next is begun. So a
// power cut can damage the last record only, of which any fragment may be missing. If a record
// begins behind the damage, the damaged one was safe once, and something else destroyed it.
//
// Threads:   any; reads only.
// Limits:    one block and `head_bytes` of a record in memory.
#pragma once

#include "storage/file_system.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace sfg::storage {

struct LogVisitor {
    // So many bytes from the start of a record are of interest.
    std::size_t head_bytes = 0;

    // A whole record: where it begins, its first bytes, its size.
    std::function<void(std::uint64_t offset, std::string_view head, std::uint64_t bytes)> record;

    // Whether a fragment that starts with `head` may begin a record that was written `gap` bytes
    // behind the last whole one. It keeps bytes inside of a message from being taken for a record.
    std::function<bool(std::string_view head, std::uint64_t gap)> may_begin;
};

struct LogEnd {
    std::uint64_t file_bytes = 0;
    std::uint64_t whole_bytes = 0;               // Behind the last whole record.
    std::optional<std::uint64_t> record_behind;  // A record begins here, behind damage.

    [[nodiscard]] bool is_torn() const { return whole_bytes < file_bytes; }
};

[[nodiscard]] FileResult<LogEnd>
read_log(FileSystem& files, const std::string& path, const LogVisitor& visitor);

}  // namespace sfg::storage
