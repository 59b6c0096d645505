#include "gateway/functions/connection.h"

#include "protocol/assert.h"
#include "protocol/limits.h"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

namespace sfg::functions {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A buffer sequence that refers to another one; Asio copies the sequence it is given.
struct BufferRange {
    const asio::const_buffer* first;
    const asio::const_buffer* last;

    [[nodiscard]] const asio::const_buffer* begin() const { return first; }

    [[nodiscard]] const asio::const_buffer* end() const { return last; }
};

BufferRange pieces_of(const std::vector<asio::const_buffer>& pieces) {
    return {pieces.data(), pieces.data() + pieces.size()};
}

}  // namespace

Connection::Connection(Socket socket, runtime::SteadyTime expires)
    : socket_(std::move(socket)),
      expires_(expires) {}

std::shared_ptr<Connection>
Connection::make(Socket socket, std::unique_ptr<TlsSession> tls, runtime::SteadyTime expires) {
    std::shared_ptr<Connection> made(new Connection(std::move(socket), expires));
    error_code ignored;
    made->socket_.non_blocking(true, ignored);
    if (tls) {
        made->tls_ = std::make_unique<TlsWire>(made->socket_, std::move(tls));
        made->tls_->keep_alive_with(made);
    }
    return made;
}

void Connection::rest() {
    SFG_ASSERT(user_ == nullptr);
    if (!is_reading_ && !is_broken_) {
        reader_.rest();
        read();
    }
}

void Connection::exchange(const Request& request, User& user) {
    SFG_ASSERT(user_ == nullptr);
    user_ = &user;
    is_written_ = false;
    is_refusal_told_ = false;
    is_claim_told_ = false;
    reader_.begin(request.answer_bytes_max);
    out_.clear();
    for (std::string_view piece : {request.head_start, request.head_end}) {
        out_.emplace_back(piece.data(), piece.size());
    }
    for (std::string_view piece : request.body) {
        out_.emplace_back(piece.data(), piece.size());
    }
    write();
    if (!is_reading_) {
        read();
    }
}

void Connection::resume() {
    read();
}

void Connection::close() {
    user_ = nullptr;
    is_broken_ = true;
    if (tls_) {
        tls_->abandon();
    }
    error_code ignored;
    socket_.close(ignored);
}

// A plain socket nearly always takes all of it at once.
void Connection::write() {
    error_code error;
    std::size_t bytes = tls_ ? 0 : socket_.write_some(pieces_of(out_), error);
    auto written = std::find_if(out_.begin(), out_.end(), [&](asio::const_buffer& piece) {
        std::size_t part = std::min(bytes, piece.size());
        piece += part;
        bytes -= part;
        return piece.size() != 0;
    });
    out_.erase(out_.begin(), written);
    if (out_.empty() || (error && error != asio::error::would_block)) {
        is_written_ = out_.empty();  // Of a broken connection the read learns.
        return;
    }
    auto done = [self = shared_from_this()](const error_code& late_error, std::size_t) {
        self->on_written(late_error);
    };
    if (tls_) {
        tls_->write(out_, std::move(done));
    } else {
        asio::async_write(socket_, pieces_of(out_), std::move(done));
    }
}

void Connection::read() {
    is_reading_ = true;
    ResponseReader::Space space = reader_.space();
    auto handler = [self = shared_from_this()](const error_code& error, std::size_t bytes) {
        self->on_read(error, bytes);
    };
    if (tls_) {
        tls_->read_some(asio::buffer(space.data, space.size), std::move(handler));
    } else {
        socket_.async_read_some(asio::buffer(space.data, space.size), std::move(handler));
    }
}

void Connection::on_written(const error_code& error) {
    // A failed write is not the end: the reason may stand in an answer that came before. The read
    // learns of a broken connection too.
    is_written_ = user_ != nullptr && !error;
}

void Connection::on_read(const error_code& error, std::size_t bytes) {
    is_reading_ = false;
    if (user_ == nullptr) {
        return close();  // It was resting: the end, or something that nobody asked for.
    }
    ResponseReader::State state = ResponseReader::State::more;
    if (error) {
        state = reader_.ended(end_of(error));
    } else {
        state = reader_.received(bytes);
    }
    if (state != ResponseReader::State::more) {
        return end_exchange(state);
    }
    if (!is_claim_told_ && reader_.claim() > kLargeBodyBytes) {
        is_claim_told_ = true;
        if (!user_->on_large_answer(reader_.claim())) {
            return;
        }
    }
    read();
    if (!is_refusal_told_ && reader_.is_refusal()) {
        is_refusal_told_ = true;
        user_->on_refusal_head();
    }
}

ResponseReader::End Connection::end_of(const error_code& error) const {
    if (tls_ && tls_->is_truncated()) {
        return ResponseReader::End::truncated;
    }
    return error == asio::error::eof ? ResponseReader::End::clean : ResponseReader::End::reset;
}

std::string Connection::progress_text() const {
    return is_written_ ? reader_.progress_text() : "it has not taken the whole request";
}

void Connection::end_exchange(ResponseReader::State state) {
    Exchange exchange;
    exchange.is_untaken = !reader_.has_bytes();
    exchange.is_answered = state == ResponseReader::State::done;
    if (!exchange.is_answered) {
        exchange.trouble = reader_.trouble();
        if (tls_ && tls_->trouble()) {
            exchange.trouble = *tls_->trouble();
        }
    } else if (!is_written_ && !reader_.is_refusal()) {
        // Nobody can have processed a batch that has not left yet.
        exchange.is_answered = false;
        exchange.is_untaken = true;
        exchange.trouble = {Trouble::malformed, "answered before it had the whole request"};
    }
    exchange.is_reusable = exchange.is_answered && is_written_ && !reader_.has_leftover() &&
                           reader_.response().keep_alive;
    std::exchange(user_, nullptr)->on_exchange(std::move(exchange));
}

}  // namespace sfg::functions
