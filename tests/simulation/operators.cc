// The moves of World around messages that can't be processed: functions refuse them, and operators
// ask and say what becomes of their entities.
#include "protocol/assert.h"
#include "tests/simulation/decode.h"
#include "tests/simulation/world.h"

#include <algorithm>
#include <iterator>

namespace sfg::sim {

bool World::order() {
    std::vector<Address> waiting;
    for (const auto& [target, entity] : auditor_.books.current.entities) {
        bool bad =
            !entity.mailbox.empty() && scenario_.is_poison(entity.mailbox.begin()->second.uid);
        if (bad || (!entity.mailbox.empty() && random_.one_in(10))) {
            waiting.push_back(target);
        }
    }
    if (waiting.empty()) {
        return false;
    }
    const Address& target = random_.pick(waiting);
    constexpr engine::EntityAction kActions[] = {
        engine::EntityAction::retry,
        engine::EntityAction::skip,
        engine::EntityAction::dead_letter,
        engine::EntityAction::pause,
        engine::EntityAction::resume,
        engine::EntityAction::resume
    };
    if (random_.one_in(5)) {
        WaiterId waiter{++last_waiter_};
        trace_.add("ask for " + target.text() + ", waiter " + std::to_string(last_waiter_));
        auditor_.answers.waits(waiter, order_of(target));
        process_->give(engine::EntityAsked{waiter, target});
        return true;
    }
    give_order(target, kActions[random_.below(std::size(kActions))]);
    return true;
}

bool World::refuse(std::size_t at) {
    OutCall& call = process_->calls[at];
    const auto& batch = call.asked.batch.invocations();
    bool large =
        scenario_.batch_most > 0 && static_cast<std::size_t>(batch.size()) > scenario_.batch_most;
    bool poison = std::any_of(batch.begin(), batch.end(), [this](const auto& one) {
        return scenario_.is_poison(uid_of(one.argument().value()));
    });
    if (!large && !poison) {
        return false;
    }
    engine::CallFailed event;
    event.epoch = call.asked.call.epoch;
    event.id = call.asked.call.id;
    event.kind = large ? engine::FailureKind::too_large : engine::FailureKind::rejected;
    event.status = large ? 413 : 500;
    event.reason = large ? "too large" : "a message that can't be processed";
    trace_.add("the function refuses " + describe(call.asked) + ": " + event.reason);
    auditor_.books.met(Fact::refused_batch);
    auditor_.calls.refused(call.seq);
    auditor_.calls.failed(call.seq);
    retire(at);
    process_->give(event);
    return true;
}

AnswerAudit::Waiter World::order_of(const Address& target) {
    AnswerAudit::Waiter waiter;
    waiter.kind = AnswerAudit::Kind::order;
    waiter.target = target;
    return waiter;
}

void World::give_order(const Address& target, engine::EntityAction action) {
    const auto& mailbox = auditor_.books.current.entities[target].mailbox;
    // Mostly the first message; another one must be refused.
    auto at = mailbox.begin();
    if (at != mailbox.end() && random_.one_in(6)) {
        at = std::prev(mailbox.end());
    }
    MessageKey key = at == mailbox.end() ? MessageKey{CommitNumber{1}, 0} : at->first;
    WaiterId waiter{++last_waiter_};
    trace_.add(
        "order " + std::to_string(static_cast<int>(action)) + " for " + target.text() +
        ", waiter " + std::to_string(last_waiter_)
    );
    Books& books = auditor_.books;
    AnswerAudit::Waiter order = order_of(target);
    switch (action) {
        case engine::EntityAction::skip:
        case engine::EntityAction::dead_letter:
            books.orders.insert({target, key, action == engine::EntityAction::dead_letter});
            order.taken = key;
            break;
        case engine::EntityAction::pause:
        case engine::EntityAction::resume:
            books.pauses.insert({target, action == engine::EntityAction::pause});
            break;
        case engine::EntityAction::retry:
            books.retried.insert(target);
            break;
        case engine::EntityAction::purge:
        case engine::EntityAction::purge_to_dead_letters:
            SFG_ASSERT(false, "no move of this world");
    }
    auditor_.answers.waits(waiter, std::move(order));
    process_->give(engine::EntityOrdered{waiter, target, action, message_id(kStore, key)});
}

// Before a run comes to rest: what was paused goes on.
bool World::resume_all() {
    for (const auto& [target, entity] : auditor_.books.current.entities) {
        bool paused = (entity.status & kPausedBit) != 0;
        PartitionId home = auditor_.books.partition(target);
        bool at_hand = process_->engine->partition(home).ownership == engine::Ownership::owned;
        if (paused && at_hand && resumed_.insert(target).second) {
            give_order(target, engine::EntityAction::resume);
            return true;
        }
    }
    return false;
}

}  // namespace sfg::sim
