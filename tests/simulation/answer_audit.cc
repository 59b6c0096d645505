#include "tests/simulation/answer_audit.h"

#include "protocol/errors.h"

#include <algorithm>

namespace sfg::sim {

namespace {

// Its mark may be gone by now: then its message was accepted, which has the key's number
// (Clients::make).
bool has_key(const Books& books, const Address& target, const std::string& key) {
    return books.durable.marks.contains({target, key}) ||
           books.durable.accepted.contains("m" + key.substr(1));
}

}  // namespace

void AnswerAudit::answered(WaiterId id, const engine::Answer& answer) {
    auto found = waiters_.find(id);
    if (found == waiters_.end()) {
        books_.expect(false, "somebody is answered who does not wait");
        return;
    }
    Waiter waiter = found->second;
    if (!std::holds_alternative<engine::Stored>(answer)) {
        waiters_.erase(found);
    }
    books_.purges.erase(id);
    std::visit([&](const auto& one) { check(waiter, one); }, answer);
}

bool AnswerAudit::has(const Waiter& waiter, const std::string& id) const {
    auto found = books_.durable.accepted.find(waiter.uid);
    return found != books_.durable.accepted.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&id](MessageKey key) {
               return message_id(kStore, key) == id;
           });
}

void AnswerAudit::acknowledge(const Waiter& waiter, const std::string& id) {
    acknowledged_[waiter.uid] = id;
    auto mark = books_.durable.marks.find({waiter.target, waiter.key});
    books_.expect(
        waiter.key.empty() || mark == books_.durable.marks.end() ||
            mark->second.hash == waiter.hash || message_id(kStore, mark->second.message) != id,
        "key " + waiter.key + " is acknowledged for another content (D9)"
    );
}

void AnswerAudit::check(const Waiter& waiter, const engine::Accepted& answer) {
    std::string id = answer.message_id.text();
    books_.expect(waiter.kind == Kind::send, "only a send is answered by 'accepted'");
    books_.expect(
        has(waiter, id),
        "message " + waiter.uid + " is acknowledged as " + id +
            ", which is not durable (invariant 3)"
    );
    acknowledge(waiter, id);
}

void AnswerAudit::check(const Waiter& waiter, const engine::BulkAccepted& answer) {
    books_.expect(
        waiter.kind == Kind::bulk && waiter.parts.size() == answer.messages.size(),
        "a body of " + std::to_string(waiter.parts.size()) + " messages is told to have " +
            std::to_string(answer.messages.size())
    );
    std::set<MessageKey> fresh;
    auto repeat = answer.repeats.begin();
    for (std::size_t i = 0; i < std::min(waiter.parts.size(), answer.messages.size()); ++i) {
        const Waiter& part = waiter.parts[i];
        bool is_repeat = repeat != answer.repeats.end() && *repeat == i;
        repeat += is_repeat ? 1 : 0;
        books_.expect(
            is_repeat ? !part.key.empty() : fresh.insert(answer.messages[i]).second,
            "message " + part.uid + " of a body is told to be another one of it"
        );
        check(part, engine::Accepted{MessageId(kStore, answer.messages[i])});
    }
    books_.expect(repeat == answer.repeats.end(), "the places of repeats are not in order");
    books_.met(Fact::bulk);
    books_.met(Fact::bulk_repeats, !answer.repeats.empty() && !fresh.empty());
}

// None of it was taken, but for what other requests with the same keys have brought.
void AnswerAudit::check_bulk(const Waiter& waiter, const engine::Refused& answer) {
    books_.met(Fact::bulk_refused);
    if (answer.problem.code == Errc::key_reused && answer.place) {
        const Waiter& part = waiter.parts.at(*answer.place);
        auto other =
            std::find_if(waiter.parts.begin(), waiter.parts.end(), [&part](const Waiter& one) {
                return one.target == part.target && one.key == part.key && one.hash != part.hash;
            });
        books_.expect(
            other != waiter.parts.end() || has_key(books_, part.target, part.key),
            "a key is told to be used that is not durable (invariant 3)"
        );
        return;
    }
    for (const Waiter& part : waiter.parts) {
        check(part, answer);
    }
}

void AnswerAudit::check(const Waiter& waiter, const engine::Reply& answer) {
    bool asked = waiter.kind == Kind::reply && waiter.message_id == answer.message_id;
    bool called = waiter.kind == Kind::call && has(waiter, answer.message_id);
    books_.expect(
        asked || called,
        "call " + waiter.uid + " is answered with the reply of message " + answer.message_id
    );
    auto call = books_.durable.calls.find(answer.message_id);
    bool durable = call != books_.durable.calls.end() && call->second.replied;
    books_.expect(durable, "a reply leaves before it is durable (invariant 3)");
    books_.expect(
        !durable || call->second.reply == answer.typed_value.view(), "a reply is another one"
    );
    if (waiter.kind == Kind::call) {
        acknowledge(waiter, answer.message_id);
    }
}

void AnswerAudit::check(const Waiter& waiter, const engine::StillOpen& answer) {
    auto call = books_.durable.calls.find(answer.message_id);
    books_.expect(
        waiter.kind == Kind::reply && waiter.message_id == answer.message_id &&
            call != books_.durable.calls.end(),
        "a call is told to be open that is not durable (invariant 3)"
    );
}

void AnswerAudit::check(const Waiter& waiter, const engine::Stored&) {
    books_.expect(
        waiter.kind == Kind::call && books_.durable.accepted.contains(waiter.uid),
        "a call is told to be stored that is not durable (invariant 3)"
    );
}

void AnswerAudit::check(const Waiter& waiter, const engine::Refused& answer) {
    if (waiter.kind == Kind::bulk) {
        return check_bulk(waiter, answer);
    }
    switch (answer.problem.code) {
        case Errc::call_timeout:
            books_.expect(
                waiter.kind == Kind::call && has(waiter, answer.message_id),
                "a call is told to be accepted that is not durable (invariant 3)"
            );
            acknowledge(waiter, answer.message_id);
            return;
        case Errc::key_reused:
            books_.expect(
                has_key(books_, waiter.target, waiter.key),
                "a key is told to be used that is not durable (invariant 3)"
            );
            return;
        case Errc::no_reply_known: {
            auto call = books_.current.calls.find(waiter.message_id);
            books_.expect(
                waiter.kind != Kind::reply || call == books_.current.calls.end() ||
                    call->second.gone || call->second.is_over(books_.wall_ms),
                "call " + waiter.message_id + " is told to be unknown"
            );
            return;
        }
        case Errc::message_parked:
        case Errc::message_set_aside: {
            auto call = books_.durable.calls.find(answer.message_id);
            books_.expect(
                call != books_.durable.calls.end() &&
                    (call->second.held || call->second.replied),  // Or is answered after all.
                "a call is told that its message waits for an operator, which is not durable"
            );
            return;
        }
        case Errc::in_doubt:
            return;
        default:
            // Another request with the same key may have been accepted, and one with a message id
            // was accepted and can't be processed.
            books_.expect(
                !waiter.key.empty() || !answer.message_id.empty() ||
                    !books_.current.accepted.contains(waiter.uid),
                "message " + waiter.uid + " is told to be refused, but was accepted (D10)"
            );
            return;
    }
}

void AnswerAudit::check(const Waiter& waiter, const engine::EgressOffer& answer) {
    const EgressModel& egress = books_.durable.egresses[answer.egress];
    auto record = egress.records.find(answer.position);
    bool durable = record != egress.records.end();
    std::string what = "record " + std::to_string(answer.position) + " of " + answer.egress.text();
    books_.expect(
        waiter.kind == Kind::egress && waiter.egress == answer.egress && waiter.lane == answer.lane,
        what + " is offered to another reader"
    );
    books_.expect(durable, what + " is offered, but is not durable or was delivered (invariant 3)");
    books_.expect(
        !durable || (record->second.lane == answer.lane &&
                     record->second.typed_value == answer.typed_value.view()),
        what + " is offered with another content"
    );
    for (const auto& [position, earlier] : books_.current.egresses[answer.egress].records) {
        books_.expect(
            position >= answer.position || earlier.lane != answer.lane,
            what + " is offered before record " + std::to_string(position)
        );
    }
    books_.expect(
        offered_.insert({answer.egress, answer.lane}).second, what + " is offered to two readers"
    );
    std::uint64_t& furthest = furthest_[{answer.egress, answer.lane}];
    books_.expect(
        answer.position >= furthest,
        what + " is offered again after record " + std::to_string(furthest) +
            ": only the last one may be seen twice (D9)"
    );
    furthest = answer.position;
}

// What an operator is told is durable; whatever was said, a message that was named and can be taken
// is gone.
void AnswerAudit::check(const Waiter& waiter, const engine::Told& answer) {
    books_.expect(waiter.kind == Kind::order, "nobody asked as an operator");
    if (waiter.taken != MessageKey{}) {
        const auto& mailbox = books_.durable.entities[waiter.target].mailbox;
        books_.expect(
            !mailbox.contains(waiter.taken),
            "a message is told to be taken away, but waits (invariant 3): " + answer.json
        );
    }
    if (waiter.purged_up_to) {
        const auto& mailbox = books_.durable.entities[waiter.target].mailbox;
        books_.expect(
            mailbox.empty() || mailbox.begin()->first.number > *waiter.purged_up_to,
            "all messages are told to be taken away, but one waits (invariant 3): " + answer.json
        );
    }
}

void AnswerAudit::check(const Waiter& waiter, const engine::EgressEmpty&) {
    bool busy = offered_.contains({waiter.egress, waiter.lane});
    for (const auto& [id, other] : waiters_) {
        busy = busy || (other.kind == Kind::egress && other.egress == waiter.egress &&
                        other.lane == waiter.lane);
    }
    bool waits = false;
    for (const auto& [position, record] : books_.durable.egresses[waiter.egress].records) {
        bool there = books_.current.egresses[waiter.egress].records.contains(position);
        waits = waits || (there && record.lane == waiter.lane);
    }
    books_.expect(
        !waits || busy || !waiter.was_ready || books_.resetting,
        "lane '" + waiter.lane + "' of " + waiter.egress.text() +
            " is told to be empty, but a record waits"
    );
}

void AnswerAudit::check(const Waiter&, const engine::StreamAt&) {
    books_.expect(false, "nobody has opened a stream");
}

void AnswerAudit::check(const Waiter&, const engine::StreamRecords&) {
    books_.expect(false, "nobody has pulled records of a stream");
}

void AnswerAudit::check(const Waiter&, const engine::SourceAt&) {
    books_.expect(false, "nobody has opened a source");
}

void AnswerAudit::check(const Waiter&, const engine::SourceTaken&) {
    books_.expect(false, "no source has given records");
}

void AnswerAudit::check(const Waiter&, const engine::SourceLost&) {
    books_.expect(false, "no source has begun a session");
}

void AnswerAudit::dropped_all() {
    waiters_.clear();
    offered_.clear();
}

}  // namespace sfg::sim
