// The only file of the SDK that includes Beast.
#include "statefun/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <cstdio>
#include <optional>
#include <utility>

namespace statefun::detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::uint32_t kHeaderBytesMax = 64 * 1024;

}  // namespace

// What is coming in.
struct Connection::Incoming {
    boost::beast::flat_buffer buffer;  // May hold the beginning of the next request already.
    std::optional<http::request_parser<http::string_body>> parser;  // Anew for each request.
};

Connection::Connection(ConnectionOwner& owner, tcp::socket socket)
    : owner_(owner),
      socket_(std::move(socket)),
      incoming_(std::make_unique<Incoming>()),
      since_(owner.sweeps) {}

Connection::~Connection() = default;

bool Connection::is_idle() const {
    return is_reading_ && !incoming_->parser->got_some();
}

void Connection::close() {
    error_code ignored;
    socket_.close(ignored);
}

void Connection::read_request() {
    incoming_->parser.emplace();
    incoming_->parser->header_limit(kHeaderBytesMax);
    incoming_->parser->body_limit(owner_.request_bytes_max);
    is_reading_ = true;
    http::async_read_header(
        socket_,
        incoming_->buffer,
        *incoming_->parser,
        [this](error_code error, std::size_t) { on_header(error); }
    );
}

void Connection::on_header(error_code error) {
    is_reading_ = false;
    if (error == http::error::body_limit) {
        return refuse(413, "the request is larger than this server takes");
    }
    if (error == http::error::header_limit) {
        return refuse(431, "the request's headers are larger than this server takes");
    }
    if (error == http::error::end_of_stream || !socket_.is_open()) {
        return end();
    }
    if (error) {
        // Beast's own errors are the peer's bad HTTP, the others are the connection's.
        return error.category() == make_error_code(http::error::bad_method).category()
                   ? refuse(400, "not HTTP/1.1: " + error.message())
                   : end();
    }
    if (incoming_->parser->get().method() != http::verb::post) {
        return refuse(405, "functions are called with POST", "Allow: POST\r\n");
    }
    if (!boost::beast::iequals(incoming_->parser->get()[http::field::expect], "100-continue")) {
        return read_body();
    }
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(kContinue), [this](error_code failed, std::size_t) {
        failed ? end() : read_body();
    });
}

void Connection::read_body() {
    if (incoming_->parser->is_done()) {
        return answer();
    }
    http::async_read(
        socket_,
        incoming_->buffer,
        *incoming_->parser,
        [this](error_code error, std::size_t) { on_body(error); }
    );
}

void Connection::on_body(error_code error) {
    if (error == http::error::body_limit) {
        return refuse(413, "the request is larger than this server takes");
    }
    error ? end() : answer();
}

void Connection::answer() {
    auto answer = owner_.functions.handle(incoming_->parser->get().body());
    keep_alive_ = incoming_->parser->keep_alive() && !owner_.is_stopping;
    if (answer) {
        write("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n", *std::move(answer));
        return;
    }
    const HandlerError& error = answer.error();
    std::fprintf(stderr, "%s\n", error.reason.c_str());
    write(
        std::string("HTTP/1.1 ") +
            (error.http_status() == 400 ? "400 Bad Request" : "500 Internal Server Error") +
            "\r\nContent-Type: text/plain; charset=utf-8\r\n",
        error.reason + "\n"
    );
}

// Refuses a request whose rest is not read: the connection cannot be used again.
void Connection::refuse(unsigned status, std::string_view reason, std::string_view headers) {
    keep_alive_ = false;
    const auto name = http::obsolete_reason(http::int_to_status(status));
    std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
    head.append(name.data(), name.size());
    head.append("\r\nContent-Type: text/plain; charset=utf-8\r\n").append(headers);
    write(std::move(head), std::string(reason) + "\n");
}

void Connection::write(std::string head, std::string body) {
    head_ = std::move(head);
    body_ = std::move(body);
    if (!keep_alive_) {
        head_ += "Connection: close\r\n";
    } else if (incoming_->parser->get().version() == 10) {
        head_ += "Connection: keep-alive\r\n";
    }
    head_ += "Content-Length: " + std::to_string(body_.size()) + "\r\n\r\n";
    const std::array<asio::const_buffer, 2> pieces{asio::buffer(head_), asio::buffer(body_)};
    asio::async_write(socket_, pieces, [this](error_code error, std::size_t) {
        on_written(error);
    });
}

void Connection::on_written(error_code error) {
    since_ = owner_.sweeps;
    body_ = {};
    if (error || !keep_alive_ || owner_.is_stopping) {
        error_code ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
        return end();
    }
    read_request();
}

void Connection::end() {
    owner_.forget(*this);
}

}  // namespace statefun::detail
