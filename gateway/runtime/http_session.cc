// The input side: from bytes to requests. Bodies are in http_session_body.cc.
#include "gateway/runtime/http_session.h"

#include "protocol/assert.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sfg::runtime {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// A connection that sends without end lets the others have their turn after so many steps.
constexpr int kStepsPerTurn = 128;
// One read of a large body, so that copying it does not hold up the loop.
constexpr std::size_t kBodyReadBytes = 256 * kKiB;

}  // namespace

HttpSession::HttpSession(HttpShared& shared, Owner& owner, Socket socket, ExchangeId first)
    : shared_(shared),
      owner_(owner),
      socket_(std::move(socket)),
      timer_(shared.loop, [this] { on_deadline(); }),
      front_id_(static_cast<std::uint64_t>(first)),
      input_(shared.limits.head_bytes_max + HttpInput::kSmallBytes),
      parser_({shared.limits.head_bytes_max, shared.limits.target_bytes_max}) {}

void HttpSession::start() {
    run();
}

void HttpSession::start_refused(const Problem& problem) {
    Exchange& exchange = open_exchange();
    exchange.close = true;
    last_request_ = true;
    in_ = In::stopped;
    answer(exchange, problem_response(problem));
    run();
}

void HttpSession::run() {
    boost::intrusive_ptr<HttpSession> self(this);
    ready_ = false;
    int steps = kStepsPerTurn;
    bool goes_on = true;  // What was written may have been what the input waited for.
    while (goes_on && !closed_) {
        while (!closed_ && steps > 0 && step()) {
            --steps;
        }
        bool waits_for_bytes = steps > 0 && in_ != In::stopped && !(in_ == In::head && blocked());
        if (!closed_ && peer_done_ && waits_for_bytes) {
            end_input();
        }
        goes_on = flush() && steps > 0 && (!input_.empty() || peer_done_);
    }
    if (closed_) {
        return;
    }
    if (steps > 0) {
        read_more();
    } else {
        owner_.session_ready(*this);  // What is read already comes first.
    }
    watch();
}

bool HttpSession::blocked() const {
    return held_id_ != 0 || shared_.paused || winding_down_ ||
           exchanges_.size() >= shared_.limits.pipeline_max;
}

bool HttpSession::step() {
    switch (in_) {
        case In::head:
            return !blocked() && step_head();
        case In::body:
            return step_body();
        case In::chunks:
            return step_chunks();
        case In::drain:
            return step_drain();
        case In::gate:
            return false;
        case In::stopped:
            if (!reading_) {
                discarded_ += input_.view().size();
                input_.consume(input_.view().size());
            }
            return false;
    }
    return false;
}

bool HttpSession::step_head() {
    // Some clients end a body with a line break that they do not count.
    while (!head_begun_ && !input_.empty() &&
           (input_.view().front() == '\r' || input_.view().front() == '\n')) {
        input_.consume(1);
    }
    if (input_.empty()) {
        return false;
    }
    head_begun_ = true;
    std::size_t consumed = 0;
    HttpParser::Step parsed = parser_.parse_head(input_.view(), consumed);
    input_.consume(consumed);
    if (parsed == HttpParser::Step::need_more) {
        return false;
    }
    open_exchange();
    if (parsed == HttpParser::Step::failed) {
        give_up(parser_.problem());
        return false;
    }
    begin_request(parser_.head());
    return true;
}

void HttpSession::begin_request(const HttpHead& head) {
    Exchange& exchange = exchanges_.back();
    exchange.http10 = head.http10;
    exchange.head_only = head.method == "HEAD";
    exchange.close = !head.keep_alive;
    last_request_ = exchange.close;

    incoming_.chunked = !head.content_length;
    incoming_.size = incoming_.chunked ? 0 : static_cast<std::size_t>(*head.content_length);
    auto expected = head.find("Expect");
    incoming_.expects = expected.has_value() && !head.http10;
    if (incoming_.expects && !same_name(*expected, "100-continue")) {
        refuse(problem_response(
            {Errc::bad_parameter, "the only Expect that is understood is 100-continue"}
        ));
        return;
    }
    std::size_t limit = shared_.limits.body_bytes_max;
    if (incoming_.size > limit) {
        refuse(problem_response(
            {Errc::body_too_large,
             "the body has " + std::to_string(incoming_.size) + " bytes, the limit is " +
                 std::to_string(limit)}
        ));
        return;
    }
    begin_body(head, shared_.handler.on_head(head, back_id()));
}

void HttpSession::next_request() {
    incoming_ = {};
    head_begun_ = false;
    fresh_wait_ = true;  // Each request has a time of its own.
    parser_.reset();
    in_ = last_request_ ? In::stopped : In::head;
}

void HttpSession::refuse(HttpResponse response) {
    Exchange& exchange = exchanges_.back();
    bool keep = !incoming_.chunked && !incoming_.expects &&
                incoming_.size <= shared_.limits.drain_bytes_max;
    if (keep) {
        drain_left_ = incoming_.size;
        in_ = In::drain;
    } else {
        exchange.close = true;
        last_request_ = true;
        in_ = In::stopped;
    }
    answer(exchange, std::move(response));
}

// The connection's bytes make no sense any more: answer, and close after it.
void HttpSession::give_up(const Problem& problem) {
    if (shared_.gate != nullptr) {
        shared_.gate->leave(*this);
    }
    if (!(reading_ && reading_body_)) {
        incoming_ = {};
    }
    Exchange& exchange = exchanges_.back();
    exchange.close = true;
    last_request_ = true;
    continue_due_ = false;
    in_ = In::stopped;
    HttpResponse response = problem_response(problem);
    if (problem.code == Errc::overloaded) {
        response.add("Retry-After", "1");
    }
    answer(exchange, std::move(response));
}

void HttpSession::read_more() {
    if (closed_ || reading_ || peer_done_) {
        return;
    }
    bool wanted = false;
    switch (in_) {
        case In::head:
            // Also while requests wait, to see a client that goes; but not past one buffer.
            wanted = !blocked() || (input_.empty() && !shared_.paused);
            break;
        case In::body:
        case In::chunks:
        case In::drain:
            wanted = true;
            break;
        case In::stopped:
            wanted = discarded_ < shared_.limits.linger_bytes_max;
            break;
        case In::gate:
            break;
    }
    if (!wanted) {
        return;
    }
    reading_ = true;
    reading_body_ = in_ == In::body;
    asio::mutable_buffer room;
    if (reading_body_) {
        char* place = incoming_.place.bytes.mutable_data() + incoming_.place.at;
        room = {place + incoming_.got, std::min(incoming_.size - incoming_.got, kBodyReadBytes)};
    } else {
        auto free = input_.prepare();
        room = {free.data(), free.size()};
    }
    boost::intrusive_ptr<HttpSession> self(this);
    socket_.async_read_some(room, [self](const error_code& error, std::size_t bytes) {
        self->on_read(error, bytes);
    });
}

void HttpSession::on_read(const error_code& error, std::size_t bytes) {
    reading_ = false;
    if (closed_) {
        return;
    }
    shared_.counters.received_bytes_total += bytes;
    progress_ = bytes > 0;
    if (error == asio::error::eof) {
        peer_done_ = true;
    } else if (error) {
        close(true);
        return;
    } else if (!reading_body_) {
        input_.commit(bytes);
    } else if (in_ == In::body) {
        incoming_.got += bytes;
    } else {
        incoming_ = {};  // Given up meanwhile; only now nobody writes there any more.
        discarded_ += bytes;
    }
    run();
}

// The client sends no more. It may still listen, so what it asked is answered for a while.
void HttpSession::end_input() {
    bool inside = in_ == In::body || in_ == In::chunks || in_ == In::gate;
    if (in_ == In::head && head_begun_) {
        open_exchange();
        inside = true;
    }
    if (inside) {
        give_up({Errc::malformed_request, "the connection ended before the request did"});
    }
    in_ = In::stopped;
}

// Nobody waits for what is not answered yet. What is answered before it can still leave.
void HttpSession::drop_unanswered() {
    auto waiting = std::find_if(exchanges_.begin(), exchanges_.end(), [](const Exchange& exchange) {
        return exchange.state != State::answered;
    });
    in_ = In::stopped;
    drop_from(static_cast<std::size_t>(waiting - exchanges_.begin()), true);
}

}  // namespace sfg::runtime
