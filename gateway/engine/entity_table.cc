#include "gateway/engine/entity_table.h"

#include "protocol/assert.h"

#include <memory>

namespace sfg::engine {

namespace {

constexpr std::size_t kBucketsFirst = 1024;

}  // namespace

EntityTable::EntityTable(Registry& registry, Partitions& partitions)
    : registry_(registry),
      partitions_(partitions),
      buckets_(kBucketsFirst),
      index_({buckets_.data(), buckets_.size()}) {}

Entity* EntityTable::find(const Address& address) {
    if (found_last_ != nullptr && SameAddress{}(found_last_->address, address)) {
        return found_last_;
    }
    auto found = index_.find(address);
    if (found == index_.end()) {
        return nullptr;
    }
    found_last_ = &*found;
    return found_last_;
}

Entity& EntityTable::obtain(const Address& address) {
    if (Entity* known = find(address)) {
        return *known;
    }
    grow();
    auto made = std::make_unique<Entity>();
    Entity& entity = *made;
    entity.address = address;
    entity.partition = partitions_.of(address);
    const Address& name = entity.address;
    entity.name_bytes = static_cast<std::uint32_t>(
        heap_bytes(name.type.ns) + heap_bytes(name.type.name) + heap_bytes(name.id)
    );
    entity.type = &registry_.type(address.type);
    entity.endpoint = entity.type->endpoint;
    if (partitions_[entity.partition].has_unseen) {
        entity.mailbox.assume_stored({});
    }
    index_.insert(*made.release());
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
    index_.erase_and_dispose(index_.iterator_to(entity), std::default_delete<Entity>());
}

void EntityTable::grow() {
    if (index_.size() < buckets_.size()) {
        return;
    }
    std::vector<Index::bucket_type> more(2 * buckets_.size());
    index_.rehash({more.data(), more.size()});
    buckets_.swap(more);
}

void EntityTable::clear() {
    index_.clear_and_dispose(std::default_delete<Entity>());
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
