#include "gateway/functions/request.h"

#include <algorithm>
#include <charconv>

namespace sfg::functions {

std::string request_head_start(const Url& url) {
    return "POST " + url.target + " HTTP/1.1\r\nHost: " + url.host_header +
           "\r\nContent-Type: application/octet-stream\r\nAccept: application/octet-stream\r\n"
           "Accept-Encoding: gzip,deflate\r\n"
           "User-Agent: statefun\r\nConnection: keep-alive\r\nContent-Length: ";
}

RequestHeadEnd::RequestHeadEnd(std::size_t body_bytes) {
    constexpr std::string_view kEnd = "\r\n\r\n";
    char* end = std::to_chars(text_.data(), text_.data() + text_.size(), body_bytes).ptr;
    end = std::copy(kEnd.begin(), kEnd.end(), end);
    size_ = static_cast<std::size_t>(end - text_.data());
}

}  // namespace sfg::functions
