// Bodies: into the handler's memory, collected, in chunks, or thrown away.
#include "gateway/runtime/http_session.h"
#include "protocol/assert.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sfg::runtime {

void HttpSession::begin_body(const HttpHead& head, BodyPlan plan) {
    if (auto* refusal = std::get_if<HttpResponse>(&plan.how)) {
        refuse(std::move(*refusal));
        return;
    }
    incoming_.context = std::move(plan.context);
    incoming_.in_place = std::holds_alternative<BodyInPlace>(plan.how);
    SFG_ASSERT(!incoming_.in_place || head.content_length, "a body of unknown length has no place");
    if (!incoming_.in_place) {
        std::size_t limit =
            std::min(std::get<BodyCollected>(plan.how).bytes_max, shared_.limits.body_bytes_max);
        if (incoming_.size > limit) {
            refuse(problem_response(
                {Errc::body_too_large,
                 "the body has " + std::to_string(incoming_.size) + " bytes, the limit is " +
                     std::to_string(limit)}
            ));
            return;
        }
        incoming_.size = incoming_.chunked ? limit : incoming_.size;
    }
    LargeBodyGate* gate = shared_.gate;
    // How much of its limit a chunked body needs is seen when it grows: see step_chunks.
    if (incoming_.chunked || gate == nullptr || !gate->guards(incoming_.size)) {
        start_body();
    } else if (gate->reserve(*this, incoming_.size)) {
        exchanges_.back().granted = incoming_.size;
        start_body();
    } else {
        in_ = In::gate;
    }
}

void HttpSession::on_granted() {
    exchanges_.back().granted = incoming_.size;
    if (incoming_.chunked) {
        incoming_.text.reserve(incoming_.size);
        in_ = In::chunks;
    } else {
        start_body();
    }
    owner_.session_ready(*this);
}

void HttpSession::start_body() {
    // A body that is on its way already needs no invitation.
    continue_due_ = incoming_.expects && input_.empty();
    if (incoming_.chunked) {
        in_ = In::chunks;
        return;
    }
    in_ = In::body;
    if (incoming_.in_place) {
        incoming_.place = shared_.handler.place(*incoming_.context, incoming_.size);
        SFG_ASSERT(incoming_.place.at + incoming_.size <= incoming_.place.bytes.size());
    } else {
        incoming_.place = {SharedBytes::uninitialized(incoming_.size), 0};
    }
    if (incoming_.size == 0) {
        continue_due_ = false;
        finish_body();
    }
}

bool HttpSession::step_body() {
    std::size_t bytes = std::min(incoming_.size - incoming_.got, input_.view().size());
    if (bytes > 0) {
        char* place = incoming_.place.bytes.mutable_data() + incoming_.place.at;
        std::memcpy(place + incoming_.got, input_.view().data(), bytes);
        incoming_.got += bytes;
        input_.consume(bytes);
    }
    if (incoming_.got < incoming_.size) {
        return false;
    }
    finish_body();
    return true;
}

bool HttpSession::step_chunks() {
    std::size_t consumed = 0;
    auto parsed = parser_.parse_chunks(input_.view(), consumed, incoming_.text, incoming_.size);
    input_.consume(consumed);
    if (parsed == HttpParser::Step::failed) {
        give_up(parser_.problem());
        return false;
    }
    if (parsed == HttpParser::Step::complete) {
        finish_body();
        return true;
    }
    if (input_.full()) {
        give_up({Errc::malformed_request, "a line between the chunks is too long"});
        return false;
    }
    Exchange& exchange = exchanges_.back();
    LargeBodyGate* gate = shared_.gate;
    if (gate != nullptr && exchange.granted == 0 && gate->guards(incoming_.text.size())) {
        if (!gate->reserve(*this, incoming_.size)) {
            in_ = In::gate;
            return false;
        }
        exchange.granted = incoming_.size;
        incoming_.text.reserve(incoming_.size);
    }
    return false;
}

bool HttpSession::step_drain() {
    std::size_t bytes = std::min(drain_left_, input_.view().size());
    input_.consume(bytes);
    drain_left_ -= bytes;
    if (drain_left_ > 0) {
        return false;
    }
    next_request();
    return true;
}

void HttpSession::finish_body() {
    Exchange& exchange = exchanges_.back();
    if (incoming_.chunked && exchange.granted > incoming_.text.size()) {
        std::size_t rest = exchange.granted - incoming_.text.size();
        exchange.granted -= rest;
        shared_.gate->give_back(rest);
    }
    exchange.state = State::waiting;
    continue_due_ = false;
    ExchangeId id = back_id();
    HttpBody body{std::move(incoming_.place.bytes), std::move(incoming_.text)};
    auto context = std::move(incoming_.context);
    next_request();

    // Held until we hear otherwise; the handler may answer or resume before it returns.
    held_id_ = static_cast<std::uint64_t>(id);
    if (shared_.handler.on_request(id, std::move(body), std::move(context)) == Next::proceed) {
        held_id_ = 0;
    }
}

}  // namespace sfg::runtime
