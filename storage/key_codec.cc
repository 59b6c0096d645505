#include "storage/key_codec.h"

#include "protocol/assert.h"

#include <boost/endian/conversion.hpp>

#include <array>
#include <bit>

namespace sfg::storage {

namespace {

constexpr char kEscape = '\x00';
constexpr char kEscapedNul = '\xff';
constexpr char kEnd = '\x01';

template <typename Number>
void append_big_endian(std::string& key, Number value) {
    auto bytes =
        std::bit_cast<std::array<char, sizeof(Number)>>(boost::endian::native_to_big(value));
    key.append(bytes.data(), bytes.size());
}

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

std::string partition_prefix(PartitionId partition, Table table) {
    return {
        '\x01',
        static_cast<char>(partition >> 8),
        static_cast<char>(partition & 0xff),
        static_cast<char>(table)
    };
}

void append_text(std::string& key, std::string_view part) {
    constexpr std::array kEscapedEnd{kEscape, kEnd};
    for (auto nul = part.find(kEscape); nul != std::string_view::npos; nul = part.find(kEscape)) {
        key += part.substr(0, nul + 1);
        key += kEscapedNul;
        part.remove_prefix(nul + 1);
    }
    key += part;
    key.append(kEscapedEnd.data(), kEscapedEnd.size());
}

void append_u64(std::string& key, std::uint64_t value) {
    append_big_endian(key, value);
}

void append_u32(std::string& key, std::uint32_t value) {
    append_big_endian(key, value);
}

std::string type_prefix(PartitionId partition, Table table, const TypeName& type) {
    std::string key = partition_prefix(partition, table);
    append_text(key, type.ns);
    append_text(key, type.name);
    return key;
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
    append_u64(key, value_of(message.number));
    append_u32(key, message.index);
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
