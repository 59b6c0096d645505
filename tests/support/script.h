// Script: what a scripted server does, step by step, and answers to be sent.
//
// Threads:  values and pure functions.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::test {

struct Step {
    enum class Kind : std::uint8_t { send, wait, close, shut, reset, silence };

    Kind kind = Kind::send;
    std::string bytes;
    std::chrono::milliseconds time{0};
};

[[nodiscard]] Step send(std::string bytes);
[[nodiscard]] Step wait(std::chrono::milliseconds time);
// Of TLS: without a word, as many servers do it.
[[nodiscard]] Step close_connection();
// Of TLS: with the close_notify that is due.
[[nodiscard]] Step shut_connection();
[[nodiscard]] Step reset_connection();
// Neither answers nor closes.
[[nodiscard]] Step silence();

// What happens after a request; then the connection waits for the next one.
using Script = std::vector<Step>;

// "HTTP/1.1 {status}", the headers (each with its line end), Content-Length, the body.
[[nodiscard]] std::string
http_answer(std::string_view status, std::string_view headers, std::string_view body);
// A 200 as functions answer.
[[nodiscard]] std::string octet_answer(std::string_view body, std::string_view headers = {});
// The smallest FromFunction that has a result.
[[nodiscard]] std::string empty_result();

}  // namespace sfg::test
