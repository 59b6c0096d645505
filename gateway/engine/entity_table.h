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
#include <boost/intrusive/unordered_set.hpp>

#include <cstddef>
#include <vector>

namespace sfg::engine {

class EntityTable {
public:
    EntityTable(Registry& registry, Partitions& partitions);
    EntityTable(const EntityTable&) = delete;
    EntityTable& operator=(const EntityTable&) = delete;

    ~EntityTable() { clear(); }

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

    [[nodiscard]] std::size_t size() const { return index_.size(); }

    [[nodiscard]] std::size_t charged() const { return charged_; }

    [[nodiscard]] std::size_t charged_unloaded() const { return unloaded_charged_; }

    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for (Entity& entity : index_) {
            visit(entity);
        }
    }

private:
    using LruList = boost::intrusive::list<
        Entity,
        boost::intrusive::member_hook<Entity, ListHook, &Entity::lru>,
        boost::intrusive::constant_time_size<false>>;

    // An entity is found by its address, which stands in the entity alone: it may be long.
    struct AddressOf {
        using type = Address;

        const Address& operator()(const Entity& entity) const { return entity.address; }
    };

    struct SameAddress {
        // Ids differ first: most entities are of few types.
        bool operator()(const Address& one, const Address& other) const {
            return one.id == other.id && one.type == other.type;
        }
    };

    using Index = boost::intrusive::unordered_set<
        Entity,
        boost::intrusive::member_hook<Entity, TableHook, &Entity::in_table>,
        boost::intrusive::key_of_value<AddressOf>,
        boost::intrusive::hash<std::hash<Address>>,
        boost::intrusive::equal<SameAddress>,
        boost::intrusive::power_2_buckets<true>>;

    // Twice as many buckets, if there are more entities.
    void grow();

    Registry& registry_;
    Partitions& partitions_;
    std::vector<Index::bucket_type> buckets_;
    Index index_;  // Owns its entities.
    Entity* found_last_ = nullptr;
    // Least recently used first.
    LruList lru_;
    LruList unloaded_;
    std::size_t charged_ = 0;
    std::size_t unloaded_charged_ = 0;
};

}  // namespace sfg::engine
