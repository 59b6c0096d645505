#include "gateway/engine/core.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

// An entity's row is written when this many messages were consumed since the last time: so many
// deleted rows a later load may have to walk.
constexpr std::uint32_t kConsumedPerRow = 64;

}  // namespace

Core::Core(EngineOptions with, const ModuleSpec& bound, Actions& drivers, StoreId name)
    : options(std::move(with)),
      module(bound),
      actions(drivers),
      store(name),
      partitions(options.partitions),
      registry(module),
      ledger(drivers, partitions),
      news(drivers),
      entities(registry, partitions),
      reads(drivers) {
    for (std::size_t i = 0; i < module.endpoints.size(); ++i) {
        bind_endpoint(static_cast<EndpointId>(i));
    }
}

void Core::bind_endpoint(EndpointId endpoint) {
    const EndpointSpec& spec = module.endpoints[endpoint];
    if (endpoint == policies.size()) {
        policies.emplace_back();
        endpoint_waits.emplace_back();
        to_load.add();
    }
    policies[endpoint] = spec.failure.over(options.failure);
    dispatcher.bind(endpoint, spec, options.concurrency);
}

MessageKey Core::deliver(Draft& draft, const Address& target, SharedBytes stored, Origin origin) {
    Entity* known = entities.find(target);
    PartitionId partition = known != nullptr ? known->partition : partitions.of(target);
    Partitions::Change& change = draft.count(partition);
    change.accepted += origin == Origin::outside || origin == Origin::bulk ? 1 : 0;
    change.sent += origin == Origin::turn ? 1 : 0;
    change.fired += origin == Origin::timer ? 1 : 0;
    change.bytes += static_cast<std::int64_t>(stored.size());
    // Of a type that there is no room for, too: like one that nobody serves.
    if (!partitions.owned(partition) || (known == nullptr && !registry.has_room_for(target.type))) {
        partitions.note_unseen(partition);
        return draft.add_message(
            storage::entity_prefix(partition, storage::Table::message, target), std::move(stored)
        );
    }
    Entity& entity = known != nullptr ? *known : entities.obtain(target);
    bool idle = entity.residence == Residence::loaded && !entity.turn && entity.mailbox.empty();
    MessageKey key = draft.add_message(entity.row(storage::Table::message), stored);
    entity.waiting += 1;
    ++entity.type->stats.backlog;
    entity.waiting_bytes += stored.size();
    entity.mailbox.push({key, draft.number(), std::move(stored)});
    entity.last_change = draft.number();
    if (entity.endpoint && policy_of(entity).dispatch == Dispatch::after_commit) {
        draft.hurry();
    }
    if (idle && origin != Origin::bulk) {
        entity.fresh_at = event;
    }
    entities.touch(entity);
    consider(entity);
    return key;
}

void Core::take_messages(Draft& draft, Entity& entity, std::uint32_t messages, Fate fate) {
    storage::RowKey mailbox = entity.row(storage::Table::message);
    std::int64_t bytes = 0;
    for (std::uint32_t i = 0; i < messages; ++i) {
        const Mailbox::Item& item = entity.mailbox.at(0);
        bytes += static_cast<std::int64_t>(item.bytes.size());
        draft.consume(mailbox, item.key);
        entity.mailbox.pop();
    }
    std::uint64_t known = std::min<std::uint64_t>(entity.waiting, messages);
    entity.waiting -= known;
    entity.type->stats.backlog -= known;
    entity.waiting_bytes -= std::min(entity.waiting_bytes, static_cast<std::uint64_t>(bytes));
    Partitions::Change& change = draft.count(entity.partition);
    change.consumed += fate == Fate::consumed ? messages : 0;
    change.set_aside += fate == Fate::set_aside ? messages : 0;
    change.dropped += fate == Fate::dropped ? messages : 0;
    change.bytes -= bytes;
    entity.consumed_since += messages;
    if (entity.consumed_since >= kConsumedPerRow) {
        put_entity_row(draft, entity);
    }
}

void Core::leave_lines(Entity& entity) {
    entity.in_line.unlink();
    if (is_pause(entity.waits)) {
        auto [from, to] = backoff.equal_range(entity.retry_at);
        for (auto at = from; at != to; ++at) {
            if (at->second == &entity) {
                backoff.erase(at);
                break;
            }
        }
    }
    set_reason(entity, WaitReason::none);
}

void Core::set_reason(Entity& entity, WaitReason reason) {
    // `none` is not counted: an entity comes and goes with it.
    if (entity.waits != WaitReason::none) {
        --stats.waiting_entities[static_cast<std::size_t>(entity.waits)];
    }
    if (entity.endpoint) {
        EndpointWaits& waits = endpoint_waits[*entity.endpoint];
        waits.loading -= entity.waits == WaitReason::loading ? 1 : 0;
        waits.ready -= entity.waits == WaitReason::ready ? 1 : 0;
        waits.loading += reason == WaitReason::loading ? 1 : 0;
        waits.ready += reason == WaitReason::ready ? 1 : 0;
    }
    // Who is being purged goes on in a moment. That changes only while it waits for nothing.
    auto active = [&entity](WaitReason why) {
        bool rests = why == WaitReason::parked || (why == WaitReason::paused && !entity.is_purged);
        return why != WaitReason::none && !rests;
    };
    entity.type->stats.active_entities += active(reason) ? 1 : 0;
    entity.type->stats.active_entities -= active(entity.waits) ? 1 : 0;
    entity.waits = reason;
    if (reason != WaitReason::none) {
        ++stats.waiting_entities[static_cast<std::size_t>(reason)];
    }
}

void Core::clear_waits() {
    stats.waiting_entities.fill(0);
    endpoint_waits.assign(endpoint_waits.size(), {});
    to_load.clear();
    backoff.clear();
    not_durable.clear();
    dispatcher.clear();
    calls_in_flight = 0;
    call_credit = 0;
}

std::uint32_t Core::supply_wanted(EndpointId endpoint) const {
    constexpr std::uint32_t kLeast = 64;
    return std::max(kLeast, 2 * dispatcher.limit(endpoint).value());
}

void Core::consider(Entity& entity) {
    if (entity.turn) {
        set_reason(entity, WaitReason::in_flight);
        return;
    }
    if (entity.endpoint != entity.type->endpoint) {
        bool may_move = entity.may_move();
        if (may_move || !entity.mailbox.empty()) {
            leave_lines(entity);
        }
        if (may_move) {
            entity.endpoint = entity.type->endpoint;
        } else if (!entity.mailbox.empty()) {
            set_reason(entity, WaitReason::loading);  // It is considered anew when that ends.
            return;
        }
    }
    if (entity.in_line.is_linked()) {
        return;  // It stands where it should.
    }
    bool pauses = is_pause(entity.waits);
    if (pauses && entity.retry_at <= now) {
        leave_lines(entity);  // Its pause ends in this event.
    }
    if (entity.mailbox.empty()) {
        set_reason(entity, WaitReason::none);
    } else if (!partitions.owned(entity.partition)) {
        set_reason(entity, WaitReason::releasing);
    } else if (entity.is_paused || entity.is_purged || entity.type->is_paused) {
        leave_lines(entity);
        set_reason(entity, WaitReason::paused);
    } else if (entity.retry_at > now) {
        if (!pauses) {
            bool parked = entity.failing && entity.failing->is_parked;
            set_reason(entity, parked ? WaitReason::parked : WaitReason::backoff);
            backoff.emplace(entity.retry_at, &entity);
        }
    } else if (!entity.endpoint) {
        set_reason(entity, WaitReason::no_destination);
    } else if (!entity.is_at_hand()) {
        set_reason(entity, WaitReason::loading);
        if (entity.load == RequestId{}) {
            to_load.join(entity);
        }
    } else if (callable(entity) == 0) {
        set_reason(entity, WaitReason::not_durable);
        not_durable.push_back(entity);
    } else {
        set_reason(entity, WaitReason::ready);
        dispatcher.join(entity);
    }
}

std::size_t Core::callable(const Entity& entity) const {
    std::size_t ready = entity.mailbox.ready();
    if (policy_of(entity).dispatch != Dispatch::after_commit) {
        return ready;
    }
    if (entity.applied > ledger.durable()) {
        return 0;
    }
    while (ready > 0 && entity.mailbox.at(ready - 1).number > ledger.durable()) {
        --ready;
    }
    return ready;
}

void Core::settle_waits() {
    while (!backoff.empty() && backoff.begin()->first <= now) {
        Entity& entity = *backoff.begin()->second;
        backoff.erase(backoff.begin());
        set_reason(entity, WaitReason::none);
        consider(entity);
    }
}

void Core::settle_durable() {
    Line waited;
    waited.swap(not_durable);
    while (!waited.empty()) {
        Entity& entity = waited.front();
        entity.in_line.unlink();
        consider(entity);
    }
}

void Core::notice_damage(std::string_view table, std::string_view key) {
    actions.notice(
        "a row of table '" + std::string(table) + "' can't be understood and is left alone: key " +
        percent_encode(key)
    );
}

std::uint32_t Core::calls_allowed() const {
    constexpr std::uint32_t kAny = ~std::uint32_t{0};
    std::size_t used = ledger.undurable_bytes() + call_credit;
    std::size_t all = options.commit_queue_bytes_max;
    if (used + kCallCreditBytes > all) {
        // One may exceed the bound, but only when nothing else is on its way to the disk.
        return calls_in_flight == 0 && ledger.undurable_bytes() == 0 ? 1 : 0;
    }
    if (memory_is_short()) {
        return 1;
    }
    // The last quarter of the credit is shared out.
    std::size_t quarter = all / 4;
    if (used + quarter <= all) {
        return kAny;
    }
    auto calls = static_cast<std::uint32_t>(quarter / kCallCreditBytes);
    auto endpoints = static_cast<std::uint32_t>(endpoint_waits.size());
    return std::max(calls / std::max(endpoints, 1U), 1U);
}

}  // namespace sfg::engine
