// TlsContext: how connections of an endpoint speak TLS: whom they trust, who they say they are.
//
// TLS 1.2 and later. ALPN offers http/1.1 only. Without trust_cacerts the system's store is
// trusted, with it nothing else, as StateFun does.
//
// Threads:   immutable after make(); its sessions may be on any thread, each on one at a time.
// Lifetime:  shared by the sessions that were made with it.
#pragma once

#include "gateway/functions/tls_files.h"

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace sfg::functions {

class TlsContext {
public:
    // Blocking: parses the certificates, decrypts the key (tls_pem.h).
    [[nodiscard]] static Result<std::shared_ptr<const TlsContext>, TlsProblem>
    make(const TlsFiles& files, const TlsTexts& texts);

    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext() = default;

    [[nodiscard]] SSL_CTX* native() const { return context_.get(); }

    // For messages: "trust_cacerts /etc/ca.pem" or "the system's trust store".
    [[nodiscard]] const std::string& trust() const { return trust_; }

    // For messages; empty without a client certificate.
    [[nodiscard]] const std::string& client() const { return client_; }

private:
    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };

    TlsContext() = default;

    std::unique_ptr<SSL_CTX, Free> context_;
    std::string trust_;
    std::string client_;
};

}  // namespace sfg::functions
