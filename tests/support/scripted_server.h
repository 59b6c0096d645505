// ScriptedServer: a function server that does exactly what a test tells it, also what no real one
// should: cut off, send garbage, close after its answer, never answer.
//
// Threads:   runs on a thread of its own; the script is called there. The rest is for the test's.
// Lifetime:  the destructor closes every connection and joins the thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::test {

struct SeenRequest {
    std::string head;  // With its empty line.
    std::string body;
    std::size_t connection = 0;  // Counted from 0, in order of acceptance.
    std::size_t index = 0;       // Counted from 0, over all connections.
};

struct Step {
    enum class Kind : std::uint8_t { send, wait, close, reset, silence };

    Kind kind = Kind::send;
    std::string bytes;
    std::chrono::milliseconds time{0};
};

[[nodiscard]] Step send(std::string bytes);
[[nodiscard]] Step wait(std::chrono::milliseconds time);
[[nodiscard]] Step close_connection();
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

class ScriptedServer {
public:
    using Answer = std::function<Script(const SeenRequest&)>;

    struct Options {
        std::string address = "127.0.0.1";
        std::uint16_t port = 0;           // 0: a free one.
        std::string unix_path;            // Not empty: a Unix socket instead.
        bool is_answering_heads = false;  // The script runs when the head is read; no body is.
        Script greeting;                  // Runs when a connection is accepted.
    };

    explicit ScriptedServer(Answer answer);
    ScriptedServer(Answer answer, Options options);
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer();

    [[nodiscard]] std::uint16_t port() const;
    // "http://{address}:{port}{path}".
    [[nodiscard]] std::string url(std::string_view path = "/fn") const;

    [[nodiscard]] std::vector<SeenRequest> requests() const;
    [[nodiscard]] std::size_t request_count() const;
    [[nodiscard]] std::size_t connection_count() const;
    // Connections that the client closed.
    [[nodiscard]] std::size_t closed_count() const;

private:
    class Session;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sfg::test
