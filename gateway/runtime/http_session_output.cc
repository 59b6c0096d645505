// The output side, and the end of a connection.
#include "gateway/runtime/http_format.h"
#include "gateway/runtime/http_session.h"
#include "protocol/assert.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sfg::runtime {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Answers up to this size are copied behind their heads; of a larger one only the head is.
constexpr std::size_t kCopiedBytes = 16 * kKiB;
// What one write gathers at least before it stops taking answers.
constexpr std::size_t kWriteBytes = 64 * kKiB;

}  // namespace

HttpSession::Exchange& HttpSession::open_exchange() {
    ++shared_.counters.requests_total;
    ++shared_.counters.exchanges_open;
    return exchanges_.emplace_back();
}

HttpSession::Exchange* HttpSession::find(ExchangeId id) {
    std::uint64_t place = static_cast<std::uint64_t>(id) - front_id_;
    return place < exchanges_.size() ? &exchanges_[static_cast<std::size_t>(place)] : nullptr;
}

void HttpSession::answer(Exchange& exchange, HttpResponse response) {
    release(exchange);
    exchange.state = State::answered;
    shared_.counters.client_errors_total += response.status / 100 == 4 ? 1 : 0;
    shared_.counters.server_errors_total += response.status / 100 == 5 ? 1 : 0;
    exchange.response = std::move(response);
}

void HttpSession::release(Exchange& exchange) {
    if (exchange.granted > 0) {
        shared_.gate->give_back(std::exchange(exchange.granted, 0));
    }
}

void HttpSession::release_body(ExchangeId id) {
    if (Exchange* exchange = find(id)) {
        release(*exchange);
    }
}

void HttpSession::count_done(std::size_t exchanges) {
    shared_.counters.exchanges_open -= exchanges;
    if (exchanges > 0 && shared_.counters.exchanges_open == 0) {
        owner_.all_answered();
    }
}

bool HttpSession::respond(ExchangeId id, HttpResponse response) {
    Exchange* exchange = find(id);
    if (exchange == nullptr) {
        return false;
    }
    SFG_ASSERT(exchange->state == State::waiting, "an exchange is answered once");
    if (response.streams) {
        begin_stream();
    }
    answer(*exchange, std::move(response));
    resume(id);
    owner_.session_ready(*this);
    return true;
}

void HttpSession::resume(ExchangeId id) {
    if (held_id_ == static_cast<std::uint64_t>(id)) {
        held_id_ = 0;
        owner_.session_ready(*this);
    }
}

bool HttpSession::waits(ExchangeId id) {
    Exchange* exchange = find(id);
    return exchange != nullptr && exchange->state == State::waiting;
}

void HttpSession::wind_down() {
    winding_down_ = true;
    owner_.session_ready(*this);
}

void HttpSession::kill() {
    close(false);
}

bool HttpSession::flush() {
    bool has_written = false;
    while (!writing_ && !closed_) {
        while (take_answer()) {
        }
        take_stream();
        // An invitation to send the body comes after the answers to what was asked before.
        if (continue_due_ && exchanges_.size() == 1 && out_rest_[1].empty()) {
            out_text_ += kContinue;
            continue_due_ = false;
        }
        if (out_text_.empty()) {
            settle();
            return has_written;
        }
        out_rest_[0] = out_text_;
        has_written = write();
    }
    return false;
}

// Appends the first answer to the write; whether another one may follow in the same.
bool HttpSession::take_answer() {
    if (closing_ || exchanges_.empty() || exchanges_.front().state != State::answered) {
        return false;
    }
    Exchange& exchange = exchanges_.front();
    bool last = winding_down_ && exchanges_.size() == 1 && in_ == In::head;
    bool streams = exchange.response.streams;
    closing_ = (exchange.close || last) && !streams;
    Connection connection = closing_ || streams ? Connection::closed
                            : exchange.http10   ? Connection::kept_explicitly
                                                : Connection::kept;
    append_head(out_text_, exchange.response, connection);
    if (streams) {
        exchange.state = State::streaming;
        return false;
    }
    if (exchange.response.tell_written) {
        out_told_.push_back(ExchangeId{front_id_});
    }
    std::size_t size = exchange.head_only ? 0 : exchange.response.content().size();
    if (size <= kCopiedBytes) {
        out_text_ += exchange.response.content().substr(0, size);
    } else {
        out_large_ = std::move(exchange.response);
        out_rest_[1] = out_large_.content();
    }
    exchanges_.pop_front();
    ++front_id_;
    ++out_exchanges_;
    return out_rest_[1].empty() && out_text_.size() < kWriteBytes;
}

std::array<asio::const_buffer, 2> HttpSession::out_buffers() const {
    return {
        asio::const_buffer(out_rest_[0].data(), out_rest_[0].size()),
        asio::const_buffer(out_rest_[1].data(), out_rest_[1].size())
    };
}

// At once, if the socket takes it: nearly always. Else the rest follows when it can.
bool HttpSession::write() {
    error_code error;
    std::size_t bytes = socket_.write_some(out_buffers(), error);
    if (error && error != asio::error::would_block) {
        close(true);
        return false;
    }
    if (is_written(bytes)) {
        finish_write();
        return true;
    }
    write_began_ = SteadyClock::now();
    wait_for_write();
    return false;
}

void HttpSession::wait_for_write() {
    writing_ = true;
    write_due_ = std::min(
        SteadyClock::now() + shared_.limits.transfer_idle,
        write_began_ + shared_.limits.transfer_total
    );
    boost::intrusive_ptr<HttpSession> self(this);
    socket_.async_write_some(out_buffers(), [self](const error_code& error, std::size_t bytes) {
        self->on_written(error, bytes);
    });
}

void HttpSession::on_written(const error_code& error, std::size_t bytes) {
    writing_ = false;
    if (closed_) {
        return;
    }
    if (error) {
        close(true);
        return;
    }
    if (!is_written(bytes)) {
        wait_for_write();
        watch();
        return;
    }
    finish_write();
    run();
}

// Takes what was written away; whether nothing is left.
bool HttpSession::is_written(std::size_t bytes) {
    shared_.counters.sent_bytes_total += bytes;
    for (std::string_view& rest : out_rest_) {
        std::size_t part = std::min(bytes, rest.size());
        rest.remove_prefix(part);
        bytes -= part;
    }
    return out_rest_[0].empty() && out_rest_[1].empty();
}

void HttpSession::finish_write() {
    write_due_ = SteadyTime::max();
    out_text_.clear();
    if (out_text_.capacity() > 2 * kWriteBytes) {
        out_text_.shrink_to_fit();
    }
    out_large_ = {};
    count_done(std::exchange(out_exchanges_, 0));
    auto told = std::exchange(out_told_, {});
    for (ExchangeId id : told) {
        // A client that has ended its side may have closed all of it: nobody knows who read this.
        shared_.handler.on_written(id, !peer_done_);
    }
}

// Nothing is left to be written now.
void HttpSession::settle() {
    if (!exchanges_.empty()) {
        return;
    }
    if ((peer_done_ && in_ == In::stopped) || (winding_down_ && in_ == In::head && !closing_)) {
        close(true);
    } else if (closing_) {
        linger();
    }
}

// Closing with unread bytes would reset the connection, and the client might not get to read the
// last answer: end our side, and read on until the client ends its own.
void HttpSession::linger() {
    if (!std::exchange(lingering_, true)) {
        in_ = In::stopped;
        error_code ignored;
        socket_.shutdown(Socket::shutdown_send, ignored);
    }
}

void HttpSession::close(bool tell) {
    if (std::exchange(closed_, true)) {
        return;
    }
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    if (shared_.gate != nullptr) {
        shared_.gate->leave(*this);
    }
    auto told = std::exchange(out_told_, {});
    count_done(std::exchange(out_exchanges_, 0));
    drop_from(0, tell);
    owner_.session_closed(*this);
    for (ExchangeId id : told) {
        if (tell) {
            shared_.handler.on_written(id, false);
        }
    }
}

// Nobody will read the answers of these exchanges.
void HttpSession::drop_from(std::size_t first, bool tell) {
    std::deque<Exchange> dropped(
        std::make_move_iterator(exchanges_.begin() + static_cast<std::ptrdiff_t>(first)),
        std::make_move_iterator(exchanges_.end())
    );
    exchanges_.resize(first);
    dropped_ += dropped.size();
    count_done(dropped.size());
    std::uint64_t id = front_id_ + first;
    for (Exchange& exchange : dropped) {
        release(exchange);
        if (tell && (exchange.state == State::waiting || exchange.state == State::streaming)) {
            shared_.handler.on_gone(ExchangeId{id});
        } else if (tell && exchange.response.tell_written) {
            shared_.handler.on_written(ExchangeId{id}, false);
        }
        ++id;
    }
}

}  // namespace sfg::runtime
