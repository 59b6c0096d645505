#include "protocol/address.h"

// Ids are short: compiled in here, their hash costs less than the call of it.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>

namespace sfg {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_unreserved(unsigned char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

void append_escaped(std::string& out, unsigned char byte) {
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
}

void append_printable(std::string& out, std::string_view part) {
    for (char c : part) {
        auto byte = static_cast<unsigned char>(c);
        if (byte <= ' ' || byte >= 0x7f || byte == '/' || byte == '%') {
            append_escaped(out, byte);
        } else {
            out += c;
        }
    }
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

// The length of the well-formed UTF-8 sequence at `at`, or 0.
std::size_t sequence_length(std::string_view bytes, std::size_t at) {
    auto byte = [&](std::size_t i) {
        return static_cast<unsigned char>(bytes[i]);
    };
    unsigned char lead = byte(at);
    if (lead < 0x80) {
        return 1;
    }
    std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + length > bytes.size()) {
        return 0;
    }
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(at + 1) < low || byte(at + 1) > high) {
        return 0;
    }
    for (std::size_t i = 2; i < length; ++i) {
        if ((byte(at + i) & 0xc0) != 0x80) {
            return 0;
        }
    }
    return length;
}

}  // namespace

std::optional<TypeName> TypeName::parse(std::string_view text) {
    auto slash = text.rfind('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == text.size()) {
        return std::nullopt;
    }
    return TypeName{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

std::string Address::text() const {
    std::string out;
    append_printable(out, type.ns);
    out += '/';
    append_printable(out, type.name);
    out += '/';
    append_printable(out, id);
    return out;
}

PartitionId partition_of(std::string_view id, PartitionId partitions) {
    return static_cast<PartitionId>(XXH64(id.data(), id.size(), 0) % partitions);
}

std::string percent_encode(std::string_view bytes) {
    std::string out;
    for (char c : bytes) {
        auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(byte)) {
            out += c;
        } else {
            append_escaped(out, byte);
        }
    }
    return out;
}

std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%')) {
        if (at + 2 >= text.size()) {
            return std::nullopt;
        }
        int high = hex_value(text[at + 1]);
        int low = hex_value(text[at + 2]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out += text.substr(0, at);
        out += static_cast<char>(high * 16 + low);
        text.remove_prefix(at + 3);
    }
    out += text;
    return out;
}

bool is_utf8(std::string_view bytes) {
    constexpr std::uint64_t kNotAscii = 0x8080808080808080;
    for (std::size_t at = 0; at < bytes.size();) {
        std::uint64_t eight = 0;
        if (bytes.size() - at >= sizeof eight) {
            std::memcpy(&eight, bytes.data() + at, sizeof eight);
            if ((eight & kNotAscii) == 0) {
                at += sizeof eight;
                continue;
            }
        } else if (static_cast<unsigned char>(bytes[at]) < 0x80) {
            ++at;
            continue;
        }
        std::size_t length = sequence_length(bytes, at);
        if (length == 0) {
            return false;
        }
        at += length;
    }
    return true;
}

}  // namespace sfg

std::size_t std::hash<sfg::TypeName>::operator()(const sfg::TypeName& type) const noexcept {
    auto seed = XXH3_64bits(type.ns.data(), type.ns.size());
    return XXH3_64bits_withSeed(type.name.data(), type.name.size(), seed);
}

std::size_t std::hash<sfg::Address>::operator()(const sfg::Address& address) const noexcept {
    auto seed = std::hash<sfg::TypeName>{}(address.type);
    return XXH3_64bits_withSeed(address.id.data(), address.id.size(), seed);
}
