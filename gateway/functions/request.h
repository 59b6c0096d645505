// The request: the fixed part of its header, made once per URL, and the rest of it.
//
// Always POST with an exact Content-Length: never chunked (WSGI servers see an empty body then),
// never `Expect`. Header and body leave in one gather write, the body as the
// stored bytes it is made of.
//
// Threads:  pure functions.
#pragma once

#include "gateway/functions/url.h"

#include <cstddef>
#include <string>

namespace sfg::functions {

// Everything up to the value of Content-Length.
[[nodiscard]] std::string request_head_start(const Url& url);

// The whole header of a request with a body of `body_bytes`.
[[nodiscard]] std::string request_head(const std::string& start, std::size_t body_bytes);

}  // namespace sfg::functions
