// ScriptedServer: a function server that does exactly what a test tells it, also what no real one
// should: cut off, send garbage, close after its answer, never answer.
//
// Threads:   runs on a thread of its own; the script is called there. The rest is for the test's.
// Lifetime:  the destructor closes every connection and joins the thread.
#pragma once

#include "tests/support/script.h"
#include "tests/support/server_tls.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
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

class ScriptedServer {
public:
    using Answer = std::function<Script(const SeenRequest&)>;

    struct Options {
        std::string address = "127.0.0.1";
        std::uint16_t port = 0;           // 0: a free one.
        std::string unix_path;            // Not empty: a Unix socket instead.
        bool is_answering_heads = false;  // The script runs when the head is read; no body is.
        Script greeting;                  // Runs when a connection is accepted.
        std::optional<ServerTls> tls;
        bool is_forgetful = false;  // Requests are counted, not kept.
    };

    explicit ScriptedServer(Answer answer);
    ScriptedServer(Answer answer, Options options);
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer();

    [[nodiscard]] std::uint16_t port() const;
    // "http://{address}:{port}{path}", or https.
    [[nodiscard]] std::string url(std::string_view path = "/fn") const;

    [[nodiscard]] std::vector<SeenRequest> requests() const;
    [[nodiscard]] std::size_t request_count() const;
    [[nodiscard]] std::size_t connection_count() const;
    // Connections whose TLS session was resumed.
    [[nodiscard]] std::size_t resumed_count() const;
    // Connections that the client closed.
    [[nodiscard]] std::size_t closed_count() const;

private:
    template <typename Stream>
    class Session;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sfg::test
