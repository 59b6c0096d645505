#include "gateway/functions/tls_wire.h"

#include "protocol/assert.h"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

namespace sfg::functions {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t kReceiveBytes = 16 * 1024 + 512;  // One record.

}  // namespace

TlsWire::TlsWire(Socket& socket, std::unique_ptr<TlsSession> session)
    : socket_(socket),
      session_(std::move(session)) {}

void TlsWire::write(const std::vector<asio::const_buffer>& pieces, Handler handler) {
    SFG_ASSERT(!on_written_);
    pieces_ = pieces;
    next_piece_ = 0;
    on_written_ = std::move(handler);
    if (!is_sending_) {
        encrypt_some();
    }
}

void TlsWire::abandon() {
    pieces_.clear();
    next_piece_ = 0;
    on_written_ = nullptr;
    on_read_ = nullptr;
}

// The next portion of the request; one record of TLS for small pieces together.
void TlsWire::encrypt_some() {
    std::string plain;
    while (next_piece_ < pieces_.size() && plain.size() < kPortionBytes) {
        asio::const_buffer& piece = pieces_[next_piece_];
        std::size_t size = std::min(piece.size(), kPortionBytes - plain.size());
        plain.append(static_cast<const char*>(piece.data()), size);
        piece += size;
        next_piece_ += piece.size() == 0 ? 1 : 0;
    }
    if (!session_->write(plain)) {
        trouble_ = session_->trouble();
        return end_write(asio::error::connection_aborted);
    }
    send();
}

void TlsWire::send() {
    is_sending_ = true;
    sending_.clear();
    std::swap(sending_, session_->output());
    auto sent = [this, keep = keeper_.lock()](const error_code& error, std::size_t) {
        on_sent(error);
    };
    asio::async_write(socket_, asio::buffer(sending_), std::move(sent));
}

void TlsWire::on_sent(const error_code& error) {
    is_sending_ = false;
    if (error) {
        return end_write(error);
    }
    if (next_piece_ < pieces_.size()) {
        return encrypt_some();
    }
    if (!session_->output().empty()) {
        return send();
    }
    end_write(error);
}

void TlsWire::end_write(const error_code& error) {
    pieces_.clear();
    if (!on_written_) {
        return;
    }
    auto ended = [keep = keeper_.lock(), handler = std::exchange(on_written_, nullptr), error] {
        handler(error, 0);
    };
    asio::post(socket_.get_executor(), std::move(ended));
}

void TlsWire::read_some(asio::mutable_buffer room, Handler handler) {
    SFG_ASSERT(!on_read_);
    room_ = room;
    on_read_ = std::move(handler);
    decrypt();
}

void TlsWire::decrypt() {
    TlsSession::Got got = session_->read(static_cast<char*>(room_.data()), room_.size());
    if (!is_sending_ && !session_->output().empty()) {
        send();  // An answer to the peer's own messages.
    }
    switch (got.kind) {
        case TlsSession::Got::Kind::bytes:
            return end_read({}, got.size);
        case TlsSession::Got::Kind::closed:
            return end_read(asio::error::eof, 0);
        case TlsSession::Got::Kind::failed:
            trouble_ = session_->trouble();
            return end_read(asio::error::connection_aborted, 0);
        case TlsSession::Got::Kind::nothing:
            break;
    }
    received_.resize(kReceiveBytes);
    auto handler = [this, keep = keeper_.lock()](const error_code& error, std::size_t bytes) {
        on_received(error, bytes);
    };
    socket_.async_read_some(asio::buffer(received_), std::move(handler));
}

void TlsWire::on_received(const error_code& error, std::size_t bytes) {
    if (!on_read_) {
        return;
    }
    if (error) {
        is_truncated_ = error == asio::error::eof;
        return end_read(error, 0);
    }
    session_->received({received_.data(), bytes});
    decrypt();
}

void TlsWire::end_read(const error_code& error, std::size_t bytes) {
    auto ended = [keep = keeper_.lock(), handler = std::exchange(on_read_, nullptr), error, bytes] {
        handler(error, bytes);
    };
    asio::post(socket_.get_executor(), std::move(ended));
}

}  // namespace sfg::functions
