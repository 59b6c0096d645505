#include "gateway/engine/core.h"

#include "gateway/engine/entity_row.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

Core::Core(EngineOptions with, const ModuleSpec& bound, Actions& drivers, StoreId name)
    : options(std::move(with)),
      module(bound),
      actions(drivers),
      store(name),
      partitions(options.partitions),
      registry(bound),
      ledger(drivers, partitions),
      entities(registry, partitions),
      dispatcher(bound, options.concurrency),
      reads(drivers),
      to_load(bound.endpoints.size()),
      endpoint_waits(bound.endpoints.size()) {}

MessageKey Core::deliver(Draft& draft, const Address& target, SharedBytes stored, Origin origin) {
    PartitionId partition = partitions.of(target);
    Partitions::Change& change = draft.count(partition);
    change.accepted += origin == Origin::outside ? 1 : 0;
    change.sent += origin == Origin::turn ? 1 : 0;
    change.fired += origin == Origin::timer ? 1 : 0;
    change.bytes += static_cast<std::int64_t>(stored.size());
    Entity* known = entities.find(target);
    // Of a type that there is no room for, too: like one that nobody serves.
    if (!partitions.owned(partition) || (known == nullptr && !registry.has_room_for(target.type))) {
        return draft.add_message(
            storage::entity_prefix(partition, storage::Table::message, target), std::move(stored)
        );
    }
    Entity& entity = known != nullptr ? *known : entities.obtain(target);
    bool idle = entity.residence == Residence::loaded && !entity.turn && entity.mailbox.empty();
    MessageKey key = draft.add_message(entity.key(storage::Table::message), stored);
    entity.waiting += 1;
    ++entity.type->stats.backlog;
    entity.waiting_bytes += stored.size();
    entity.mailbox.push({key, draft.number(), std::move(stored)});
    entity.last_change = draft.number();
    if (idle) {
        entity.fresh_at = event;
    }
    entities.touch(entity);
    consider(entity);
    return key;
}

void Core::put_entity_row(Draft& draft, Entity& entity) {
    EntityRow row;
    row.consumed = entity.mailbox.consumed();
    row.touched_ms = entity.touched_ms;
    draft.put_row(entity.key(storage::Table::entity), encode(row));
    entity.consumed_since = 0;
}

void Core::leave_lines(Entity& entity) {
    entity.in_line.unlink();
    if (entity.waits == WaitReason::backoff) {
        auto [from, to] = backoff.equal_range(entity.retry_at);
        for (auto at = from; at != to; ++at) {
            if (at->second == &entity) {
                backoff.erase(at);
                break;
            }
        }
    }
}

void Core::set_reason(Entity& entity, WaitReason reason) {
    // `none` is not counted: an entity comes and goes with it.
    if (entity.waits != WaitReason::none) {
        --stats.waiting_entities[static_cast<std::size_t>(entity.waits)];
    }
    if (entity.type->endpoint) {
        EndpointWaits& waits = endpoint_waits[*entity.type->endpoint];
        waits.loading -= entity.waits == WaitReason::loading ? 1 : 0;
        waits.ready -= entity.waits == WaitReason::ready ? 1 : 0;
        waits.loading += reason == WaitReason::loading ? 1 : 0;
        waits.ready += reason == WaitReason::ready ? 1 : 0;
    }
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
    if (entity.in_line.is_linked() || entity.waits == WaitReason::backoff) {
        return;  // It stands where it should: ready, to be loaded, or until its pause is over.
    }
    if (entity.mailbox.empty()) {
        set_reason(entity, WaitReason::none);
    } else if (!partitions.owned(entity.partition)) {
        set_reason(entity, WaitReason::releasing);
    } else if (entity.retry_at > now) {
        set_reason(entity, WaitReason::backoff);
        backoff.emplace(entity.retry_at, &entity);
    } else if (!entity.type->endpoint) {
        set_reason(entity, WaitReason::no_destination);
    } else if (entity.mailbox.ready() == 0) {
        set_reason(entity, WaitReason::loading);
        if (entity.load == RequestId{}) {
            to_load.join(entity);
        }
    } else {
        set_reason(entity, WaitReason::ready);
        dispatcher.join(entity);
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
