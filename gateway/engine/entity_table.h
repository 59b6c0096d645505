// EntityTable: all entities that are in memory, and what they cost.
//
// Threads:    the engine's.
// Invariants: charged() is the sum of what each entity's memory_bytes() was when it was last
// charged. Limits:     the owner calls shrink() to keep charged() within the budget: idle entities
// whose
//             changes are durable go, least recently used first; then long mailboxes are spilled.
#pragma once

#include "gateway/engine/entity.h"
#include "gateway/engine/partitions.h"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>

namespace sfg::engine {

class EntityTable {
public:
    EntityTable(Registry& registry, const Partitions& partitions)
        : registry_(registry),
          partitions_(partitions) {}

    // The entity, or nothing if it is not in memory.
    [[nodiscard]] Entity* find(const Address& address);

    // The entity, made cold if it is not in memory: its mailbox assumes messages in the store.
    Entity& obtain(const Address& address);

    // It was used just now, and its memory may have changed.
    void touch(Entity& entity);

    // Drops it. Requires: it is idle and durable, or its epoch or partition has ended.
    void drop(Entity& entity);

    void clear();

    // Brings charged() to the budget as far as can be done now, with a bound on the work.
    void shrink(std::size_t budget_bytes, CommitNumber durable, EngineStats& stats);

    [[nodiscard]] std::size_t size() const { return entities_.size(); }

    [[nodiscard]] std::size_t charged() const { return charged_; }

    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for (auto& [address, entity] : entities_) {
            visit(*entity);
        }
    }

private:
    using LruList = boost::intrusive::list<
        Entity,
        boost::intrusive::member_hook<Entity, ListHook, &Entity::lru>,
        boost::intrusive::constant_time_size<false>>;

    Registry& registry_;
    const Partitions& partitions_;
    std::unordered_map<Address, std::unique_ptr<Entity>> entities_;
    LruList lru_;  // Least recently used first.
    std::size_t charged_ = 0;
};

}  // namespace sfg::engine
