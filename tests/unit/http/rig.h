// A loop, a server on a free loopback port and raw clients, all on the test's thread.
//
// Nothing sleeps: until() runs the loop and the clients' non-blocking sockets until a condition
// holds, and fails the test when it does not within seconds.
#pragma once

#include "gateway/runtime/http_server.h"
#include "gateway/runtime/loop.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::test {

struct HttpAnswer {
    int status = 0;
    std::map<std::string, std::string> fields;  // Names in lower case.
    std::string body;

    [[nodiscard]] std::string field(const std::string& name) const;
};

// A client that says exactly what it is told.
class Client {
public:
    explicit Client(std::uint16_t port);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    void send(std::string_view bytes) { out_ += bytes; }

    // Moves what can be moved now.
    void pump();

    // The next complete response, if it is there; 1xx ones too. `head`: it has no body.
    std::optional<HttpAnswer> take(bool head = false);

    // Ends the sending side; closes; closes with a reset.
    void shut_down();
    void close();
    void reset();

    void read_nothing() { reads_ = false; }

    [[nodiscard]] bool all_sent() const { return out_.empty(); }

    // The server has closed while there was more to send.
    [[nodiscard]] bool cut_off() const { return cut_off_; }

    [[nodiscard]] bool ended() const { return ended_; }

    [[nodiscard]] const std::string& received() const { return in_; }

private:
    int socket_ = -1;
    std::string out_;
    std::string in_;
    bool ended_ = false;
    bool cut_off_ = false;
    bool reads_ = true;
};

class Rig {
public:
    Rig();

    template <typename Condition>
    void until(Condition&& condition) {
        auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            turn(limit);
        }
    }

    // Lets everything happen that is ready now.
    void settle();

    Client& connect(std::uint16_t port);

    HttpAnswer receive(Client& client, bool head = false);

    // Sends one request and waits for its answer.
    HttpAnswer ask(Client& client, std::string_view request);

    runtime::Loop loop;

private:
    void turn(std::chrono::steady_clock::time_point limit);

    std::vector<std::unique_ptr<Client>> clients_;
};

// Records what the server tells it; answers at once with an echo, unless told to wait.
class FakeHandler : public runtime::HttpHandler {
public:
    struct Seen {
        runtime::ExchangeId id{};
        std::string line;  // "POST /path"
        std::string body;
    };

    runtime::BodyPlan on_head(const runtime::HttpHead& head, runtime::ExchangeId id) override;
    runtime::BodyPlace place(runtime::HttpContext& context, std::size_t content_length) override;
    runtime::Next on_request(
        runtime::ExchangeId id,
        runtime::HttpBody body,
        std::unique_ptr<runtime::HttpContext> context
    ) override;

    void on_gone(runtime::ExchangeId id) override { gone.push_back(id); }

    void on_written(runtime::ExchangeId id, bool ok) override { written.emplace_back(id, ok); }

    void echo(const Seen& request);

    runtime::HttpServer* server = nullptr;
    bool answers = true;
    bool in_place = false;
    bool tells_written = false;
    runtime::Next next = runtime::Next::proceed;
    std::function<std::optional<Problem>(const runtime::HttpHead&)> object;
    std::vector<Seen> seen;
    std::vector<runtime::ExchangeId> gone;
    std::vector<std::pair<runtime::ExchangeId, bool>> written;
    int heads = 0;
};

// A server with the fake handler.
class ServerRig : public Rig {
public:
    explicit ServerRig(
        const runtime::HttpLimits& limits = {},
        runtime::LargeBodyGate* gate = nullptr
    );

    Client& connect() { return Rig::connect(port); }

    FakeHandler handler;
    std::unique_ptr<runtime::HttpServer> server;
    std::uint16_t port = 0;
};

// "POST /path HTTP/1.1" with Host, Content-Length, further header lines and the body.
[[nodiscard]] std::string
post(std::string_view path, std::string_view body, std::string_view fields = "");
[[nodiscard]] std::string get(std::string_view path, std::string_view fields = "");

}  // namespace sfg::test
