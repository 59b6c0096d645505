#include "gateway/engine/arrivals.h"

#include "gateway/engine/admission.h"
#include "protocol/assert.h"
#include "protocol/module_spec.h"

#include <cstring>
#include <limits>
#include <memory>
#include <utility>

namespace sfg::engine {

namespace {

constexpr std::chrono::seconds kSoon{1};
constexpr std::chrono::seconds kLater{5};

constexpr auto kDueMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

Refused refused(Errc code, std::string detail, std::chrono::seconds retry_after = {}) {
    return {{code, std::move(detail)}, retry_after, {}};
}

}  // namespace

void Arrivals::on(MessageArrived&& event) {
    if (auto refusal = refuse(event)) {
        core_.actions.answer(event.waiter, std::move(*refusal));
        return;
    }
    if (event.idempotency) {
        meet(std::move(event));
    } else if (auto refusal = refuse_for_load(event)) {
        core_.actions.answer(event.waiter, std::move(*refusal));
    } else {
        accept(event);
    }
}

std::optional<Refused> Arrivals::refuse(const MessageArrived& event) {
    if (core_.stopping) {
        return refused(Errc::shutting_down, "no new messages are taken", kSoon);
    }
    if (!core_.ready()) {
        return refused(Errc::starting, "the partitions are being read", kSoon);
    }
    if (event.target.type.ns == kGatewayNamespace) {
        return refused(Errc::reserved_type, event.target.type.text());
    }
    const Entity* known = core_.entities.find(event.target);
    bool is_bound = known != nullptr ? known->type->endpoint.has_value()
                                     : core_.module.endpoint_of(event.target.type).has_value();
    if (!is_bound) {
        return refused(
            Errc::unknown_function,
            "no endpoint is bound to " + event.target.type.text().substr(0, 200)
        );
    }
    if (event.target.id.size() > kIdBytesMax || !is_utf8(event.target.id)) {
        return refused(Errc::bad_id, "the id of " + event.target.type.text());
    }
    if (event.delay && event.is_call) {
        return refused(Errc::bad_parameter, "a call can't be delayed; send a message");
    }
    if (event.delay && !timers_.due_after(event.delay->count())) {
        return refused(Errc::bad_parameter, "the delay is negative or too long");
    }
    return std::nullopt;
}

std::optional<Refused> Arrivals::refuse_for_load(const MessageArrived& event) {
    const EngineOptions& options = core_.options;
    const Entity* entity = core_.entities.find(event.target);
    if (entity == nullptr && !core_.registry.has_room_for(event.target.type)) {
        return refused(
            Errc::overloaded,
            std::to_string(kFunctionTypesMax) + " function types are known already",
            kLater
        );
    }
    if (auto refusal = no_room_for(Outside::request, core_)) {
        return refusal;
    }
    if (entity != nullptr && (entity->waiting >= options.mailbox_messages_max ||
                              entity->waiting_bytes >= options.mailbox_bytes_max)) {
        return refused(
            Errc::mailbox_full,
            std::to_string(entity->waiting) + " messages wait for " +
                event.target.text().substr(0, 200),
            kLater
        );
    }
    if (event.is_call && calls_.full()) {
        return refused(
            Errc::too_many_calls, std::to_string(options.calls_max) + " calls are kept", kSoon
        );
    }
    if (event.idempotency && marks_.full()) {
        return refused(
            Errc::too_many_keys, std::to_string(options.marks_max) + " keys are remembered", kLater
        );
    }
    return std::nullopt;
}

void Arrivals::accept(MessageArrived& event) {
    Draft& draft = core_.ledger.open();
    MessageId id(core_.store, draft.next_message());
    bool large = event.stored.size() > kLargeBodyBytes;
    if (!event.is_call || large) {
        draft.hurry();  // Who calls waits for the commit of the reply, which this one may share.
    }
    if (event.is_call) {
        SFG_ASSERT(event.id_end >= kMessageIdBytes && event.id_end <= event.stored.size());
        char* place = event.stored.mutable_data() + event.id_end - kMessageIdBytes;
        std::memcpy(place, id.view().data(), kMessageIdBytes);
        calls_.open(draft, id.text(), event.idempotency.has_value(), event.waiter);
    }
    take(draft, event, Core::Origin::outside);
    CommitNumber number = draft.number();
    core_.ledger.close(draft);
    if (event.is_call && large) {
        core_.ledger.answer_when_durable(number, event.waiter, Stored{});
    }
    if (!event.is_call) {
        core_.ledger.answer_when_durable(number, event.waiter, Accepted{id});
    }
}

// Puts the message into the commit, with its mark.
MessageKey Arrivals::take(Draft& draft, MessageArrived& event, Core::Origin origin) {
    MessageKey key = draft.next_message();
    if (event.delay) {
        // From now, also if the key had to be looked up first.
        auto due = timers_.due_after(event.delay->count());
        timers_.arm(draft, due.value_or(kDueMax), event.target, event.stored.view());
    } else {
        core_.deliver(draft, event.target, std::move(event.stored), origin);
    }
    if (event.idempotency) {
        Mark mark{key, event.idempotency->content_hash, core_.wall_ms};
        marks_.record(draft, event.target, event.idempotency->key, mark);
    }
    ++core_.stats.accepted;
    return key;
}

void Arrivals::meet(MessageArrived event) {
    // Two ways lead on from here, and the event belongs to whichever is taken.
    auto held = std::make_shared<MessageArrived>(std::move(event));
    if (held->is_call) {
        calls_.expect(held->waiter);
    }
    Marks::Meeting meeting;
    meeting.fresh = [this, held] {
        if (auto refusal = refuse_for_load(*held)) {
            marks_.withdraw(held->target, held->idempotency->key);
            if (still_waits(*held)) {
                core_.actions.answer(held->waiter, std::move(*refusal));
            }
            return;
        }
        accept(*held);
        core_.actions.admitted(held->waiter);
    };
    meeting.repeat = [this, held](const Mark& mark, CommitNumber changed) {
        answer_repeat(*held, mark, changed);
    };
    meeting.given_up = [this, held] {
        if (still_waits(*held)) {
            core_.actions.answer(
                held->waiter,
                refused(Errc::in_doubt, "the store was opened anew during the key's look-up", kSoon)
            );
        }
    };
    marks_.meet(held->target, held->idempotency->key, std::move(meeting));
}

// A call's deadline may have come, or its client left, while its key was looked up.
bool Arrivals::still_waits(const MessageArrived& event) {
    return !event.is_call || calls_.no_longer_expected(event.waiter);
}

void Arrivals::answer_repeat(const MessageArrived& event, const Mark& mark, CommitNumber changed) {
    MessageId id(core_.store, mark.message);
    if (mark.content_hash != event.idempotency->content_hash) {
        if (still_waits(event)) {
            core_.ledger.answer_when_durable(
                changed,
                event.waiter,
                refused(Errc::key_reused, "the key belongs to message " + id.text())
            );
        }
        return;
    }
    core_.actions.admitted(event.waiter);
    if (event.is_call) {
        calls_.attach(id.text(), event.waiter);
    } else {
        core_.ledger.answer_when_durable(changed, event.waiter, Accepted{id});
    }
}

}  // namespace sfg::engine
