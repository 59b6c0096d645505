#include "storage/key_codec.h"

#include "protocol/assert.h"

#include <algorithm>
#include <array>

namespace sfg::storage {

namespace {

constexpr char kPartitionClass = '\x01';
constexpr char kEscape = '\x00';
constexpr char kEscapedNul = '\xff';
constexpr char kEnd = '\x01';

char* write_prefix(char* at, PartitionId partition, Table table) {
    *at++ = kPartitionClass;
    *at++ = static_cast<char>(partition >> 8);
    *at++ = static_cast<char>(partition & 0xff);
    *at++ = static_cast<char>(table);
    return at;
}

// A text part of a key. Nearly none has anything to escape.
class Text {
public:
    explicit Text(std::string_view part)
        : part_(part),
          escapes_(
              part.find(kEscape) == std::string_view::npos
                  ? 0
                  : static_cast<std::size_t>(std::count(part.begin(), part.end(), kEscape))
          ) {}

    [[nodiscard]] std::size_t size() const { return part_.size() + escapes_ + 2; }

    char* write(char* at) const {
        if (escapes_ == 0) {
            at = std::copy(part_.begin(), part_.end(), at);
        } else {
            for (char c : part_) {
                *at++ = c;
                if (c == kEscape) {
                    *at++ = kEscapedNul;
                }
            }
        }
        *at++ = kEscape;
        *at++ = kEnd;
        return at;
    }

private:
    const std::string_view part_;
    const std::size_t escapes_;
};

template <typename Number>
Number read_big_endian(std::string_view bytes) {
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
        value = static_cast<Number>(value << 8 | static_cast<unsigned char>(bytes[i]));
    }
    return value;
}

}  // namespace

std::string system_prefix(Table table) {
    return {'\x00', static_cast<char>(table)};
}

std::string page_key(std::uint64_t number) {
    std::string key = system_prefix(Table::message_page);
    append_u64(key, number);
    return key;
}

std::string partition_prefix(PartitionId partition, Table table) {
    std::array<char, kPartitionPrefixBytes> bytes;
    write_prefix(bytes.data(), partition, table);
    return {bytes.data(), bytes.size()};
}

Part append(Bytes& text, const RowKey& key) {
    if (key.type.empty()) {
        Part part = text.next(kPartitionPrefixBytes);
        write_prefix(text.extend(kPartitionPrefixBytes), key.partition, key.table);
        return part;
    }
    Text id(key.id);
    std::optional<Text> name;
    if (key.name) {
        name.emplace(*key.name);
    }
    std::size_t size =
        kPartitionPrefixBytes + key.type.size() + id.size() + (name ? name->size() : 0);
    Part part = text.next(size);
    char* at = write_prefix(text.extend(size), key.partition, key.table);
    at = id.write(std::copy(key.type.begin(), key.type.end(), at));
    if (name) {
        name->write(at);
    }
    return part;
}

std::string to_string(const RowKey& key) {
    Bytes text;
    append(text, key);
    return std::string(text.view());
}

std::optional<PartitionId> partition_of_row(std::string_view key) {
    if (key.size() != kPartitionPrefixBytes || key[0] != kPartitionClass ||
        key[3] != static_cast<char>(Table::partition_row)) {
        return std::nullopt;
    }
    return partition_of_key(key);
}

std::optional<MessageKey> message_of_row(std::string_view key) {
    if (key.size() < kPartitionPrefixBytes + kMessageKeyBytes || key[0] != kPartitionClass ||
        key[3] != static_cast<char>(Table::message)) {
        return std::nullopt;
    }
    return read_message_key(key.substr(key.size() - kMessageKeyBytes));
}

std::optional<std::string_view> mailbox_of_range(std::string_view from, std::string_view to) {
    std::size_t end = kPartitionPrefixBytes;
    for (int part = 0; part < 3; ++part) {
        // A zero byte is followed by what it means, so none of these pairs begins within another.
        while (end + 1 < from.size() && (from[end] != kEscape || from[end + 1] != kEnd)) {
            end += from[end] == kEscape ? 2 : 1;
        }
        if (end + 1 >= from.size()) {
            return std::nullopt;
        }
        end += 2;
    }
    std::string_view mailbox = from.substr(0, end);
    bool is_within = to.substr(0, end) == mailbox || to == prefix_end(mailbox);
    return is_within ? std::optional(mailbox) : std::nullopt;
}

PartitionId partition_of_key(std::string_view key) {
    auto high = static_cast<unsigned char>(key[1]);
    auto low = static_cast<unsigned char>(key[2]);
    return static_cast<PartitionId>(high << 8U | low);
}

void append_text(std::string& key, std::string_view part) {
    Text text(part);
    std::size_t at = key.size();
    key.resize(at + text.size());
    text.write(key.data() + at);
}

void append_u64(std::string& key, std::uint64_t value) {
    std::array<char, sizeof value> bytes;
    write_u64(bytes.data(), value);
    key.append(bytes.data(), bytes.size());
}

void append_u32(std::string& key, std::uint32_t value) {
    std::array<char, sizeof value> bytes;
    write_u32(bytes.data(), value);
    key.append(bytes.data(), bytes.size());
}

std::string escaped_type(const TypeName& type) {
    std::string parts;
    append_text(parts, type.ns);
    append_text(parts, type.name);
    return parts;
}

std::string type_prefix(PartitionId partition, Table table, const TypeName& type) {
    return partition_prefix(partition, table) + escaped_type(type);
}

std::string entity_prefix(PartitionId partition, Table table, const Address& address) {
    std::string key = partition_prefix(partition, table);
    key.reserve(
        key.size() + address.type.ns.size() + address.type.name.size() + address.id.size() + 24
    );
    append_text(key, address.type.ns);
    append_text(key, address.type.name);
    append_text(key, address.id);
    return key;
}

void append_message_key(std::string& key, MessageKey message) {
    std::array<char, kMessageKeyBytes> bytes;
    write_message_key(bytes.data(), message);
    key.append(bytes.data(), bytes.size());
}

MessageKey read_message_key(std::string_view twelve_bytes) {
    SFG_ASSERT(twelve_bytes.size() == kMessageKeyBytes);
    return {
        CommitNumber{read_big_endian<std::uint64_t>(twelve_bytes)},
        read_big_endian<std::uint32_t>(twelve_bytes.substr(8))
    };
}

std::string prefix_end(std::string_view prefix) {
    std::string end(prefix);
    while (!end.empty() && end.back() == '\xff') {
        end.pop_back();
    }
    SFG_ASSERT(!end.empty());
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
}

std::optional<std::string> KeyReader::text() {
    std::string part;
    for (std::size_t i = 0; i + 1 < rest_.size(); ++i) {
        if (rest_[i] != kEscape) {
            part += rest_[i];
            continue;
        }
        ++i;
        if (rest_[i] == kEnd) {
            rest_.remove_prefix(i + 1);
            return part;
        }
        if (rest_[i] != kEscapedNul) {
            return std::nullopt;
        }
        part += kEscape;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> KeyReader::u64() {
    if (rest_.size() < 8) {
        return std::nullopt;
    }
    auto value = read_big_endian<std::uint64_t>(rest_);
    rest_.remove_prefix(8);
    return value;
}

std::optional<std::uint32_t> KeyReader::u32() {
    if (rest_.size() < 4) {
        return std::nullopt;
    }
    auto value = read_big_endian<std::uint32_t>(rest_);
    rest_.remove_prefix(4);
    return value;
}

std::optional<Address> KeyReader::address() {
    auto ns = text();
    auto name = ns ? text() : std::nullopt;
    auto id = name ? text() : std::nullopt;
    if (!id) {
        return std::nullopt;
    }
    return Address{{std::move(*ns), std::move(*name)}, std::move(*id)};
}

}  // namespace sfg::storage
