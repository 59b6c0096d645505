// The part of HttpServer that takes ports and accepts connections.
#include "gateway/runtime/http_server.h"
#include "protocol/assert.h"

#include <boost/asio/ip/address.hpp>

#include <utility>

namespace sfg::runtime {

namespace {

namespace asio = boost::asio;
using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds kAcceptAgain{200};

std::string address_text(const tcp::endpoint& endpoint) {
    std::string host = endpoint.address().to_string();
    if (endpoint.address().is_v6()) {
        host = "[" + host + "]";
    }
    return host + ":" + std::to_string(endpoint.port());
}

}  // namespace

Result<std::uint16_t, std::string> HttpServer::bind() {
    auto port = listen(acceptor_, options_.port);
    if (port.has_value()) {
        error_code ignored;
        bound_to_ = address_text(acceptor_.local_endpoint(ignored));
    }
    return port;
}

Result<std::uint16_t, std::string> HttpServer::take(std::uint16_t port) {
    stay();
    return listen(taken_, port);
}

void HttpServer::move() {
    SFG_ASSERT(taken_.is_open());
    error_code ignored;
    acceptor_.close(ignored);
    accept_again_.cancel();
    acceptor_ = std::move(taken_);
    taken_ = tcp::acceptor(loop_.io());
    bound_to_ = address_text(acceptor_.local_endpoint(ignored));
    stopping_ = false;
    accept_next();
}

void HttpServer::stay() {
    error_code ignored;
    taken_.close(ignored);
}

Result<std::uint16_t, std::string> HttpServer::listen(tcp::acceptor& acceptor, std::uint16_t port) {
    std::string where =
        options_.name + " cannot listen on " + options_.address + ":" + std::to_string(port) + ": ";
    std::string host = options_.address == "localhost" ? "127.0.0.1" : options_.address;
    error_code error;
    auto address = asio::ip::make_address(host, error);
    if (error) {
        return where + "this is not an IP address";
    }
    tcp::endpoint endpoint(address, port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) {
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
    }
    if (!error) {
        acceptor.bind(endpoint, error);
    }
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (!error) {
        endpoint = acceptor.local_endpoint(error);
    }
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
        return where + error.message();
    }
    return endpoint.port();
}

void HttpServer::accept() {
    SFG_ASSERT(acceptor_.is_open());
    accept_next();
}

void HttpServer::accept_next() {
    std::weak_ptr<bool> alive = alive_;
    acceptor_.async_accept([this, alive](const error_code& error, tcp::socket socket) {
        // Aborted: it was closed, and another one may be there.
        if (error == asio::error::operation_aborted || alive.expired() || !acceptor_.is_open()) {
            return;
        }
        if (error) {
            // Out of descriptors, most likely: somebody has to close one first.
            accept_again_.set(kAcceptAgain);
            return;
        }
        if (options_.take) {
            options_.take(std::move(socket));
        } else {
            adopt(std::move(socket));
        }
        accept_next();
    });
}

}  // namespace sfg::runtime
