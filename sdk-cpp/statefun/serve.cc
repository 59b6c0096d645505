#include "statefun/serve.h"

#include "statefun/connection.h"
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <csignal>
#include <cstdio>
#include <memory>
#include <unordered_map>
#include <utility>

namespace statefun {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using detail::Connection;

constexpr std::chrono::seconds kSweepInterval{1};

// Accepts connections, forgets the finished ones, and stops when it is told to.
class Server final : public detail::ConnectionOwner {
public:
    Server(const Functions& its_functions, const ServeOptions& options)
        : ConnectionOwner(its_functions, options.request_bytes_max),
          options_(options) {}

    [[nodiscard]] int run();

    void forget(Connection& connection) override;

private:
    [[nodiscard]] error_code listen();
    void accept();
    void sweep();
    void stop();
    void close_all();

    const ServeOptions& options_;
    // First in, last out: what uses the loop goes before it.
    asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    asio::signal_set signals_{io_};
    asio::steady_timer timer_{io_};
    std::unordered_map<Connection*, std::unique_ptr<Connection>> connections_;
    bool accepting_ = false;
};

int Server::run() {
    // Signals first: one that comes while the port opens must not be lost.
    error_code error;
    signals_.add(SIGTERM, error);
    signals_.add(SIGINT, error);
    if (error = listen(); error) {
        std::fprintf(
            stderr,
            "cannot listen on %s:%u: %s\n",
            options_.address.c_str(),
            unsigned{options_.port},
            error.message().c_str()
        );
        return 1;
    }
    signals_.async_wait([this](error_code failed, int) {
        if (!failed) {
            stop();
        }
    });
    accept();
    sweep();
    if (options_.on_listening) {
        options_.on_listening(acceptor_.local_endpoint(error).port());
    }
    io_.run();
    return 0;
}

error_code Server::listen() {
    error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    const tcp::endpoint endpoint(address, options_.port);
    if (!error) {
        acceptor_.open(endpoint.protocol(), error);
    }
    if (!error) {
        acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    }
    if (!error) {
        acceptor_.bind(endpoint, error);
    }
    if (!error) {
        acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    }
    return error;
}

void Server::accept() {
    accepting_ = !is_stopping && connections_.size() < options_.connections_max;
    if (!accepting_) {
        return;
    }
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
        accepting_ = false;
        if (error || is_stopping) {
            return;  // Out of descriptors, say: the next sweep tries again.
        }
        socket.set_option(tcp::no_delay(true), error);
        auto connection = std::make_unique<Connection>(*this, std::move(socket));
        Connection& begun = *connection;
        connections_.emplace(&begun, std::move(connection));
        begun.read_request();
        accept();
    });
}

void Server::forget(Connection& connection) {
    connections_.erase(&connection);
    if (is_stopping) {
        if (connections_.empty()) {
            timer_.cancel();
        }
    } else if (!accepting_) {
        accept();
    }
}

// One coarse timer for all connections: a timer per operation costs a quarter of the throughput.
void Server::sweep() {
    ++sweeps;
    const std::int64_t oldest = sweeps - options_.idle_max / kSweepInterval;
    for (auto& [connection, owned] : connections_) {
        if (connection->since() < oldest) {
            connection->close();
        }
    }
    if (!accepting_) {
        accept();
    }
    timer_.expires_after(kSweepInterval);
    timer_.async_wait([this](error_code error) {
        if (!error && !is_stopping) {
            sweep();
        }
    });
}

void Server::stop() {
    is_stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (auto& [connection, owned] : connections_) {
        if (connection->is_idle()) {
            connection->close();
        }
    }
    timer_.cancel();
    if (connections_.empty()) {
        return;
    }
    timer_.expires_after(options_.stop_within);
    timer_.async_wait([this](error_code error) {
        if (!error) {
            close_all();
        }
    });
}

void Server::close_all() {
    for (auto& [connection, owned] : connections_) {
        connection->close();
    }
}

}  // namespace

int serve(const Functions& functions, const ServeOptions& options) {
    return Server(functions, options).run();
}

}  // namespace statefun
