// Dialer: one new connection to a URL's server, with its TLS handshake where the URL is https.
//
// The name is resolved anew each time, so that a changed address is noticed. Its addresses are
// tried in the resolver's order; the next one starts when the one before failed, or after a moment
// without an answer, beside it. The first that connects wins.
//
// A handshake that began with a ticket and fails is made once more, in full, on a new connection:
// there are servers that hand out tickets and can't take them (OpenSSL without a session id
// context, where clients show certificates). Nobody hears of it but the log.
//
// Threads:  the loop's.
// Lifetime: shared with its handlers; after cancel() nothing is called.
// Limits:   connect_timeout over all of it, the handshake included; kAddressesMax addresses.
#pragma once

#include "gateway/functions/failure.h"
#include "gateway/functions/seams.h"
#include "gateway/functions/socket.h"
#include "gateway/functions/tls_handshake.h"
#include "gateway/functions/tls_source.h"
#include "gateway/functions/url.h"
#include "gateway/runtime/loop.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sfg::functions {

class Dialer : public std::enable_shared_from_this<Dialer> {
public:
    static constexpr std::size_t kAddressesMax = 16;

    struct Timing {
        std::chrono::milliseconds connect_timeout;
        std::chrono::milliseconds next_address_after;
    };

    // Exactly one of `socket` and `trouble` is set; `tls` with the socket of an https URL.
    struct Result {
        std::optional<Socket> socket;
        std::unique_ptr<TlsSession> tls;
        std::optional<TroubleReport> trouble;
    };

    using Done = std::function<void(Dialer&, Result)>;

    // `tls` and `tickets`: of an https URL.
    struct Target {
        Url url;
        std::shared_ptr<TlsSource> tls;
        std::shared_ptr<TlsTickets> tickets;
    };

    Dialer(const Seams& seams, Target target, Timing timing, Done done);
    Dialer(const Dialer&) = delete;
    Dialer& operator=(const Dialer&) = delete;
    ~Dialer() = default;

    // `done` is called later, once, never from here.
    void start();
    void cancel();

private:
    using Endpoint = boost::asio::generic::stream_protocol::endpoint;

    struct Address {
        Endpoint endpoint;
        std::string text;
    };

    void start_at(const Endpoint& endpoint, std::string text);
    void resolved(const Resolver::Answer& answer);
    void try_next();
    void connected(std::size_t attempt, const boost::system::error_code& error);
    void secure(Socket socket);
    void secured(std::optional<TroubleReport> trouble);
    void begin_anew();
    void on_deadline();
    void fail(Trouble trouble, const std::string& why);
    void finish(Result result);

    const Seams seams_;
    const Target target_;
    const Timing timing_;
    Done done_;
    boost::asio::steady_timer stagger_;
    runtime::Loop::DeadlineTimer deadline_;
    std::vector<Address> addresses_;
    std::vector<Socket> attempts_;  // attempts_[i] is for addresses_[i].
    std::size_t pending_ = 0;
    std::shared_ptr<TlsHandshake> handshake_;  // Once there is a connection.
    bool has_failed_with_ticket_ = false;
    std::string errors_;
};

}  // namespace sfg::functions
