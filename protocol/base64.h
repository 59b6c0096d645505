// Base64 (RFC 4648), for bytes inside JSON, and its URL form without padding, for opaque names.
//
// Threads: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sfg {

[[nodiscard]] std::string base64(std::string_view bytes);
[[nodiscard]] std::string base64_url(std::string_view bytes);

// Nothing if the text is not what base64() makes.
[[nodiscard]] std::optional<std::string> parse_base64(std::string_view text);
// Nothing if the text is not what base64_url() makes.
[[nodiscard]] std::optional<std::string> parse_base64_url(std::string_view text);

}  // namespace sfg
