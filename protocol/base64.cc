#include "protocol/base64.h"

#include <cstdint>

namespace sfg {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view alphabet) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (char c : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(c);
        held += 8;
        while (held >= 6) {
            held -= 6;
            text += alphabet[(bits >> held) & 63U];
        }
    }
    if (held > 0) {
        text += alphabet[(bits << (6 - held)) & 63U];
    }
    return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string text = encode(bytes, kStandard);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string base64_url(std::string_view bytes) {
    return encode(bytes, kUrl);
}

std::optional<std::string> parse_base64_url(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (char c : text) {
        std::size_t digit = kUrl.find(c);
        if (digit == std::string_view::npos) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes += static_cast<char>((bits >> held) & 255U);
        }
    }
    // What is left must be the zeros that encode() put there.
    bool is_whole = held < 6 && (bits & ((1U << held) - 1U)) == 0;
    return is_whole ? std::optional(bytes) : std::nullopt;
}

}  // namespace sfg
