#include "gateway/functions/dialer.h"

#include "gateway/runtime/log.h"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <ctime>

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

Dialer::Dialer(const Seams& seams, Target target, Timing timing, Done done)
    : seams_(seams),
      target_(std::move(target)),
      timing_(timing),
      done_(std::move(done)),
      stagger_(seams.loop.io()),
      deadline_(seams.loop, [this] { on_deadline(); }) {}

void Dialer::start() {
    const Url& url = target_.url;
    deadline_.set(timing_.connect_timeout);
    if (url.transport == Url::Transport::unix_socket) {
        return start_at(asio::local::stream_protocol::endpoint(url.socket_path), url.socket_path);
    }
    error_code error;
    auto literal = asio::ip::make_address(url.host, error);
    if (!error) {
        asio::ip::tcp::endpoint endpoint(literal, url.port);
        return start_at(endpoint, address_text(endpoint));
    }
    seams_.resolver.resolve(url.host, [weak = weak_from_this()](const Resolver::Answer& answer) {
        if (auto self = weak.lock()) {
            self->resolved(answer);
        }
    });
}

void Dialer::start_at(const Endpoint& endpoint, std::string text) {
    addresses_.push_back({endpoint, std::move(text)});
    attempts_.reserve(1);
    try_next();
}

void Dialer::cancel() {
    done_ = nullptr;
    finish({});
}

void Dialer::resolved(const Resolver::Answer& answer) {
    if (!done_) {
        return;
    }
    if (answer.addresses.empty()) {
        return fail(
            Trouble::resolve, "'" + target_.url.host + "' does not resolve: " + answer.problem
        );
    }
    for (const asio::ip::address& address : answer.addresses) {
        if (addresses_.size() < kAddressesMax) {
            asio::ip::tcp::endpoint endpoint(address, target_.url.port);
            addresses_.push_back({endpoint, address_text(endpoint)});
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
            fail(Trouble::connect, errors_);
        }
        return;
    }
    attempts_.emplace_back(seams_.loop.io());
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
    set_options(socket, target_.url.transport);
    if (target_.url.transport == Url::Transport::tls) {
        return secure(std::move(socket));
    }
    Result result;
    result.socket = std::move(socket);
    finish(std::move(result));
}

// The other attempts are given up: who speaks TCP has to speak TLS.
void Dialer::secure(Socket socket) {
    stagger_.cancel();
    attempts_.clear();
    pending_ = 0;
    const TlsSource::Context& context = target_.tls->context();
    if (context.has_error()) {
        return fail(Trouble::tls, context.error().reason);
    }
    auto done = [weak = weak_from_this()](std::optional<TroubleReport> trouble) {
        if (auto self = weak.lock()) {
            self->secured(std::move(trouble));
        }
    };
    auto session = std::make_unique<TlsSession>(*context, target_.url.host, target_.tickets);
    handshake_ = std::make_shared<TlsHandshake>(
        seams_.helpers, std::move(socket), std::move(session), std::move(done)
    );
    handshake_->start();
}

void Dialer::secured(std::optional<TroubleReport> trouble) {
    if (trouble && handshake_->has_offered_ticket()) {
        return begin_anew();
    }
    Result result;
    if (trouble) {
        result.trouble = std::move(trouble);
    } else {
        result.socket = handshake_->take_socket();
        result.tls = handshake_->take_session();
        if (has_failed_with_ticket_) {
            target_.tickets->refuse(std::time(nullptr));
            log::info(
                "functions",
                "a server does not take its own TLS tickets; it gets full handshakes for an hour",
                {{"server", target_.url.authority}}
            );
        }
    }
    finish(std::move(result));
}

void Dialer::begin_anew() {
    has_failed_with_ticket_ = true;
    target_.tickets->clear();
    handshake_.reset();
    errors_.clear();
    try_next();
}

void Dialer::on_deadline() {
    if (handshake_) {
        return fail(Trouble::tls, "no end of the TLS handshake within the connect timeout");
    }
    fail(Trouble::connect, "no connection within the connect timeout");
}

void Dialer::fail(Trouble trouble, const std::string& why) {
    Result result;
    std::string what = "cannot be connected to: " + why;
    if (!errors_.empty() && why != errors_) {
        what += " (" + errors_ + ")";
    }
    result.trouble = TroubleReport{trouble, std::move(what)};
    finish(std::move(result));
}

void Dialer::finish(Result result) {
    auto self = shared_from_this();  // The owner lets go of us in `done`.
    deadline_.cancel();
    stagger_.cancel();
    for (Socket& socket : attempts_) {
        error_code ignored;
        socket.close(ignored);
    }
    if (handshake_) {
        std::exchange(handshake_, nullptr)->cancel();
    }
    if (Done done = std::exchange(done_, nullptr)) {
        done(*this, std::move(result));
    }
}

}  // namespace sfg::functions
