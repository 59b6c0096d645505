#include "gateway/functions/tls_session.h"

#include "gateway/functions/tls_text.h"
#include "protocol/assert.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace sfg::functions {
namespace {

struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
};

bool is_ip_address(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

// Where our session is kept for OpenSSL's callbacks.
int parts_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

}  // namespace

struct TlsSession::Parts {
    TlsInbox inbox;  // Tickets that came.
    std::time_t verified_until = 0;
    std::unique_ptr<SSL, FreeSsl> ssl;
    BIO* in = nullptr;   // The SSL's.
    BIO* out = nullptr;  // The SSL's.
    const TlsContext* context = nullptr;
    const std::string* host = nullptr;
    std::string first_bytes;     // Of the peer's, to see whether they are TLS at all.
    std::string verify_problem;  // Which check of the certificate failed.
    int alert = -1;              // That the peer sent, a fatal one.
    bool is_client_asked = false;

    static Parts& of(const SSL* ssl) {
        return *static_cast<Parts*>(SSL_get_ex_data(ssl, parts_index()));
    }

    void note_verification(X509_STORE_CTX* store);
    [[nodiscard]] bool is_tls() const;
};

void TlsSession::Parts::note_verification(X509_STORE_CTX* store) {
    verify_problem = verification_problem(store, context->trust(), *host);
}

// A record begins with its type (20 to 23) and the version's major number.
bool TlsSession::Parts::is_tls() const {
    return first_bytes.size() < 2 ||
           (first_bytes[0] >= 20 && first_bytes[0] <= 23 && first_bytes[1] == 3);
}

TlsSession::TlsSession(
    std::shared_ptr<const TlsContext> context,
    const std::string& host,
    std::shared_ptr<TlsTickets> tickets
)
    : context_(std::move(context)),
      host_(host),
      tickets_(std::move(tickets)),
      parts_(std::make_unique<Parts>()) {
    Parts& parts = *parts_;
    parts.context = context_.get();
    parts.host = &host_;
    parts.ssl.reset(SSL_new(context_->native()));
    SSL* ssl = parts.ssl.get();
    SFG_ASSERT(ssl != nullptr, "out of memory");
    parts.in = BIO_new(BIO_s_mem());
    parts.out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(parts.in, -1);
    SSL_set_bio(ssl, parts.in, parts.out);
    SSL_set_connect_state(ssl);
    SSL_set_ex_data(ssl, parts_index(), &parts);
    if (is_ip_address(host_)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host_.c_str());
    } else {
        // What the macro SSL_set_tlsext_host_name does, without its old casts.
        char* name = const_cast<char*>(host_.c_str());
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name);
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, host_.c_str());
    }
    SSL_set_verify(ssl, SSL_VERIFY_PEER, [](int is_good, X509_STORE_CTX* store) {
        if (is_good == 0) {
            int index = SSL_get_ex_data_X509_STORE_CTX_idx();
            void* session = X509_STORE_CTX_get_ex_data(store, index);
            Parts::of(static_cast<const SSL*>(session)).note_verification(store);
        }
        return is_good;
    });
    SSL_set_cert_cb(
        ssl,
        [](SSL* session, void*) {
            Parts::of(session).is_client_asked = true;
            return 1;
        },
        nullptr
    );
    SSL_set_info_callback(ssl, [](const SSL* session, int where, int value) {
        constexpr int kFatal = 2;
        if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == kFatal) {
            Parts::of(session).alert = value & 0xff;
        }
    });
    if (tickets_) {
        TlsTickets::set_inbox(ssl, parts.inbox);
        offer_ticket();
    }
}

TlsSession::~TlsSession() {
    // Many servers, and we, just close the connection. OpenSSL would then take its ticket for bad.
    SSL_set_shutdown(parts_->ssl.get(), SSL_SENT_SHUTDOWN);
}

void TlsSession::offer_ticket() {
    auto ticket = tickets_->take(context_, std::time(nullptr));
    if (ticket && SSL_set_session(parts_->ssl.get(), ticket->secret.get()) == 1) {
        has_offered_ticket_ = true;
        parts_->verified_until = ticket->verified_until;
    }
}

bool TlsSession::is_resumed() const {
    return SSL_session_reused(parts_->ssl.get()) == 1;
}

// Servers of TLS 1.3 send them when the handshake is over, in front of their first answer.
void TlsSession::hand_in_tickets() {
    for (TlsSecret& secret : parts_->inbox) {
        tickets_->put(context_, {std::move(secret), parts_->verified_until});
    }
    parts_->inbox.clear();
}

void TlsSession::received(std::string_view bytes) {
    constexpr std::size_t kFirstBytes = 64;
    std::string& first = parts_->first_bytes;
    first += bytes.substr(0, kFirstBytes - std::min(kFirstBytes, first.size()));
    BIO_write(parts_->in, bytes.data(), static_cast<int>(bytes.size()));
}

TlsSession::Step TlsSession::handshake() {
    ERR_clear_error();
    int result = SSL_do_handshake(parts_->ssl.get());
    int error = SSL_get_error(parts_->ssl.get(), result);
    collect_output();
    if (result == 1) {
        if (!is_resumed()) {
            parts_->verified_until =
                TlsTickets::verified_until(parts_->ssl.get(), std::time(nullptr));
        }
        return Step::done;
    }
    if (error == SSL_ERROR_WANT_READ) {
        return Step::more;
    }
    fail();
    return Step::failed;
}

void TlsSession::handshake_cut_off(bool is_reset) {
    std::string what = is_reset ? "reset" : "closed";
    what += " the connection inside the TLS handshake";
    if (parts_->is_client_asked && context_->client().empty()) {
        what += "; it asked for a client certificate, and client_cert is not set";
    }
    trouble_ = {Trouble::tls, std::move(what)};
}

bool TlsSession::write(std::string_view bytes) {
    if (bytes.empty()) {
        return true;
    }
    ERR_clear_error();
    std::size_t written = 0;
    int result = SSL_write_ex(parts_->ssl.get(), bytes.data(), bytes.size(), &written);
    collect_output();
    if (result == 1) {
        return true;
    }
    fail();
    return false;
}

TlsSession::Got TlsSession::read(char* data, std::size_t size) {
    ERR_clear_error();
    std::size_t got = 0;
    int result = SSL_read_ex(parts_->ssl.get(), data, size, &got);
    int error = SSL_get_error(parts_->ssl.get(), result);
    collect_output();
    hand_in_tickets();
    if (result == 1) {
        return {Got::Kind::bytes, got};
    }
    if (error == SSL_ERROR_WANT_READ) {
        return {Got::Kind::nothing, 0};
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        return {Got::Kind::closed, 0};
    }
    fail();
    return {Got::Kind::failed, 0};
}

std::string& TlsSession::output() {
    return output_;
}

void TlsSession::collect_output() {
    char* data = nullptr;
    long size = BIO_get_mem_data(parts_->out, &data);
    if (size > 0) {
        output_.append(data, static_cast<std::size_t>(size));
        BIO_reset(parts_->out);
    }
}

void TlsSession::fail() {
    std::string reason = last_tls_error();
    if (!parts_->is_tls()) {
        trouble_ = {
            Trouble::other_protocol,
            "speaks no TLS on an https endpoint: \"" + printable(parts_->first_bytes, 64) + "\""
        };
    } else if (!parts_->verify_problem.empty()) {
        trouble_ = {Trouble::tls, "is not trusted: " + parts_->verify_problem};
    } else if (parts_->alert == SSL_AD_NO_APPLICATION_PROTOCOL) {
        trouble_ = {
            Trouble::other_protocol, "speaks HTTP/2 only: it refused http/1.1 in the TLS handshake"
        };
    } else if (parts_->alert >= 0) {
        trouble_ = {Trouble::tls, alert_text(parts_->alert)};
    } else {
        trouble_ = {Trouble::tls, "failed in TLS: " + reason};
    }
}

// What the peer refuses, as far as an alert tells.
std::string TlsSession::alert_text(int alert) const {
    std::string said = " (TLS alert '" + std::string(SSL_alert_desc_string_long(alert)) + "')";
    bool is_certificate = false;
    switch (alert) {
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_ACCESS_DENIED:
        case SSL_AD_HANDSHAKE_FAILURE:
        case SSL_AD_CERTIFICATE_REQUIRED:
            is_certificate = parts_->is_client_asked;
            break;
        default:
            break;
    }
    if (!is_certificate) {
        return "refused the TLS handshake" + said;
    }
    if (context_->client().empty()) {
        return "wants a client certificate, and client_cert is not set" + said;
    }
    return "refused the client certificate " + context_->client() + said;
}

}  // namespace sfg::functions
