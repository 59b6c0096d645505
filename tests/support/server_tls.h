// ServerTls: how a server of a test speaks TLS.
//
// Threads:  values; configure() before the context is used.
// Lifetime: the settings outlive the context that was configured with them.
#pragma once

#include "tests/support/certificates.h"

#include <boost/asio/ssl/context.hpp>

#include <string>

namespace sfg::test {

struct ServerTls {
    KeyPair own;
    std::string client_authority{};  // PEM; not empty: clients need a certificate of its.
    std::string protocol{};          // What ALPN must agree on; empty: no ALPN.
    bool is_old = false;             // TLS 1.2 only.
    bool has_tickets = true;         // Else TLS 1.2 resumes what the server remembers.
    bool takes_tickets = true;       // Else those of clients with certificates break handshakes.
};

void configure(boost::asio::ssl::context& context, const ServerTls& tls);

// To be called at a connection's end: OpenSSL forgets its session if nobody has said goodbye.
inline void keep_session(SSL* connection) {
    SSL_set_shutdown(connection, SSL_SENT_SHUTDOWN);
}

inline void keep_session(int /*socket without TLS*/) {}

}  // namespace sfg::test
