// The moves of World around messages that can't be processed: functions refuse them, and operators
// ask and say what becomes of their entities.
#include "tests/simulation/decode.h"
#include "tests/simulation/world.h"

#include <algorithm>
#include <iterator>

namespace sfg::sim {

bool World::order() {
    if (random_.one_in(20)) {
        const auto& paused = auditor_.books.current.paused_types;
        const TypeName& any = Scenario::types()[random_.below(Scenario::types().size())];
        bool resumes = !paused.empty() && random_.one_in(2);
        order_type(
            resumes ? *paused.begin() : any,
            resumes ? engine::TypeAction::resume : engine::TypeAction::pause
        );
        return true;
    }
    std::vector<Address> waiting;
    for (const auto& [target, entity] : auditor_.books.current.entities) {
        bool bad =
            !entity.mailbox.empty() && auditor_.books.is_poison(entity.mailbox.begin()->second.uid);
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
    if (random_.one_in(8)) {
        give_order(
            target,
            random_.one_in(2) ? engine::EntityAction::purge
                              : engine::EntityAction::purge_to_dead_letters
        );
        return true;
    }
    give_order(target, kActions[random_.below(std::size(kActions))]);
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
            // Often because the function is mended.
            if (at != mailbox.end() && random_.one_in(2)) {
                books.mended.insert(at->second.uid);
            }
            break;
        case engine::EntityAction::purge:
        case engine::EntityAction::purge_to_dead_letters:
            order.purged_up_to = books.highest_ever;
            books.purges[waiter] = {
                target, action == engine::EntityAction::purge_to_dead_letters, books.highest_ever
            };
    }
    auditor_.answers.waits(waiter, std::move(order));
    process_->give(engine::EntityOrdered{waiter, target, action, message_id(kStore, key)});
}

void World::order_type(const TypeName& type, engine::TypeAction action) {
    WaiterId waiter{++last_waiter_};
    bool pauses = action == engine::TypeAction::pause;
    trace_.add(
        std::string(pauses ? "pause" : "resume") + " type " + type.text() + ", waiter " +
        std::to_string(last_waiter_)
    );
    auditor_.books.type_pauses.insert({type, pauses});
    auditor_.answers.waits(waiter, order_of({type, {}}));
    process_->give(engine::TypeOrdered{waiter, type, action});
}

// Before a run comes to rest: what was paused goes on.
bool World::resume_all() {
    for (const TypeName& type : auditor_.books.current.paused_types) {
        if (process_->engine->ready() && resumed_types_.insert(type).second) {
            order_type(TypeName(type), engine::TypeAction::resume);
            return true;
        }
    }
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
