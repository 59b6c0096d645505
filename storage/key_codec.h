// Keys of the store: where each table's rows stand.
//
// A key is its class (0: the system's, 1: a partition's), for class 1 the partition (2 bytes,
// big-endian), the table (1 byte), and the parts that the table orders by. Text
// parts are escaped so that byte order is the order of the parts and any byte may occur: 00 becomes
// 00 FF, the end is 00 01. Numbers are big-endian. So a partition, an entity within a table and a
// mailbox are ranges.
//
// Part of the on-disk format: it changes only with kFormatVersion (store.h).
// Threads:  pure functions.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"
#include "storage/bytes.h"

#include <boost/endian/conversion.hpp>

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::storage {

// The number is the byte on disk.
enum class Table : std::uint8_t {
    // Class 0. Pages are the store's own (paged_store.h). They are large, and before all other
    // rows:
    // who looks for a row, or where one would be, does not come upon them.
    message_page = 0,
    store = 1,
    source_position = 2,
    outbox = 3,
    egress_row = 4,
    registry = 5,
    refused = 6,
    tally = 7,
    // Class 1.
    partition_row = 16,
    entity = 17,
    state = 18,
    message = 19,
    timer = 20,
    token = 21,
    expiry = 22,
    mark = 23,
    mark_by_hour = 24,
    call = 25,
    dead_letter = 26,
    in_transit = 27,
};

// Between these are the rows that no user of the store sees.
inline constexpr std::string_view kOwnRowsBegin{"\x00\x00", 2};
inline constexpr std::string_view kOwnRowsEnd{"\x00\x01", 2};

[[nodiscard]] std::string page_key(std::uint64_t number);

// The start of every key of a table: class 0, or a partition's class 1.
[[nodiscard]] std::string system_prefix(Table table);
[[nodiscard]] std::string partition_prefix(PartitionId partition, Table table);

// The key of an entity's or a partition's row in its parts: it is put together where it stands, and
// nowhere before.
struct RowKey {
    PartitionId partition = 0;
    Table table{};
    std::string_view type = {};                 // Of an entity, as escaped_type() has it; and its
    std::string_view id = {};                   // id, not escaped.
    std::optional<std::string_view> name = {};  // Of a state; not escaped.
};

Part append(Bytes& text, const RowKey& key);
[[nodiscard]] std::string to_string(const RowKey& key);

// The partition whose own row has this key.
[[nodiscard]] std::optional<PartitionId> partition_of_row(std::string_view key);

// Writes 8 or 4 big-endian bytes, and returns where they end.
inline char* write_u64(char* at, std::uint64_t value) {
    boost::endian::native_to_big_inplace(value);
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

inline char* write_u32(char* at, std::uint32_t value) {
    boost::endian::native_to_big_inplace(value);
    std::memcpy(at, &value, sizeof value);
    return at + sizeof value;
}

// Appends one escaped text part; 8 and 4 big-endian bytes.
void append_text(std::string& key, std::string_view part);
void append_u64(std::string& key, std::uint64_t value);
void append_u32(std::string& key, std::uint32_t value);

// Two text parts: what entities of one type have in common in each key.
[[nodiscard]] std::string escaped_type(const TypeName& type);

// The start of every key of a function type's entities in a table of class 1.
[[nodiscard]] std::string type_prefix(PartitionId partition, Table table, const TypeName& type);

// The start of every key of an entity in a table of class 1.
[[nodiscard]] std::string entity_prefix(PartitionId partition, Table table, const Address& address);

// 12 bytes: number and index. The end of a message's key, and the form in which an entity's row
// keeps how far it has consumed.
inline constexpr std::size_t kMessageKeyBytes = 12;

inline void write_message_key(char* at, MessageKey message) {
    write_u32(write_u64(at, value_of(message.number)), message.index);
}

// The message that the row is. Nothing if it is of another table.
[[nodiscard]] std::optional<MessageKey> message_of_row(std::string_view key);

// What the keys of a mailbox's messages have in common. Requires: a key of a message.
[[nodiscard]] inline std::string_view mailbox_of_row(std::string_view key) {
    return key.substr(0, key.size() - kMessageKeyBytes);
}

// The mailbox that a range of the message table is within, if it is within one.
[[nodiscard]] std::optional<std::string_view>
mailbox_of_range(std::string_view from, std::string_view to);

// Requires: a key of class 1.
[[nodiscard]] PartitionId partition_of_key(std::string_view key);

void append_message_key(std::string& key, MessageKey message);
[[nodiscard]] MessageKey read_message_key(std::string_view twelve_bytes);

// The least key that is greater than every key that begins with `prefix`. Requires: some byte of it
// is below FF (every prefix made here begins with a class).
[[nodiscard]] std::string prefix_end(std::string_view prefix);

// Reads the parts of a key again, in order.
class KeyReader {
public:
    // `at` bytes of the key are already understood.
    KeyReader(std::string_view key, std::size_t at) : rest_(key.substr(at)) {}

    [[nodiscard]] std::optional<std::string> text();
    [[nodiscard]] std::optional<std::uint64_t> u64();
    [[nodiscard]] std::optional<std::uint32_t> u32();

    // namespace, type, id.
    [[nodiscard]] std::optional<Address> address();

    [[nodiscard]] std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

// Bytes before the first part of a class-1 key: class, partition, table.
inline constexpr std::size_t kPartitionPrefixBytes = 4;
// Bytes before the first part of a class-0 key: class, table.
inline constexpr std::size_t kSystemPrefixBytes = 2;

}  // namespace sfg::storage
