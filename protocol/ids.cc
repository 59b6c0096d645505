#include "protocol/ids.h"

#include "protocol/assert.h"

#include <algorithm>
#include <cstring>

namespace sfg {

namespace {

// Both digits of each byte.
constexpr std::array<std::array<char, 2>, 256> kHexPairs = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte) {
        pairs[byte] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    }
    return pairs;
}();

template <typename Number>
char* write_hex(char* at, Number value) {
    for (std::size_t i = sizeof value; i > 0; --i, at += 2) {
        std::memcpy(at, kHexPairs[value >> (8 * (i - 1)) & 0xffU].data(), 2);
    }
    return at;
}

std::optional<std::uint64_t> read_hex(std::string_view text) {
    std::uint64_t value = 0;
    for (char c : text) {
        bool lower = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (!lower) {
            return std::nullopt;
        }
        value = value * 16 + static_cast<std::uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

}  // namespace

std::string message_id(StoreId store, MessageKey key) {
    return MessageId(store, key).text();
}

MessageId::MessageId(StoreId store, MessageKey key) {
    char* at = write_hex(text_.data(), static_cast<std::uint64_t>(store));
    write_hex(write_hex(at, value_of(key.number)), key.index);
}

MessageId::MessageId(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    SFG_ASSERT(text.size() <= text_.size());
    std::copy(text.begin(), text.end(), text_.begin());
}

std::optional<ParsedMessageId> parse_message_id(std::string_view text) {
    if (text.size() != kMessageIdBytes) {
        return std::nullopt;
    }
    auto store = read_hex(text.substr(0, 16));
    auto number = read_hex(text.substr(16, 16));
    auto index = read_hex(text.substr(32));
    if (!store || !number || !index) {
        return std::nullopt;
    }
    MessageKey key{CommitNumber{*number}, static_cast<std::uint32_t>(*index)};
    return ParsedMessageId{StoreId{*store}, key};
}

}  // namespace sfg
