#include "gateway/functions/dialer.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace sfg::functions {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

std::string address_text(const asio::ip::tcp::endpoint& endpoint) {
    std::string host = endpoint.address().to_string();
    if (endpoint.address().is_v6()) {
        host = "[" + host + "]";
    }
    return host + ":" + std::to_string(endpoint.port());
}

// While nobody listens on a local port, a connect to it may be given that very port as its own and
// meet itself. It would then read its request as the answer.
bool is_connected_to_itself(const Socket& socket) {
    error_code error;
    auto local = socket.local_endpoint(error);
    if (error || local.protocol().family() == AF_UNIX) {
        return false;
    }
    auto remote = socket.remote_endpoint(error);
    return !error && local == remote;
}

void set_options(Socket& socket, Url::Transport transport) {
    // Failing to set them costs speed, not correctness.
    error_code ignored;
    if (transport != Url::Transport::unix_socket) {
        socket.set_option(asio::ip::tcp::no_delay(true), ignored);
        socket.set_option(asio::socket_base::keep_alive(true), ignored);
    }
    socket.non_blocking(true, ignored);
}

}  // namespace

Dialer::Dialer(runtime::Loop& loop, const Url& url, Timing timing, Done done)
    : loop_(loop),
      url_(url),
      timing_(timing),
      done_(std::move(done)),
      resolver_(loop.io()),
      stagger_(loop.io()),
      deadline_(loop, [this] { fail("no connection within the connect timeout"); }) {}

void Dialer::start() {
    deadline_.set(timing_.connect_timeout);
    if (url_.transport == Url::Transport::unix_socket) {
        asio::local::stream_protocol::endpoint endpoint(url_.socket_path);
        addresses_.push_back({endpoint, url_.socket_path});
        attempts_.reserve(1);
        return try_next();
    }
    error_code error;
    auto literal = asio::ip::make_address(url_.host, error);
    if (!error) {
        asio::ip::tcp::endpoint endpoint(literal, url_.port);
        addresses_.push_back({endpoint, address_text(endpoint)});
        attempts_.reserve(1);
        return try_next();
    }
    resolver_.async_resolve(
        url_.host,
        std::to_string(url_.port),
        [self = shared_from_this()](const error_code& failed, const auto& results) {
            self->resolved(failed, results);
        }
    );
}

void Dialer::cancel() {
    done_ = nullptr;
    finish({});
}

void Dialer::resolved(
    const error_code& error,
    const asio::ip::tcp::resolver::results_type& results
) {
    if (!done_) {
        return;
    }
    if (error) {
        return fail("'" + url_.host + "' does not resolve: " + error.message());
    }
    for (const auto& entry : results) {
        if (addresses_.size() < kAddressesMax) {
            addresses_.push_back({entry.endpoint(), address_text(entry.endpoint())});
        }
    }
    // Handlers name attempts by index, and Asio holds on to the sockets: they must not move.
    attempts_.reserve(addresses_.size());
    try_next();
}

void Dialer::try_next() {
    std::size_t attempt = attempts_.size();
    if (attempt == addresses_.size()) {
        if (pending_ == 0) {
            fail(errors_);
        }
        return;
    }
    attempts_.emplace_back(loop_.io());
    ++pending_;
    auto handler = [self = shared_from_this(), attempt](const error_code& error) {
        self->connected(attempt, error);
    };
    attempts_.back().async_connect(addresses_[attempt].endpoint, std::move(handler));
    if (attempt + 1 == addresses_.size()) {
        return;
    }
    stagger_.expires_after(timing_.next_address_after);
    stagger_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        if (!cancelled && self->done_) {
            self->try_next();
        }
    });
}

void Dialer::connected(std::size_t attempt, const error_code& error) {
    if (!done_) {
        return;
    }
    --pending_;
    Socket& socket = attempts_[attempt];
    error_code failed = error;
    if (!failed && is_connected_to_itself(socket)) {
        failed = asio::error::connection_refused;
        socket.close();
    }
    if (failed) {
        errors_ +=
            (errors_.empty() ? "" : "; ") + addresses_[attempt].text + ": " + failed.message();
        // The stagger of this attempt may have started its successor already.
        if (attempt + 1 == attempts_.size() || pending_ == 0) {
            try_next();
        }
        return;
    }
    set_options(socket, url_.transport);
    Result result;
    result.socket = std::move(socket);
    finish(std::move(result));
}

void Dialer::fail(const std::string& why) {
    Result result;
    std::string what = "cannot be connected to: " + why;
    if (!errors_.empty() && why != errors_) {
        what += " (" + errors_ + ")";
    }
    result.trouble = TroubleReport{Trouble::connect, std::move(what)};
    finish(std::move(result));
}

void Dialer::finish(Result result) {
    auto self = shared_from_this();  // The owner lets go of us in `done`.
    deadline_.cancel();
    stagger_.cancel();
    resolver_.cancel();
    for (Socket& socket : attempts_) {
        error_code ignored;
        socket.close(ignored);
    }
    if (Done done = std::exchange(done_, nullptr)) {
        done(*this, std::move(result));
    }
}

}  // namespace sfg::functions
