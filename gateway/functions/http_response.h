// HttpResponse: what is kept of a function server's answer.
//
// Threads:  a value.
// Limits:   texts of the header are bounded by its limit, `body` by payload_max_bytes, or by
//           kShownBodyBytes where the answer is refused anyway.
#pragma once

#include "gateway/functions/inflater.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace sfg::functions {

// How much of a refused answer's body goes into the reason.
inline constexpr std::size_t kShownBodyBytes = 200;

struct HttpResponse {
    int status = 0;
    std::string status_text;
    std::optional<std::string> content_type;
    std::string transfer_encoding;
    std::string content_encoding;
    // What content_encoding says; identity also where it is unknown, which no accepted answer is.
    ContentCoding coding = ContentCoding::identity;
    std::string location;
    std::string retry_after;
    std::string body;
    bool keep_alive = false;
    std::optional<std::chrono::seconds> keep_alive_timeout;  // Of the Keep-Alive header.
};

// Which of the codings that its body came in is not understood; nothing: all are.
[[nodiscard]] std::optional<std::string> object_to_codings(const HttpResponse& response);

}  // namespace sfg::functions
