#include "gateway/functions/tls_handshake.h"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace sfg::functions {

namespace asio = boost::asio;
using boost::system::error_code;

TlsHandshake::TlsHandshake(
    runtime::Helpers& helpers,
    Socket socket,
    std::unique_ptr<TlsSession> session,
    Done done
)
    : helpers_(helpers),
      socket_(std::move(socket)),
      session_(std::move(session)),
      done_(std::move(done)) {}

void TlsHandshake::start() {
    step();
}

void TlsHandshake::cancel() {
    done_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
}

void TlsHandshake::step() {
    auto self = shared_from_this();
    auto work = [self] {
        self->step_ = self->session_->handshake();
    };
    helpers_.run(std::move(work), [self] { self->stepped(); });
}

void TlsHandshake::stepped() {
    if (!done_) {
        return;
    }
    if (step_ == TlsSession::Step::failed) {
        // Our alert, so that the server's log says why; whether it arrives does not matter.
        error_code ignored;
        socket_.write_some(asio::buffer(session_->output()), ignored);
        return finish(session_->trouble());
    }
    if (!session_->output().empty()) {
        return write();
    }
    return step_ == TlsSession::Step::done ? finish(std::nullopt) : read();
}

void TlsHandshake::write() {
    auto written = [self = shared_from_this()](const error_code& error, std::size_t) {
        if (!self->done_) {
            return;
        }
        self->session_->output().clear();
        if (self->step_ == TlsSession::Step::done && !error) {
            return self->finish(std::nullopt);
        }
        // After a failed write, too: the peer may have said why it went.
        self->read();
    };
    asio::async_write(socket_, asio::buffer(session_->output()), std::move(written));
}

void TlsHandshake::read() {
    auto handler = [self = shared_from_this()](const error_code& error, std::size_t bytes) {
        self->on_read(error, bytes);
    };
    socket_.async_read_some(asio::buffer(buffer_), std::move(handler));
}

void TlsHandshake::on_read(const error_code& error, std::size_t bytes) {
    if (!done_) {
        return;
    }
    if (error) {
        session_->handshake_cut_off(error != asio::error::eof);
        return finish(session_->trouble());
    }
    seen_ += bytes;
    if (seen_ > kBytesMax) {
        return finish(TroubleReport{Trouble::tls, "sent over 512 KiB in the TLS handshake"});
    }
    session_->received({buffer_.data(), bytes});
    step();
}

void TlsHandshake::finish(std::optional<TroubleReport> trouble) {
    if (trouble) {
        error_code ignored;
        socket_.close(ignored);
    }
    std::exchange(done_, nullptr)(std::move(trouble));
}

}  // namespace sfg::functions
