// TlsSession: the client's side of one TLS connection, without a socket.
//
// Bytes from the peer go in with received(), bytes for it are taken from output(). The server's
// certificate is checked against the context's trust, its dates, and the host that was asked for
// (names, and addresses too); what fails is said in words. With a ticket of the same server the
// handshake is short, if the server likes: it was verified when the ticket came about.
//
// Threads:    one at a time; the handshake is meant for a helper, because it verifies and signs,
//             the constructor and read() for the loop, which owns the tickets.
// Lifetime:   one connection.
// Invariants: nothing is written or read before handshake() returned done.
// Limits:     holds one record (16 KiB) and what of received() was not asked for yet.
#pragma once

#include "gateway/functions/failure.h"
#include "gateway/functions/tls_context.h"
#include "gateway/functions/tls_tickets.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sfg::functions {

class TlsSession {
public:
    enum class Step : std::uint8_t { done, more, failed };

    // `host`: a name, or an address without brackets. `tickets`: of that server; may be null.
    TlsSession(
        std::shared_ptr<const TlsContext> context,
        const std::string& host,
        std::shared_ptr<TlsTickets> tickets = nullptr
    );
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;
    ~TlsSession();

    void received(std::string_view bytes);

    // Goes on as far as what was received allows. `more`: send output(), then wait for the peer.
    [[nodiscard]] Step handshake();

    // What the end of the peer's stream means inside the handshake.
    void handshake_cut_off(bool is_reset);

    // Encrypts into output(). False: failed.
    [[nodiscard]] bool write(std::string_view bytes);

    struct Got {
        enum class Kind : std::uint8_t { bytes, nothing, closed, failed };

        Kind kind = Kind::nothing;
        std::size_t size = 0;
    };

    // Decrypts what there is. `closed`: the peer said that it sends no more.
    [[nodiscard]] Got read(char* data, std::size_t size);

    // Encrypted bytes that are to be sent; the caller takes them away.
    [[nodiscard]] std::string& output();

    // Whether the handshake began with a ticket, and whether the server took it.
    [[nodiscard]] bool has_offered_ticket() const { return has_offered_ticket_; }

    [[nodiscard]] bool is_resumed() const;

    // Requires: something failed.
    [[nodiscard]] const TroubleReport& trouble() const { return trouble_; }

private:
    struct Parts;

    void offer_ticket();
    void hand_in_tickets();
    void collect_output();
    void fail();
    [[nodiscard]] std::string alert_text(int alert) const;

    const std::shared_ptr<const TlsContext> context_;
    const std::string host_;
    const std::shared_ptr<TlsTickets> tickets_;
    const std::unique_ptr<Parts> parts_;
    bool has_offered_ticket_ = false;
    std::string output_;
    TroubleReport trouble_;
};

}  // namespace sfg::functions
