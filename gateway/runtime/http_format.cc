#include "gateway/runtime/http_format.h"

#include <array>
#include <charconv>

namespace sfg::runtime {

namespace {

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits;
    auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

}  // namespace

std::string_view reason_phrase(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "";  // RFC 9112: a phrase may be empty.
    }
}

void append_head(std::string& out, const HttpResponse& response, Connection connection) {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(response.status));
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    if (!response.media_type.empty()) {
        out += "Content-Type: ";
        out += response.media_type;
        out += "\r\n";
    }
    out += response.fields;
    if (connection != Connection::kept) {
        out += connection == Connection::closed ? "Connection: close\r\n"
                                                : "Connection: keep-alive\r\n";
    }
    if (!response.streams) {
        out += "Content-Length: ";
        append_number(out, response.content().size());
        out += "\r\n";
    }
    out += "\r\n";
}

}  // namespace sfg::runtime
