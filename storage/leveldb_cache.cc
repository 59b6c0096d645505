#include "storage/leveldb_cache.h"

namespace sfg::storage {

namespace {

// Of LevelDB's cache.
constexpr std::size_t kParts = 16;

using Deleter = void (*)(const leveldb::Slice& key, void* value);

class BlockCache final : public leveldb::Cache {
public:
    explicit BlockCache(std::size_t capacity_bytes)
        : charge_max_(capacity_bytes / kParts),
          kept_(leveldb::NewLRUCache(capacity_bytes)),
          passing_(leveldb::NewLRUCache(0)) {}

    Handle* Insert(const leveldb::Slice& key, void* value, std::size_t charge, Deleter deleter)
        override {
        leveldb::Cache& cache = charge > charge_max_ ? *passing_ : *kept_;
        return handle(cache, cache.Insert(key, value, charge, deleter));
    }

    Handle* Lookup(const leveldb::Slice& key) override {
        Handle* found = kept_->Lookup(key);
        return found == nullptr ? nullptr : handle(*kept_, found);
    }

    void Release(Handle* handle) override {
        std::unique_ptr<Ours> ours(reinterpret_cast<Ours*>(handle));
        ours->cache.Release(ours->handle);
    }

    void* Value(Handle* handle) override {
        auto* ours = reinterpret_cast<Ours*>(handle);
        return ours->cache.Value(ours->handle);
    }

    void Erase(const leveldb::Slice& key) override { kept_->Erase(key); }

    std::uint64_t NewId() override { return kept_->NewId(); }

    void Prune() override { kept_->Prune(); }

    [[nodiscard]] std::size_t TotalCharge() const override { return kept_->TotalCharge(); }

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
};

}  // namespace

std::unique_ptr<leveldb::Cache> make_block_cache(std::size_t capacity_bytes) {
    return std::make_unique<BlockCache>(capacity_bytes);
}

}  // namespace sfg::storage
