// EntityTable: all entities that are in memory, what they cost, and which was used last.
//
// Threads:    the engine's.
// Invariants: charged() is the sum of what each entity's memory_bytes() was when it was last
//             charged; a test compares it with the allocator.
// Limits:     eviction.h keeps it within the budget.
#pragma once

#include "gateway/engine/entity.h"
#include "gateway/engine/partitions.h"

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <memory>
#include <unordered_set>

namespace sfg::engine {

class EntityTable {
public:
    EntityTable(Registry& registry, Partitions& partitions)
        : registry_(registry),
          partitions_(partitions) {}

    // The entity, or nothing if it is not in memory. The one that was found last is found again
    // without a look into the table: an event asks for its entity more than once.
    [[nodiscard]] Entity* find(const Address& address);

    // The entity, made cold if it is not in memory: its mailbox assumes messages in the store if
    // there may be any that nobody in memory knows.
    // Requires: the registry has room for its type.
    Entity& obtain(const Address& address);

    // It was used just now, and its memory may have changed.
    void touch(Entity& entity);

    // Its memory has changed.
    void recharge(Entity& entity);

    // Drops it. Requires: it is idle and durable, or the store has what waits for it; or its epoch
    // or partition has ended.
    void drop(Entity& entity);

    void clear();

    // The one that was not used for longest: of those that are not loaded if they hold more than
    // `unloaded_max`, else of the others, and of those if there are no others. nullptr: nothing is
    // in memory.
    [[nodiscard]] Entity* oldest(std::size_t unloaded_max);

    // The one that was touched last, if it is loaded.
    [[nodiscard]] Entity* newest() { return lru_.empty() ? nullptr : &lru_.back(); }

    [[nodiscard]] std::size_t size() const { return entities_.size(); }

    [[nodiscard]] std::size_t charged() const { return charged_; }

    [[nodiscard]] std::size_t charged_unloaded() const { return unloaded_charged_; }

    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for (auto& entity : entities_) {
            visit(*entity);
        }
    }

private:
    using LruList = boost::intrusive::list<
        Entity,
        boost::intrusive::member_hook<Entity, ListHook, &Entity::lru>,
        boost::intrusive::constant_time_size<false>>;

    // An entity is found by its address, which stands in the entity alone: it may be long.
    struct ByAddress {
        using is_transparent = void;

        std::size_t operator()(const Address& address) const {
            return std::hash<Address>{}(address);
        }

        std::size_t operator()(const std::unique_ptr<Entity>& entity) const {
            return (*this)(entity->address);
        }

        template <typename One, typename Other>
        bool operator()(const One& one, const Other& other) const {
            return address_of(one) == address_of(other);
        }

        static const Address& address_of(const Address& address) { return address; }

        static const Address& address_of(const std::unique_ptr<Entity>& entity) {
            return entity->address;
        }
    };

    Registry& registry_;
    Partitions& partitions_;
    std::unordered_set<std::unique_ptr<Entity>, ByAddress, ByAddress> entities_;
    Entity* found_last_ = nullptr;
    // Least recently used first.
    LruList lru_;
    LruList unloaded_;
    std::size_t charged_ = 0;
    std::size_t unloaded_charged_ = 0;
};

}  // namespace sfg::engine
