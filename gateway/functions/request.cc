#include "gateway/functions/request.h"

namespace sfg::functions {

std::string request_head_start(const Url& url) {
    return "POST " + url.target + " HTTP/1.1\r\nHost: " + url.host_header +
           "\r\nContent-Type: application/octet-stream\r\nAccept: application/octet-stream\r\n"
           "Accept-Encoding: gzip,deflate\r\n"
           "User-Agent: statefun\r\nConnection: keep-alive\r\nContent-Length: ";
}

std::string request_head(const std::string& start, std::size_t body_bytes) {
    std::string length = std::to_string(body_bytes);
    std::string head;
    head.reserve(start.size() + length.size() + 4);
    head += start;
    head += length;
    head += "\r\n\r\n";
    return head;
}

}  // namespace sfg::functions
