// Rows of sources: where their parts stand, and the records that were set aside.
//
//     source position   source, part     the first record that is not taken yet (u64)
//                       source           how many refused records of it are kept (u64)
//     refused record    source, number   position and time (u64 each), the part as key text, the
//                                        record as the driver described it
//
// A refused record is numbered like a message, by its commit and its place there: what is read
// again, of a topic that was made anew for example, never takes the place of another one.
//
// Threads: pure functions.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

[[nodiscard]] std::string source_position_key(const TypeName& source, std::string_view part);
[[nodiscard]] std::string source_count_key(const TypeName& source);
[[nodiscard]] std::string source_value(std::uint64_t number);

// A row of that table; without a part it is the count.
struct SourceRow {
    TypeName source;
    std::optional<std::string> part;
    std::uint64_t number = 0;
};

[[nodiscard]] std::optional<SourceRow>
decode_source_row(std::string_view key, std::string_view value);

// What the keys of all its refused records begin with; the number follows.
[[nodiscard]] std::string refused_prefix(const TypeName& source);
[[nodiscard]] std::string refused_key(const TypeName& source, MessageKey number);

struct RefusedKey {
    TypeName source;
    MessageKey number;
};

[[nodiscard]] std::optional<RefusedKey> decode_refused_key(std::string_view key);

struct RefusedRecord {
    std::string part;
    std::uint64_t position = 0;
    std::int64_t time_ms = 0;
    std::string record;  // JSON.
};

[[nodiscard]] std::string encode(const RefusedRecord& record);
[[nodiscard]] std::optional<RefusedRecord> decode_refused_record(std::string_view row);

}  // namespace sfg::engine
