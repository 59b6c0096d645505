// The head of an answer as bytes.
//
// Threads:  pure functions.
#pragma once

#include "gateway/runtime/http_types.h"

#include <string>
#include <string_view>

namespace sfg::runtime {

// What the head says of the connection after this answer.
enum class Connection : std::uint8_t {
    kept,             // HTTP/1.1: nothing is said.
    kept_explicitly,  // HTTP/1.0.
    closed,
};

// Appends status line and fields up to the empty line. Content-Length is that of the content, also
// where the content itself is not sent (HEAD); one that goes on has none and ends with the
// connection.
void append_head(std::string& out, const HttpResponse& response, Connection connection);

[[nodiscard]] std::string_view reason_phrase(int status);

inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace sfg::runtime
