// TlsHandshake: a connected socket becomes an encrypted one.
//
// The arithmetic of each step runs on a helper (design D1): verifying a chain and signing with a
// large key take milliseconds, and OpenSSL reads the system's trust store from files meanwhile. The
// loop carries the bytes.
//
// Threads:  the loop's.
// Lifetime: shared with its handlers; after cancel() nothing is called. Time is the owner's.
// Limits:   kBytesMax from the peer.
#pragma once

#include "gateway/functions/failure.h"
#include "gateway/functions/socket.h"
#include "gateway/functions/tls_session.h"
#include "gateway/runtime/helpers.h"

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sfg::functions {

class TlsHandshake : public std::enable_shared_from_this<TlsHandshake> {
public:
    // A chain of certificates is a few KiB; OpenSSL itself takes messages of up to 100 KiB.
    static constexpr std::size_t kBytesMax = 512 * 1024;

    // No trouble: the handshake is done.
    using Done = std::function<void(std::optional<TroubleReport> trouble)>;

    TlsHandshake(
        runtime::Helpers& helpers,
        Socket socket,
        std::unique_ptr<TlsSession> session,
        Done done
    );
    TlsHandshake(const TlsHandshake&) = delete;
    TlsHandshake& operator=(const TlsHandshake&) = delete;
    ~TlsHandshake() = default;

    // `done` is called later, never from here.
    void start();
    void cancel();

    [[nodiscard]] bool has_offered_ticket() const { return session_->has_offered_ticket(); }

    // After `done` without trouble.
    [[nodiscard]] Socket take_socket() { return std::move(socket_); }

    [[nodiscard]] std::unique_ptr<TlsSession> take_session() { return std::move(session_); }

private:
    void step();
    void stepped();
    void write();
    void read();
    void on_read(const boost::system::error_code& error, std::size_t bytes);
    void finish(std::optional<TroubleReport> trouble);

    runtime::Helpers& helpers_;
    Socket socket_;
    std::unique_ptr<TlsSession> session_;  // A helper's while `step_` is being made.
    Done done_;
    TlsSession::Step step_ = TlsSession::Step::more;
    std::size_t seen_ = 0;
    std::vector<char> buffer_ = std::vector<char>(8192);
};

}  // namespace sfg::functions
