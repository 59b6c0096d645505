// The moves of World that belong to a good day: clients, functions, store and readers.
#include "gateway/commit/reader.h"
#include "protocol/assert.h"
#include "tests/simulation/decode.h"
#include "tests/simulation/world.h"

namespace sfg::sim {

bool World::send() {
    WaiterId waiter{last_waiter_ + 1};
    auto out = clients_.send(waiter, auditor_.books.wall_ms);
    if (!out) {
        return false;
    }
    ++last_waiter_;
    give(std::move(*out));
    return true;
}

void World::give(Clients::Outgoing out) {
    trace_.add(
        std::string(out.attempt.is_call ? "call " : "send ") + out.attempt.uid + " to " +
        out.attempt.target.text().substr(0, 40) + (out.waiter.key.empty() ? "" : ", keyed") +
        ", waiter " + std::to_string(last_waiter_)
    );
    WaiterId waiter{last_waiter_};
    auditor_.commits.arrived(waiter, {std::move(out.attempt)});
    auditor_.answers.waits(waiter, std::move(out.waiter));
    process_->give(std::move(out.event));
}

bool World::send_bulk() {
    WaiterId waiter{last_waiter_ + 1};
    auto out = clients_.send_bulk(waiter, auditor_.books.wall_ms);
    if (!out) {
        return false;
    }
    ++last_waiter_;
    std::string line = "send " + std::to_string(out->attempts.size()) + " messages in one body:";
    for (const Attempt& attempt : out->attempts) {
        line += " " + attempt.uid + (attempt.idempotency ? ", keyed" : "") + " to " +
                attempt.target.text().substr(0, 40);
    }
    trace_.add(line + ", waiter " + std::to_string(last_waiter_));
    auditor_.commits.arrived(waiter, std::move(out->attempts));
    auditor_.answers.waits(waiter, std::move(out->waiter));
    process_->give(std::move(out->event));
    return true;
}

bool World::ask_reply() {
    std::string id = random_.one_in(20) ? "no id" : clients_.some_id();
    if (id.empty()) {
        return false;
    }
    WaiterId waiter{++last_waiter_};
    trace_.add("ask for the reply of " + id + ", waiter " + std::to_string(last_waiter_));
    AnswerAudit::Waiter asks;
    asks.kind = AnswerAudit::Kind::reply;
    asks.message_id = id;
    auditor_.answers.waits(waiter, std::move(asks));
    process_->give(engine::ReplyAsked{waiter, id});
    return true;
}

bool World::take_snapshot() {
    if (process_->reads.empty() || !process_->store) {
        return false;
    }
    OutRead& read = random_.pick(process_->reads);
    if (read.result) {
        return false;
    }
    trace_.add("snapshot for read " + std::to_string(static_cast<std::uint64_t>(read.request.id)));
    read.result = commit::answer_read(*process_->store, read.request);
    return true;
}

bool World::deliver_read() {
    if (process_->reads.empty()) {
        return false;
    }
    std::size_t at = random_.below(process_->reads.size());
    OutRead& read = process_->reads[at];
    if (!read.result && !process_->store) {
        return false;
    }
    if (!read.result) {
        read.result = commit::answer_read(*process_->store, read.request);
    }
    engine::Loaded loaded{read.request.epoch, read.request.id, std::move(*read.result)};
    process_->reads.erase(process_->reads.begin() + static_cast<std::ptrdiff_t>(at));
    trace_.add("read " + std::to_string(static_cast<std::uint64_t>(loaded.id)) + " arrives");
    process_->give(std::move(loaded));
    return true;
}

bool World::answer_call() {
    if (process_->calls.empty()) {
        return false;
    }
    std::size_t at = random_.below(process_->calls.size());
    if (refuse(at)) {
        return true;
    }
    OutCall& call = process_->calls[at];
    call.response = functions_.handle(call.asked);
    trace_.add("response of " + describe(call.asked));
    wire::FromFunction response = *call.response;
    respond(at, response, CallAudit::Validity::valid);
    return true;
}

// The response of a call that is out arrives; the call is over.
void World::respond(
    std::size_t at,
    const wire::FromFunction& response,
    CallAudit::Validity validity
) {
    const OutCall& call = process_->calls[at];
    const engine::StartCall& start = call.asked.call;
    auditor_.calls.responded(call.seq, response, validity);
    Response parsed = parse_response(start.target, start.home, response.SerializeAsString());
    engine::ResponseArrived event{start.epoch, start.id, std::move(parsed)};
    retire(at);
    process_->give(std::move(event));
}

void World::retire(std::size_t at) {
    auto& calls = process_->calls;
    process_->over.push_back(std::move(calls[at]));
    calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(at));
    if (process_->over.size() > 30) {
        process_->over.pop_front();
    }
}

bool World::begin_write() {
    if (!process_->store || !process_->has_open() || !process_->writing.empty()) {
        return false;
    }
    process_->begin_write();
    return true;
}

bool World::finish_write() {
    if (!process_->store || process_->writing.empty()) {
        return false;
    }
    bool written = process_->finish_write().has_value();
    auditor_.books.expect(written, "a write of a healthy store fails");
    return true;
}

bool World::notice() {
    if (process_->notices.empty()) {
        return false;
    }
    engine::Durable durable = process_->notices.front();
    process_->notices.pop_front();
    trace_.add("durable up to " + std::to_string(value_of(durable.up_to)));
    process_->give(durable);
    return true;
}

void World::ask_lane(const TypeName& egress, const std::string& lane) {
    WaiterId waiter{++last_waiter_};
    AnswerAudit::Waiter asks;
    asks.kind = AnswerAudit::Kind::egress;
    asks.egress = egress;
    asks.lane = lane;
    asks.was_ready = process_->engine->ready();
    trace_.add("ask lane '" + lane + "', waiter " + std::to_string(last_waiter_));
    auditor_.answers.waits(waiter, std::move(asks));
    process_->give(engine::EgressAsked{waiter, egress, lane});
}

bool World::ask_egress() {
    switch (random_.below(3)) {
        case 0:
            ask_lane({"io.statefun.playground", "egress"}, "a");
            return true;
        case 1:
            ask_lane({"io.statefun.playground", "egress"}, "b");
            return true;
        default:
            ask_lane({"e", "other"}, "");
            return true;
    }
}

bool World::take_egress() {
    if (process_->offers.empty()) {
        return false;
    }
    engine::EgressOffer offer = std::move(process_->offers.front());
    process_->offers.pop_front();
    bool written = quiet_ || !random_.one_in(5);
    trace_.add(
        "record " + std::to_string(offer.position) + " of lane '" + offer.lane + "' is " +
        (written ? "written out" : "not written out")
    );
    if (written) {
        auditor_.commits.written_out(offer.egress, offer.position);
    }
    auditor_.answers.taken(offer.egress, offer.lane);
    process_->give(engine::EgressTaken{offer.egress, offer.lane, offer.position, written});
    return true;
}

bool World::acquire() {
    auto& released = process_->released_partitions;
    if (released.empty()) {
        return false;
    }
    PartitionId partition = *released.begin();
    for (const auto& [address, model] : auditor_.books.current.entities) {
        bool kept = auditor_.books.partition(address) == partition &&
                    process_->engine->find(address) != nullptr;
        auditor_.books.expect(
            !kept,
            address.text() + " is in memory, though another process may own its partition (D10)"
        );
    }
    released.erase(released.begin());
    auditor_.books.released.erase(partition);
    trace_.add("acquire partition " + std::to_string(partition));
    process_->give(engine::PartitionAcquired{partition});
    return true;
}

}  // namespace sfg::sim
