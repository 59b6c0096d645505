#include "tests/unit/http/rig.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace sfg::test {

namespace {

struct Context final : runtime::HttpContext {
    std::string line;
    SharedBytes bytes;
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
        return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
    return text;
}

}  // namespace

std::string HttpAnswer::field(const std::string& name) const {
    auto found = fields.find(lower(name));
    return found == fields.end() ? "" : found->second;
}

Client::Client(std::uint16_t port) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // The listener's backlog accepts it at once.
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::fcntl(socket_, F_SETFL, O_NONBLOCK) == 0);
    int one = 1;
    REQUIRE(::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0);
}

Client::~Client() {
    close();
}

void Client::pump() {
    while (socket_ >= 0 && !out_.empty()) {
        ssize_t sent = ::send(socket_, out_.data(), out_.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) {
            cut_off_ = true;
            out_.clear();  // The server has closed; what it said is still to be read.
        }
        if (sent <= 0) {
            break;
        }
        out_.erase(0, static_cast<std::size_t>(sent));
    }
    while (socket_ >= 0 && reads_ && !ended_) {
        std::array<char, 65536> buffer;
        ssize_t got = ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EAGAIN) {
            break;
        }
        ended_ = got <= 0;
        in_.append(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    }
}

std::optional<HttpAnswer> Client::take(bool head) {
    auto end = in_.find("\r\n\r\n");
    if (end == std::string::npos) {
        return std::nullopt;
    }
    HttpAnswer response;
    response.status = std::stoi(in_.substr(9, 3));
    std::size_t at = in_.find("\r\n") + 2;
    while (at < end + 2) {
        auto line_end = in_.find("\r\n", at);
        auto colon = in_.find(": ", at);
        response.fields[lower(in_.substr(at, colon - at))] =
            in_.substr(colon + 2, line_end - colon - 2);
        at = line_end + 2;
    }
    std::string length = response.field("content-length");
    std::size_t size = head || length.empty() ? 0 : std::stoul(length);
    if (in_.size() < end + 4 + size) {
        return std::nullopt;
    }
    response.body = in_.substr(end + 4, size);
    in_.erase(0, end + 4 + size);
    return response;
}

void Client::shut_down() {
    ::shutdown(socket_, SHUT_WR);
}

void Client::close() {
    if (socket_ >= 0) {
        ::close(std::exchange(socket_, -1));
    }
}

void Client::reset() {
    linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

Rig::Rig() {
    // Arms the loop's tick; from here on the test turns the loop itself.
    loop.post([this] { loop.stop(); });
    loop.run();
}

void Rig::turn(std::chrono::steady_clock::time_point limit) {
    loop.io().restart();
    if (loop.io().poll() == 0) {
        loop.io().run_one_for(std::chrono::milliseconds(1));
    }
    for (auto& client : clients_) {
        client->pump();
    }
    if (std::chrono::steady_clock::now() > limit) {
        FAIL("it did not come about in time");
    }
}

void Rig::settle() {
    // A round trip through the kernel's loopback is done within a turn; ten leave nothing behind.
    for (int i = 0; i < 10; ++i) {
        turn(std::chrono::steady_clock::time_point::max());
    }
}

Client& Rig::connect(std::uint16_t port) {
    return *clients_.emplace_back(std::make_unique<Client>(port));
}

HttpAnswer Rig::receive(Client& client, bool head) {
    std::optional<HttpAnswer> response;
    until([&] {
        response = client.take(head);
        return response || client.ended();
    });
    REQUIRE(response);
    return *response;
}

HttpAnswer Rig::ask(Client& client, std::string_view request) {
    client.send(request);
    return receive(client, request.starts_with("HEAD"));
}

runtime::BodyPlan FakeHandler::on_head(const runtime::HttpHead& head, runtime::ExchangeId /*id*/) {
    ++heads;
    if (object) {
        if (auto problem = object(head)) {
            return {runtime::problem_response(*problem), nullptr};
        }
    }
    auto context = std::make_unique<Context>();
    context->line = std::string(head.method) + " " + std::string(head.target);
    if (in_place && head.content_length) {
        return {runtime::BodyInPlace{}, std::move(context)};
    }
    return {runtime::BodyCollected{kBodyBytesMax}, std::move(context)};
}

runtime::BodyPlace FakeHandler::place(runtime::HttpContext& context, std::size_t content_length) {
    auto& mine = static_cast<Context&>(context);
    mine.bytes = SharedBytes::uninitialized(content_length + 3);
    return {mine.bytes, 3};
}

runtime::Next FakeHandler::on_request(
    runtime::ExchangeId id,
    runtime::HttpBody body,
    std::unique_ptr<runtime::HttpContext> context
) {
    auto& mine = static_cast<Context&>(*context);
    bool placed = !mine.bytes.empty();
    std::string_view text = placed ? mine.bytes.view().substr(3) : body.view();
    seen.push_back({id, mine.line, std::string(text)});
    if (answers) {
        echo(seen.back());
    }
    return next;
}

void FakeHandler::echo(const Seen& request) {
    runtime::HttpResponse response;
    response.media_type = "text/plain";
    response.body = request.line + "\n" + request.body;
    response.tell_written = tells_written;
    server->respond(request.id, std::move(response));
}

ServerRig::ServerRig(const runtime::HttpLimits& limits, runtime::LargeBodyGate* gate) {
    runtime::HttpOptions options;
    options.name = "test";
    options.limits = limits;
    options.gate = gate;
    server = std::make_unique<runtime::HttpServer>(loop, options, handler);
    handler.server = server.get();
    auto bound = server->bind();
    REQUIRE(bound.has_value());
    port = *bound;
    server->accept();
}

std::string post(std::string_view path, std::string_view body, std::string_view fields) {
    std::string request = "POST " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n";
    request += fields;
    request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    request += body;
    return request;
}

std::string get(std::string_view path, std::string_view fields) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(fields) + "\r\n";
}

}  // namespace sfg::test
