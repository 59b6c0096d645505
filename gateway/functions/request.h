// The request: the fixed part of its header, made once per URL, and the rest of it.
//
// Always POST with an exact Content-Length: never chunked (WSGI servers see an empty body then),
// never `Expect`. Both parts of the header and the body leave in one gather write, the body as the
// stored bytes it is made of.
//
// Threads:  pure functions.
#pragma once

#include "gateway/functions/url.h"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sfg::functions {

// Everything up to the value of Content-Length.
[[nodiscard]] std::string request_head_start(const Url& url);

// The value of Content-Length and the end of the header.
class RequestHeadEnd {
public:
    explicit RequestHeadEnd(std::size_t body_bytes);

    [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

private:
    std::array<char, 24> text_;  // 20 digits at most.
    std::size_t size_;
};

}  // namespace sfg::functions
