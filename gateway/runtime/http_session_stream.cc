// Answers whose body goes on for as long as the client listens.
#include "gateway/runtime/http_session.h"
#include "protocol/assert.h"

#include <utility>

namespace sfg::runtime {

// The connection ends with this answer: what the client sends from here on is thrown away.
void HttpSession::begin_stream() {
    last_request_ = true;
    if (in_ == In::head) {
        in_ = In::stopped;
    }
}

Streamed HttpSession::stream(ExchangeId id, std::string_view piece, std::size_t pending_max) {
    Exchange* exchange = find(id);
    if (exchange == nullptr) {
        return Streamed::gone;
    }
    SFG_ASSERT(exchange->response.streams, "its answer is one that goes on");
    std::string& pending = exchange->response.body;
    if (pending.size() >= pending_max) {
        return Streamed::full;
    }
    pending += piece;
    owner_.session_ready(*this);
    return Streamed::taken;
}

// What has come since the last write.
void HttpSession::take_stream() {
    if (exchanges_.empty() || exchanges_.front().state != State::streaming) {
        return;
    }
    std::string& pending = exchanges_.front().response.body;
    if (out_text_.empty()) {
        out_text_.swap(pending);
    } else {
        out_text_ += std::exchange(pending, {});
    }
}

}  // namespace sfg::runtime
