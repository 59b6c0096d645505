#include "gateway/functions/tls_tickets.h"

#include <openssl/x509.h>

#include <algorithm>
#include <utility>

namespace sfg::functions {
namespace {

int inbox_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

std::time_t seconds_of(std::chrono::seconds time) {
    return static_cast<std::time_t>(time.count());
}

}  // namespace

std::optional<TlsTicket>
TlsTickets::take(const std::shared_ptr<const TlsContext>& context, std::time_t now) {
    if (context_ != context) {
        context_ = context;
        tickets_.clear();
        refused_until_ = 0;
    }
    std::erase_if(tickets_, [now](const TlsTicket& ticket) {
        return ticket.verified_until <= now || SSL_SESSION_is_resumable(ticket.secret.get()) != 1;
    });
    if (tickets_.empty() || now < refused_until_) {
        return std::nullopt;
    }
    if (SSL_SESSION_get_protocol_version(tickets_.back().secret.get()) < TLS1_3_VERSION) {
        SSL_SESSION* shared = tickets_.back().secret.get();
        SSL_SESSION_up_ref(shared);
        return TlsTicket{TlsSecret(shared), tickets_.back().verified_until};
    }
    TlsTicket newest = std::move(tickets_.back());
    tickets_.pop_back();
    return newest;
}

void TlsTickets::put(const std::shared_ptr<const TlsContext>& context, TlsTicket ticket) {
    if (context != context_) {
        return;
    }
    if (tickets_.size() == kTicketsMax) {
        tickets_.erase(tickets_.begin());
    }
    tickets_.push_back(std::move(ticket));
}

void TlsTickets::refuse(std::time_t now) {
    clear();
    refused_until_ = now + seconds_of(kRefusedFor);
}

std::time_t TlsTickets::verified_until(SSL* verified, std::time_t now) {
    std::time_t until = now + seconds_of(kVerifiedForMax);
    STACK_OF(X509)* chain = SSL_get0_verified_chain(verified);
    for (int i = 0; i < sk_X509_num(chain); ++i) {
        std::tm end{};
        const ASN1_TIME* written = X509_get0_notAfter(sk_X509_value(chain, i));
        until = ASN1_TIME_to_tm(written, &end) == 1 ? std::min(until, timegm(&end)) : now;
    }
    return until;
}

int TlsTickets::note_ticket(SSL* ssl, SSL_SESSION* session) {
    auto* inbox = static_cast<TlsInbox*>(SSL_get_ex_data(ssl, inbox_index()));
    if (inbox == nullptr || inbox->size() == kTicketsMax) {
        return 0;
    }
    inbox->emplace_back(session);
    return 1;  // The reference is ours.
}

void TlsTickets::set_inbox(SSL* ssl, TlsInbox& inbox) {
    SSL_set_ex_data(ssl, inbox_index(), &inbox);
}

}  // namespace sfg::functions
