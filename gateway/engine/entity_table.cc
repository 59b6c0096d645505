#include "gateway/engine/entity_table.h"

#include "protocol/assert.h"

namespace sfg::engine {

namespace {

// How many entities one call of shrink() looks at, so that it never holds the loop.
constexpr std::size_t kLooksPerShrink = 64;
// Messages of a mailbox that stay in memory when memory is short.
constexpr std::size_t kKeptWhenSpilled = 8;

}  // namespace

Entity* EntityTable::find(const Address& address) {
    auto found = entities_.find(address);
    return found == entities_.end() ? nullptr : found->second.get();
}

Entity& EntityTable::obtain(const Address& address) {
    if (Entity* known = find(address)) {
        return *known;
    }
    auto made = std::make_unique<Entity>();
    Entity& entity = *made;
    entity.address = address;
    entity.partition = partitions_.of(address);
    storage::append_text(entity.key_suffix, address.type.ns);
    storage::append_text(entity.key_suffix, address.type.name);
    storage::append_text(entity.key_suffix, address.id);
    entity.type = &registry_.type(address.type);
    entity.mailbox.assume_stored({});
    entities_.emplace(address, std::move(made));
    touch(entity);
    return entity;
}

void EntityTable::touch(Entity& entity) {
    std::size_t cost = entity.memory_bytes();
    charged_ = charged_ - entity.charged_bytes + cost;
    entity.charged_bytes = cost;
    entity.lru.unlink();
    lru_.push_back(entity);
}

void EntityTable::drop(Entity& entity) {
    charged_ -= entity.charged_bytes;
    auto found = entities_.find(entity.address);
    SFG_ASSERT(found != entities_.end());
    entities_.erase(found);
}

void EntityTable::clear() {
    entities_.clear();
    charged_ = 0;
}

void EntityTable::shrink(std::size_t budget_bytes, CommitNumber durable, EngineStats& stats) {
    for (std::size_t looks = 0; looks < kLooksPerShrink && charged_ > budget_bytes; ++looks) {
        if (lru_.empty()) {
            return;
        }
        Entity& entity = lru_.front();
        if (entity.idle() && entity.last_change <= durable) {
            ++stats.evictions;
            drop(entity);
            continue;
        }
        std::size_t in_turn = entity.turn ? entity.turn->messages : 0;
        std::size_t before = entity.mailbox.memory_bytes();
        if (before > 0) {
            entity.mailbox.spill(durable, in_turn > kKeptWhenSpilled ? in_turn : kKeptWhenSpilled);
            stats.spills += entity.mailbox.memory_bytes() < before ? 1 : 0;
        }
        touch(entity);  // To the end: the next look is at another one.
    }
}

}  // namespace sfg::engine
