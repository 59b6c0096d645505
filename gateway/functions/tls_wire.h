// TlsWire: reads and writes of a connection whose bytes are encrypted.
//
// Offers what Connection needs of a socket: one write and one read at a time, each with a handler.
// What the peer sends besides data (session tickets, key updates) is taken care of here.
//
// Threads:  the loop's: encrypting a portion takes microseconds.
// Lifetime: held by its connection, and the handlers hold that (`keep`).
// Limits:   kPortionBytes of a request are encrypted at a time; one read of ciphertext.
#pragma once

#include "gateway/functions/socket.h"
#include "gateway/functions/tls_session.h"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace sfg::functions {

class TlsWire {
public:
    static constexpr std::size_t kPortionBytes = 64 * 1024;

    using Handler = std::function<void(const boost::system::error_code&, std::size_t bytes)>;

    TlsWire(Socket& socket, std::unique_ptr<TlsSession> session);
    TlsWire(const TlsWire&) = delete;
    TlsWire& operator=(const TlsWire&) = delete;
    ~TlsWire() = default;

    // Both call their handler later, never from here. `keep` holds the wire and its socket until
    // then; `pieces` and what they point to stay until the write has ended or the socket is closed.
    void write(const std::vector<boost::asio::const_buffer>& pieces, Handler handler);
    void read_some(boost::asio::mutable_buffer room, Handler handler);

    // Before the socket is closed: no handler is called any more, and no piece looked at.
    void abandon();

    // Held by every operation that is under way.
    void keep_alive_with(std::weak_ptr<void> keeper) { keeper_ = std::move(keeper); }

    // Why the last read failed, where TLS knows it.
    [[nodiscard]] const std::optional<TroubleReport>& trouble() const { return trouble_; }

    // The stream ended without the peer having said so: what came may be cut short.
    [[nodiscard]] bool is_truncated() const { return is_truncated_; }

private:
    void encrypt_some();
    void send();
    void on_sent(const boost::system::error_code& error);
    void decrypt();
    void on_received(const boost::system::error_code& error, std::size_t bytes);
    void end_write(const boost::system::error_code& error);
    void end_read(const boost::system::error_code& error, std::size_t bytes);

    Socket& socket_;
    const std::unique_ptr<TlsSession> session_;
    std::weak_ptr<void> keeper_;

    std::vector<boost::asio::const_buffer> pieces_;  // Not encrypted yet.
    std::size_t next_piece_ = 0;
    Handler on_written_;
    std::string sending_;
    bool is_sending_ = false;

    boost::asio::mutable_buffer room_;
    Handler on_read_;
    std::vector<char> received_;
    std::optional<TroubleReport> trouble_;
    bool is_truncated_ = false;
};

}  // namespace sfg::functions
