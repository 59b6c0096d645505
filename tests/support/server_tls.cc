#include "tests/support/server_tls.h"

#include <string_view>

namespace sfg::test {

namespace asio = boost::asio;

void configure(asio::ssl::context& context, const ServerTls& tls) {
    SSL_CTX* native = context.native_handle();
    context.use_certificate_chain(asio::buffer(tls.own.certificate));
    context.use_private_key(asio::buffer(tls.own.key), asio::ssl::context::pem);
    if (!tls.client_authority.empty()) {
        context.add_certificate_authority(asio::buffer(tls.client_authority));
        context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    if (!tls.has_tickets) {
        SSL_CTX_set_options(native, SSL_OP_NO_TICKET);
    }
    if (tls.takes_tickets) {
        const unsigned char name = 't';
        SSL_CTX_set_session_id_context(native, &name, 1);
    }
    if (tls.is_old) {
        SSL_CTX_set_max_proto_version(native, TLS1_2_VERSION);
    }
    if (tls.protocol.empty()) {
        return;
    }
    auto choose = [](SSL*,
                     const unsigned char** out,
                     unsigned char* out_size,
                     const unsigned char* offered,
                     unsigned offered_size,
                     void* wanted) {
        std::string_view protocol = static_cast<const ServerTls*>(wanted)->protocol;
        for (unsigned at = 0; at < offered_size; at += offered[at] + 1U) {
            std::string_view one(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
            if (one == protocol) {
                *out = offered + at + 1;
                *out_size = offered[at];
                return SSL_TLSEXT_ERR_OK;
            }
        }
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    };
    SSL_CTX_set_alpn_select_cb(native, choose, const_cast<ServerTls*>(&tls));
}

}  // namespace sfg::test
