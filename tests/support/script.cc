#include "tests/support/script.h"

namespace sfg::test {

Step send(std::string bytes) {
    return {Step::Kind::send, std::move(bytes), {}};
}

Step wait(std::chrono::milliseconds time) {
    return {Step::Kind::wait, {}, time};
}

Step close_connection() {
    return {Step::Kind::close, {}, {}};
}

Step shut_connection() {
    return {Step::Kind::shut, {}, {}};
}

Step reset_connection() {
    return {Step::Kind::reset, {}, {}};
}

Step silence() {
    return {Step::Kind::silence, {}, {}};
}

std::string http_answer(std::string_view status, std::string_view headers, std::string_view body) {
    std::string text = "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(headers);
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    return text += body;
}

std::string octet_answer(std::string_view body, std::string_view headers) {
    return http_answer(
        "200 OK", "Content-Type: application/octet-stream\r\n" + std::string(headers), body
    );
}

std::string empty_result() {
    return std::string("\xa2\x06\x00", 3);
}

}  // namespace sfg::test
