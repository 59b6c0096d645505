// The part of Api that hands the engine's answers to the clients.
#include "gateway/ingress/api.h"
#include "gateway/ingress/reply.h"
#include "protocol/assert.h"

#include <utility>

namespace sfg::ingress {

void Api::on_admitted(WaiterId waiter) {
    server_->resume(exchange_of(waiter));
}

void Api::on_gone(runtime::ExchangeId id) {
    if (waiting_.erase(static_cast<std::uint64_t>(id)) > 0) {
        inbox_(engine::WaiterGone{waiter_of(id)});
    }
}

void Api::on_answer(WaiterId waiter, engine::Answer answer) {
    auto found = waiting_.find(static_cast<std::uint64_t>(waiter));
    if (found == waiting_.end()) {
        return;  // The client is gone.
    }
    if (std::holds_alternative<engine::Stored>(answer)) {
        server_->release_body(exchange_of(waiter));
        return;
    }
    Waiting waiting = std::move(found->second);
    waiting_.erase(found);
    server_->respond(exchange_of(waiter), response_for(waiting, answer));
}

runtime::HttpResponse Api::response_for(const Waiting& waiting, engine::Answer& answer) {
    DoorCounters& counters = counters_[static_cast<std::size_t>(waiting.ask)];
    if (auto* refused = std::get_if<engine::Refused>(&answer)) {
        ++counters.refused[refused->problem.code];
        if (refused->place) {
            refused->problem.detail =
                waiting.bulk->places.text(*refused->place) + ": " + refused->problem.detail;
        }
        return refusal(*refused);
    }
    ++counters.accepted;
    if (auto* bulk = std::get_if<engine::BulkAccepted>(&answer)) {
        return bulk_response(*bulk, waiting.bulk->plan.is_minimal);
    }
    if (auto* accepted = std::get_if<engine::Accepted>(&answer)) {
        return message_id_response(202, accepted->message_id.view());
    }
    if (auto* open = std::get_if<engine::StillOpen>(&answer)) {
        return message_id_response(202, open->message_id);
    }
    auto* reply = std::get_if<engine::Reply>(&answer);
    SFG_ASSERT(reply != nullptr, "no other answer belongs to this door");
    return reply_response(*reply, waiting.form);
}

}  // namespace sfg::ingress
