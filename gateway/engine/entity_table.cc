#include "gateway/engine/entity_table.h"

#include "protocol/assert.h"

namespace sfg::engine {

Entity* EntityTable::find(const Address& address) {
    if (found_last_ != nullptr && found_last_->address.id == address.id &&
        found_last_->address.type == address.type) {
        return found_last_;
    }
    auto found = entities_.find(address);
    if (found == entities_.end()) {
        return nullptr;
    }
    found_last_ = found->get();
    return found_last_;
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
    entity.key_suffix.shrink_to_fit();
    entity.name_bytes = sizeof(Entity) + Entity::kNodeBytes + heap_bytes(entity.address.type.ns) +
                        heap_bytes(entity.address.type.name) + heap_bytes(entity.address.id) +
                        heap_bytes(entity.key_suffix);
    entity.type = &registry_.type(address.type);
    entity.endpoint = entity.type->endpoint;
    if (partitions_[entity.partition].has_unseen) {
        entity.mailbox.assume_stored({});
    }
    entities_.insert(std::move(made));
    touch(entity);
    return entity;
}

void EntityTable::recharge(Entity& entity) {
    std::size_t cost = entity.memory_bytes();
    charged_ = charged_ - entity.charged_bytes + cost;
    if (entity.charged_as_unloaded) {
        unloaded_charged_ = unloaded_charged_ - entity.charged_bytes + cost;
    }
    entity.charged_bytes = cost;
}

void EntityTable::touch(Entity& entity) {
    recharge(entity);
    bool unloaded = entity.is_unloaded();
    if (unloaded != entity.charged_as_unloaded) {
        unloaded ? unloaded_charged_ += entity.charged_bytes
                 : unloaded_charged_ -= entity.charged_bytes;
        entity.charged_as_unloaded = unloaded;
    }
    entity.lru.unlink();
    (unloaded ? unloaded_ : lru_).push_back(entity);
}

void EntityTable::drop(Entity& entity) {
    if (!entity.mailbox.empty()) {
        partitions_.note_unseen(entity.partition);
    }
    charged_ -= entity.charged_bytes;
    unloaded_charged_ -= entity.charged_as_unloaded ? entity.charged_bytes : 0;
    found_last_ = nullptr;
    entity.type->stats.backlog -= entity.waiting;
    auto found = entities_.find(entity.address);
    SFG_ASSERT(found != entities_.end());
    entities_.erase(found);
}

void EntityTable::clear() {
    entities_.clear();
    found_last_ = nullptr;
    charged_ = 0;
    unloaded_charged_ = 0;
}

Entity* EntityTable::oldest(std::size_t unloaded_max) {
    bool of_unloaded = lru_.empty() || unloaded_charged_ > unloaded_max;
    LruList& list = of_unloaded && !unloaded_.empty() ? unloaded_ : lru_;
    return list.empty() ? nullptr : &list.front();
}

}  // namespace sfg::engine
