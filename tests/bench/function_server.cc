#include "tests/bench/function_server.h"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

namespace bench {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;

constexpr std::uint64_t kBodyBytesMax = 64 * 1024 * 1024;

class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(Socket socket, Handler handler)
        : socket_(std::move(socket)),
          handler_(handler),
          timer_(socket_.get_executor()) {}

    void read() {
        parser_.emplace();
        parser_->body_limit(kBodyBytesMax);
        http::async_read(
            socket_,
            buffer_,
            *parser_,
            [self = shared_from_this()](error_code error, std::size_t) {
                if (!error) {
                    self->answer();
                }
            }
        );
    }

private:
    void answer() {
        const auto [body, after] = handler_(parser_->get().body());
        keep_alive_ = parser_->keep_alive();
        out_ = body ? "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                    : "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\n";
        out_ += "Content-Length: " + std::to_string(body ? body->size() : 0) + "\r\n\r\n";
        out_ += body.value_or("");
        if (after.count() == 0) {
            return write();
        }
        timer_.expires_after(after);
        timer_.async_wait([self = shared_from_this()](error_code) { self->write(); });
    }

    void write() {
        asio::async_write(
            socket_,
            asio::buffer(out_),
            [self = shared_from_this()](error_code error, std::size_t) {
                if (!error && self->keep_alive_) {
                    self->read();
                }
            }
        );
    }

    Socket socket_;
    const Handler handler_;
    asio::steady_timer timer_;
    boost::beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::string_body>> parser_;
    std::string out_;
    bool keep_alive_ = true;
};

template <typename Acceptor>
void accept(Acceptor& acceptor, Handler handler) {
    acceptor.async_accept([&acceptor, handler](error_code error, auto socket) {
        if (!error) {
            error_code not_tcp;
            socket.set_option(tcp::no_delay(true), not_tcp);
            std::make_shared<Connection>(Socket(std::move(socket)), handler)->read();
        }
        accept(acceptor, handler);
    });
}

template <typename Acceptor>
void run(asio::io_context& io, Acceptor& acceptor, Handler handler, const std::string& url) {
    accept(acceptor, handler);
    std::printf("listening on %s\n", url.c_str());
    std::fflush(stdout);
    io.run();
}

}  // namespace

void serve(const std::string& where, Handler handler) {
    asio::io_context io(1);
    if (where.starts_with('/')) {
        asio::local::stream_protocol::acceptor acceptor(io, where);
        return run(io, acceptor, handler, "http+unix://" + where);
    }
    const auto port = static_cast<std::uint16_t>(std::atoi(where.c_str()));
    tcp::acceptor acceptor(io, {asio::ip::address_v4::loopback(), port});
    const std::string bound = std::to_string(acceptor.local_endpoint().port());
    run(io, acceptor, handler, "http://127.0.0.1:" + bound);
}

}  // namespace bench
