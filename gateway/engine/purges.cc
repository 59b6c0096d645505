#include "gateway/engine/purges.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

std::string outcome(EntityAction action, std::uint64_t messages) {
    if (messages == 0) {
        return "no message waits";
    }
    std::string text = std::to_string(messages) + (messages == 1 ? " message is" : " messages are");
    if (action == EntityAction::purge) {
        return text + " dropped";
    }
    return text + (messages == 1 ? " a dead letter" : " dead letters");
}

}  // namespace

void Purges::on(EntityOrdered event) {
    if (open_.admit_order(event.waiter, event.entity)) {
        // When its turn comes there may be no room for another type.
        static_cast<void>(core_.registry.type(event.entity.type));
        Purge& purge = purges_.emplace_back();
        purge.order = std::move(event);
        purge.last = core_.ledger.last_number();
    }
}

SteadyMs Purges::settle() {
    if (purges_.empty()) {
        return SteadyMs::max();
    }
    if (core_.now < next_at_) {
        return next_at_;
    }
    Step next = step(purges_.front());
    if (next == Step::done) {
        unpin(purges_.front());
        purges_.pop_front();
    }
    bool has_more = next == Step::more || (next == Step::done && !purges_.empty());
    return has_more ? std::max(core_.now, next_at_) : SteadyMs::max();
}

Purges::Step Purges::step(Purge& purge) {
    const Address& address = purge.order.entity;
    if (!core_.partitions.owned(core_.partitions.of(address))) {
        open_.refuse(
            purge.order.waiter,
            Errc::starting,
            "the partition of this entity has gone; until then " +
                outcome(purge.order.action, purge.messages)
        );
        return Step::done;
    }
    if (purge.reads) {
        return Step::waits;
    }
    Entity& entity = core_.entities.obtain(address);
    if (!entity.is_at_hand()) {
        loads_.bring(entity);
        return Step::waits;
    }
    if (entity.mailbox.empty() || entity.mailbox.at(0).key.number > purge.last) {
        finish(purge, entity);
        return Step::done;
    }
    if (!entity.is_purged) {
        turns_.abandon(entity);
        core_.leave_lines(entity);
        entity.is_purged = true;
        core_.consider(entity);
    }
    // A dead letter is written again, with its reason.
    std::size_t used = core_.ledger.undurable_bytes();
    if (used > 0 && used + 2 * kPortionBytes > core_.options.commit_queue_bytes_max) {
        return Step::waits;
    }
    std::uint32_t messages = portion(purge, entity);
    if (!has_calls(purge, entity, messages)) {
        return Step::waits;
    }
    drop(purge, entity, messages);
    return Step::more;
}

std::uint32_t Purges::portion(const Purge& purge, const Entity& entity) const {
    std::size_t most = std::min<std::size_t>(entity.mailbox.ready(), kPortionMessages);
    std::uint32_t messages = 0;
    for (std::size_t bytes = 0; messages < most && bytes < kPortionBytes; ++messages) {
        const Mailbox::Item& item = entity.mailbox.at(messages);
        if (item.key.number > purge.last) {
            break;
        }
        bytes += item.bytes.size();
    }
    return messages;
}

bool Purges::has_calls(Purge& purge, const Entity& entity, std::uint32_t messages) {
    std::vector<std::string> needed;
    for (std::uint32_t i = 0; i < messages; ++i) {
        auto id = Failures::call_of(entity.mailbox.at(i).bytes.view());
        if (id && !calls_.known(*id)) {
            needed.push_back(std::move(*id));
        }
    }
    if (needed.empty()) {
        return true;
    }
    std::sort(needed.begin(), needed.end());
    needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
    for (const std::string& id : needed) {
        calls_.pin(id);
    }
    purge.pinned.insert(purge.pinned.end(), needed.begin(), needed.end());
    purge.reads = true;
    calls_.need(needed, [this] {
        if (!purges_.empty()) {
            purges_.front().reads = false;
        }
    });
    return false;
}

void Purges::drop(Purge& purge, Entity& entity, std::uint32_t messages) {
    if (purge.order.action == EntityAction::purge) {
        failures_.skip(entity, messages);
    } else {
        failures_.set_aside(entity, messages);
    }
    purge.messages += messages;
    unpin(purge);
    next_at_ = core_.now + kPause;
}

void Purges::finish(Purge& purge, Entity& entity) {
    if (entity.is_purged) {
        core_.leave_lines(entity);
        entity.is_purged = false;
        core_.consider(entity);
    }
    open_.tell(purge.order.waiter, purge.messages > 0, outcome(purge.order.action, purge.messages));
}

void Purges::unpin(Purge& purge) {
    for (const std::string& id : std::exchange(purge.pinned, {})) {
        calls_.unpin(id);
    }
}

void Purges::clear() {
    purges_.clear();
    open_.give_up();
}

}  // namespace sfg::engine
