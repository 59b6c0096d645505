// The SDK's HTTP server, over loopback with plain sockets.
#include "statefun/serve.h"

#include "tests/unit/sdk/wire.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <future>
#include <stdexcept>
#include <thread>

using namespace sdk_test;
using namespace std::chrono_literals;

namespace {

// Serves in a thread of its own until it is told to stop.
class RunningServer {
public:
    explicit RunningServer(statefun::ServeOptions options = {}) {
        functions_.bind("ns/echo", {}, [](statefun::Context& context, const auto& message) {
            if (message.template is<bool>()) {
                throw std::runtime_error("does not like booleans");
            }
            context.reply(message.typed_value());
        });
        std::promise<std::uint16_t> listening;
        auto port = listening.get_future();
        options.port = 0;
        options.on_listening = [&](std::uint16_t at) {
            listening.set_value(at);
        };
        thread_ =
            std::thread([this, options] { exit_code_ = statefun::serve(functions_, options); });
        port_ = port.get();
    }

    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;

    ~RunningServer() {
        if (thread_.joinable()) {
            stop();
        }
    }

    int stop() {
        ::kill(::getpid(), SIGTERM);
        thread_.join();
        return exit_code_;
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    statefun::Functions functions_;
    std::thread thread_;
    std::uint16_t port_ = 0;
    int exit_code_ = -1;
};

class Client {
public:
    explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const timeval patience{.tv_sec = 5, .tv_usec = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    }

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    ~Client() { ::close(socket_); }

    void write(std::string_view bytes) {
        REQUIRE(
            ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size())
        );
    }

    // Reads until `text` has come, the peer closes, or five seconds pass. Returns all that came
    // since the last call.
    std::string read_until(std::string_view text) {
        std::string seen;
        std::array<char, 4096> chunk;
        while (seen.find(text) == std::string::npos) {
            const ssize_t got = receive(chunk.data(), chunk.size());
            if (got <= 0) {
                break;
            }
            seen.append(chunk.data(), static_cast<std::size_t>(got));
        }
        return seen;
    }

    bool is_closed() {
        char byte = 0;
        return receive(&byte, 1) == 0;
    }

private:
    // The SIGTERM that stops the server may interrupt us.
    ssize_t receive(char* to, std::size_t size) {
        ssize_t got = -1;
        do {
            got = ::recv(socket_, to, size, 0);
        } while (got < 0 && errno == EINTR);
        return got;
    }

    int socket_;
};

std::string post(const std::string& body, std::string_view headers = {}) {
    return "POST /any HTTP/1.1\r\nHost: x\r\n" + std::string(headers) +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string echo(std::string_view text) {
    return RequestTo("ns", "echo", "a")
        .message(kString, string_bytes(text))
        .from("o", "g", "x")
        .bytes();
}

}  // namespace

TEST_CASE("a connection carries many calls, also pipelined ones", "[sdk][serve]") {
    RunningServer server;
    Client client(server.port());

    client.write(post(echo("first")));
    auto answer = client.read_until("first");
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 200 OK\r\n"));
    CHECK_THAT(answer, Catch::Contains("Content-Type: application/octet-stream\r\n"));
    client.write(post(echo("second")) + post(echo("third")));
    CHECK_THAT(client.read_until("third"), Catch::Contains("second") && Catch::Contains("third"));
}

TEST_CASE("a function that throws is answered by 500 with the reason", "[sdk][serve]") {
    RunningServer server;
    Client client(server.port());

    client.write(post(RequestTo("ns", "echo", "a").message("io.statefun.types/bool", "").bytes()));

    auto answer = client.read_until("booleans\n");
    CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 500 "));
    CHECK_THAT(answer, Catch::Contains("Content-Type: text/plain"));
    client.write(post(echo("still alive")));
    CHECK_THAT(client.read_until("still alive"), Catch::StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a body that comes byte by byte, announced by Expect, is read", "[sdk][serve]") {
    RunningServer server;
    Client client(server.port());
    const std::string request = post(echo("patience"), "Expect: 100-continue\r\n");
    const std::size_t body_at = request.find("\r\n\r\n") + 4;

    client.write(request.substr(0, body_at));
    CHECK_THAT(client.read_until("\r\n\r\n"), Catch::StartsWith("HTTP/1.1 100 "));
    for (char byte : request.substr(body_at)) {
        client.write({&byte, 1});
    }
    CHECK_THAT(client.read_until("patience"), Catch::StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("what is not a call is refused and the connection closed", "[sdk][serve]") {
    statefun::ServeOptions options;
    options.request_bytes_max = 1000;
    RunningServer server(options);
    auto refused = [&](const std::string& request) {
        Client client(server.port());
        client.write(request);
        return client.read_until("nothing contains this");
    };

    CHECK_THAT(refused("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Catch::StartsWith("HTTP/1.1 405 "));
    CHECK_THAT(refused("nonsense\r\n\r\n"), Catch::StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(
        refused("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n"),
        Catch::StartsWith("HTTP/1.1 413 ")
    );
    CHECK_THAT(
        refused(post("garbage", "Connection: close\r\n")), Catch::StartsWith("HTTP/1.1 400 ")
    );
}

TEST_CASE("past the limit of connections the next one waits for its turn", "[sdk][serve]") {
    statefun::ServeOptions options;
    options.connections_max = 1;
    RunningServer server(options);
    auto first = std::make_unique<Client>(server.port());
    first->write(post(echo("first")));
    first->read_until("first");

    Client second(server.port());
    second.write(post(echo("second")));
    first.reset();

    CHECK_THAT(second.read_until("second"), Catch::StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("a stop closes idle connections and answers the request in hand", "[sdk][serve]") {
    RunningServer server;
    Client idle(server.port());
    idle.write(post(echo("one")));
    idle.read_until("one");
    Client busy(server.port());
    const std::string request = post(echo("last words"));
    busy.write(request.substr(0, 30));
    // A second connection that is answered proves that the first bytes above were read.
    Client witness(server.port());
    witness.write(post(echo("seen")));
    witness.read_until("seen");

    auto exit_code = std::async(std::launch::async, [&] { return server.stop(); });
    CHECK(idle.is_closed());
    busy.write(request.substr(30));

    auto answer = busy.read_until("last words");
    CHECK_THAT(answer, Catch::Contains("Connection: close\r\n"));
    CHECK(busy.is_closed());
    CHECK(exit_code.get() == 0);
}

TEST_CASE("a port that is taken is an error, not a crash", "[sdk][serve]") {
    RunningServer server;
    statefun::Functions functions;

    CHECK(statefun::serve(functions, server.port()) == 1);
}
