#include "storage/leveldb_cache.h"

#include <atomic>
#include <deque>
#include <mutex>

namespace sfg::storage {

namespace {

// Of LevelDB's cache.
constexpr std::size_t kParts = 16;

using Deleter = void (*)(const leveldb::Slice& key, void* value);

// Keeps the blocks that were inserted last, and none else but those in use.
class LastBlocks {
public:
    ~LastBlocks() { forget(); }

    [[nodiscard]] leveldb::Cache& cache() { return *cache_; }

    [[nodiscard]] bool any() const { return count_ != 0; }

    leveldb::Cache::Handle*
    insert(const leveldb::Slice& key, void* value, std::size_t charge, Deleter deleter) {
        std::lock_guard lock(mutex_);
        auto* inserted = cache_->Insert(key, value, charge, deleter);
        held_.push_back(cache_->Lookup(key));
        if (held_.size() > kLargeKept) {
            cache_->Release(held_.front());
            held_.pop_front();
        }
        cache_->Prune();
        count_ = held_.size();
        return inserted;
    }

    // It stays held, but nobody finds it any more.
    void erase(const leveldb::Slice& key) {
        std::lock_guard lock(mutex_);
        cache_->Erase(key);
    }

    void forget() {
        std::lock_guard lock(mutex_);
        for (auto* handle : held_) {
            cache_->Release(handle);
        }
        held_.clear();
        cache_->Prune();
        count_ = 0;
    }

private:
    // Of no capacity to speak of: what is in it is there because it is held.
    const std::unique_ptr<leveldb::Cache> cache_{leveldb::NewLRUCache(1)};
    std::mutex mutex_;
    std::deque<leveldb::Cache::Handle*> held_;
    std::atomic<std::size_t> count_{0};
};

class SizedBlockCache final : public BlockCache {
public:
    explicit SizedBlockCache(std::size_t capacity_bytes)
        : charge_max_(capacity_bytes / kParts),
          kept_(leveldb::NewLRUCache(capacity_bytes)),
          passing_(leveldb::NewLRUCache(0)) {}

    Handle* Insert(const leveldb::Slice& key, void* value, std::size_t charge, Deleter deleter)
        override {
        if (charge > kLargeBlockBytes) {
            return handle(large_.cache(), large_.insert(key, value, charge, deleter));
        }
        leveldb::Cache& cache = charge > charge_max_ ? *passing_ : *kept_;
        return handle(cache, cache.Insert(key, value, charge, deleter));
    }

    Handle* Lookup(const leveldb::Slice& key) override {
        if (Handle* found = kept_->Lookup(key)) {
            return handle(*kept_, found);
        }
        Handle* found = large_.any() ? large_.cache().Lookup(key) : nullptr;
        return found == nullptr ? nullptr : handle(large_.cache(), found);
    }

    void Release(Handle* handle) override {
        std::unique_ptr<Ours> ours(reinterpret_cast<Ours*>(handle));
        ours->cache.Release(ours->handle);
    }

    void* Value(Handle* handle) override {
        auto* ours = reinterpret_cast<Ours*>(handle);
        return ours->cache.Value(ours->handle);
    }

    void Erase(const leveldb::Slice& key) override {
        kept_->Erase(key);
        large_.erase(key);
    }

    std::uint64_t NewId() override { return kept_->NewId(); }

    void Prune() override { kept_->Prune(); }

    [[nodiscard]] std::size_t TotalCharge() const override { return kept_->TotalCharge(); }

    void forget_large() override { large_.forget(); }

private:
    // What stands behind LevelDB's opaque handle.
    struct Ours {
        leveldb::Cache& cache;
        Handle* handle;
    };

    static Handle* handle(leveldb::Cache& cache, Handle* inner) {
        return reinterpret_cast<Handle*>(std::make_unique<Ours>(Ours{cache, inner}).release());
    }

    const std::size_t charge_max_;
    const std::unique_ptr<leveldb::Cache> kept_;
    const std::unique_ptr<leveldb::Cache> passing_;  // Of no capacity: it keeps nothing.
    LastBlocks large_;
};

}  // namespace

std::unique_ptr<BlockCache> make_block_cache(std::size_t capacity_bytes) {
    return std::make_unique<SizedBlockCache>(capacity_bytes);
}

}  // namespace sfg::storage
