#include "protocol/ids.h"

namespace sfg {

namespace {

void write_hex(char* at, std::uint64_t value, int digits) {
    for (int i = digits - 1; i >= 0; --i, value >>= 4) {
        at[i] = "0123456789abcdef"[value & 15];
    }
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
    std::string text(kMessageIdBytes, '0');
    write_hex(text.data(), static_cast<std::uint64_t>(store), 16);
    write_hex(text.data() + 16, value_of(key.number), 16);
    write_hex(text.data() + 32, key.index, 8);
    return text;
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
