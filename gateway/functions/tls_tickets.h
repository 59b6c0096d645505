// TlsTickets: what spares a new connection to the same server most of the TLS handshake.
//
// A ticket stands for a handshake in which the server was verified in full. It is offered only
// with the context that it came about with: files that changed end all of them, and with them goes
// what was trusted and who we were. A ticket that a resumed handshake brought is as good as the one
// it was resumed with, and no better: a server is verified anew at the latest kVerifiedForMax after
// it was, and when a certificate of its chain ends.
//
// Threads:  the loop's; note_ticket() is OpenSSL's, on the thread that drives the SSL.
// Lifetime: shared by the dialers and sessions towards one server of one endpoint: one host, one
//           port.
// Limits:   kTicketsMax.
#pragma once

#include "gateway/functions/tls_context.h"

#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <ctime>
#include <memory>
#include <optional>
#include <vector>

namespace sfg::functions {

struct FreeTlsTicket {
    void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

using TlsSecret = std::unique_ptr<SSL_SESSION, FreeTlsTicket>;

struct TlsTicket {
    TlsSecret secret;
    std::time_t verified_until = 0;
};

// What a handshake brought and nobody took yet.
using TlsInbox = std::vector<TlsSecret>;

class TlsTickets {
public:
    // Connections are made a few at a time, and a server sends one or two tickets with each.
    static constexpr std::size_t kTicketsMax = 16;
    static constexpr std::chrono::hours kVerifiedForMax{1};
    // For so long nothing is offered to a server that could not take its own ticket.
    static constexpr std::chrono::hours kRefusedFor{1};

    TlsTickets() = default;
    TlsTickets(const TlsTickets&) = delete;
    TlsTickets& operator=(const TlsTickets&) = delete;
    ~TlsTickets() = default;

    // The newest one of this context. One of TLS 1.3 is used once, so that nobody who listens can
    // tell that two connections are of one client; older sessions are shared.
    [[nodiscard]] std::optional<TlsTicket>
    take(const std::shared_ptr<const TlsContext>& context, std::time_t now);

    // Dropped unless its context is the one that was asked with last.
    void put(const std::shared_ptr<const TlsContext>& context, TlsTicket ticket);

    void clear() { tickets_.clear(); }

    // A handshake went wrong with a ticket and well without.
    void refuse(std::time_t now);

    // How long a chain that was verified now stays verified.
    [[nodiscard]] static std::time_t verified_until(SSL* verified, std::time_t now);

    // OpenSSL's callback for new sessions: into the inbox that was set for the SSL, if any.
    static int note_ticket(SSL* ssl, SSL_SESSION* session);
    static void set_inbox(SSL* ssl, TlsInbox& inbox);

private:
    std::shared_ptr<const TlsContext> context_;
    std::vector<TlsTicket> tickets_;  // The newest is the last.
    std::time_t refused_until_ = 0;
};

}  // namespace sfg::functions
