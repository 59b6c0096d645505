#include "gateway/functions/tls_context.h"

#include "gateway/functions/tls_pem.h"
#include "gateway/functions/tls_text.h"
#include "gateway/functions/tls_tickets.h"

#include <openssl/err.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

namespace sfg::functions {
namespace {

Result<void, TlsProblem>
use_trust(SSL_CTX* context, const TlsPlace& place, const std::string& text) {
    auto certificates = read_certificates(place, text);
    if (certificates.has_error()) {
        return certificates.error();
    }
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    for (const TlsCertificate& one : *certificates) {
        X509_STORE_add_cert(store, one.get());
    }
    // An intermediate authority that is trusted needs no root: naming it is what was meant.
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    return {};
}

// Uses the first certificate as ours and sends the others along. What ours is, for messages.
Result<std::string, TlsProblem>
use_client(SSL_CTX* context, const TlsFiles& files, const TlsTexts& texts) {
    const TlsPlace cert_place{"client_cert", *files.client_cert};
    const TlsPlace key_place{"client_key", *files.client_key};
    auto chain = read_certificates(cert_place, *texts.client_cert);
    if (chain.has_error()) {
        return chain.error();
    }
    auto key = read_key(key_place, texts);
    if (key.has_error()) {
        return key.error();
    }
    X509* ours = chain->front().get();
    if (X509_check_private_key(ours, key->key.get()) != 1) {
        ERR_clear_error();
        return TlsProblem{key_place, "is not the key of " + cert_place.text()};
    }
    bool is_used = SSL_CTX_use_certificate(context, ours) == 1 &&
                   SSL_CTX_use_PrivateKey(context, key->key.get()) == 1;
    for (std::size_t i = 1; is_used && i < chain->size(); ++i) {
        is_used = SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) == 1;
    }
    if (!is_used) {
        return TlsProblem{cert_place, "can't be used: " + last_tls_error()};
    }
    return "'" + subject_of(ours) + "' (client_cert, valid " + validity_of(ours) + ")";
}

}  // namespace

Result<std::shared_ptr<const TlsContext>, TlsProblem>
TlsContext::make(const TlsFiles& files, const TlsTexts& texts) {
    static constexpr std::array<unsigned char, 9> kProtocols{
        8, 'h', 't', 't', 'p', '/', '1', '.', '1'
    };
    std::shared_ptr<TlsContext> made(new TlsContext());
    made->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* context = made->context_.get();
    if (context == nullptr) {
        return TlsProblem{{"", "OpenSSL"}, last_tls_error()};
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // Tickets are kept beside it, for each server apart: TlsTickets.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, TlsTickets::note_ticket);
    SSL_CTX_set_alpn_protos(context, kProtocols.data(), kProtocols.size());
    made->trust_ = "the system's trust store";
    if (texts.trust_cacerts) {
        const TlsPlace place{"trust_cacerts", *files.trust_cacerts};
        made->trust_ = place.text();
        auto used = use_trust(context, place, *texts.trust_cacerts);
        if (used.has_error()) {
            return used.error();
        }
    } else if (SSL_CTX_set_default_verify_paths(context) != 1) {
        return TlsProblem{{"", made->trust_}, last_tls_error()};
    }
    if (texts.client_cert && texts.client_key) {
        auto client = use_client(context, files, texts);
        if (client.has_error()) {
            return client.error();
        }
        made->client_ = *std::move(client);
    }
    return std::shared_ptr<const TlsContext>(std::move(made));
}

}  // namespace sfg::functions
