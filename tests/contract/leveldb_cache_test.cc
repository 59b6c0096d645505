#include "storage/leveldb_cache.h"

#include <catch2/catch.hpp>

#include <string>

namespace sfg::storage {

namespace {

constexpr std::size_t kCapacity = 1 << 20;

int alive = 0;

void put(leveldb::Cache& cache, const std::string& key, std::size_t charge) {
    ++alive;
    auto* handle = cache.Insert(key, &alive, charge, [](const leveldb::Slice&, void*) { --alive; });
    CHECK(cache.Value(handle) == &alive);
    cache.Release(handle);
}

}  // namespace

TEST_CASE("blocks of the usual size are kept up to the capacity", "[storage]") {
    alive = 0;
    auto cache = make_block_cache(kCapacity);
    for (int i = 0; i < 10'000; ++i) {
        put(*cache, std::to_string(i), 4096);
    }
    CHECK(alive > 100);
    CHECK(cache->TotalCharge() <= kCapacity);
    auto* found = cache->Lookup("9999");
    REQUIRE(found != nullptr);
    CHECK(cache->Value(found) == &alive);
    cache->Release(found);
    cache.reset();
    CHECK(alive == 0);
}

TEST_CASE("a block that is larger than a part is used and let go", "[storage][memory]") {
    alive = 0;
    auto cache = make_block_cache(kCapacity);
    for (int i = 0; i < 1'000; ++i) {
        put(*cache, std::to_string(i), kLargeBlockBytes);
        REQUIRE(alive == 0);
    }
    CHECK(cache->Lookup("999") == nullptr);
    CHECK(cache->TotalCharge() == 0);
}

TEST_CASE("of the largest blocks the last ones are there until they are forgotten", "[storage]") {
    alive = 0;
    auto cache = make_block_cache(kCapacity);
    for (int i = 0; i < 1'000; ++i) {
        put(*cache, std::to_string(i), 30 << 20);
        REQUIRE(alive <= static_cast<int>(kLargeKept));
    }
    CHECK(cache->Lookup("997") == nullptr);
    for (const char* key : {"998", "999"}) {
        auto* found = cache->Lookup(key);
        REQUIRE(found != nullptr);
        CHECK(cache->Value(found) == &alive);
        cache->Release(found);
    }
    auto* used = cache->Lookup("999");
    cache->forget_large();
    CHECK(alive == 1);  // Somebody reads it.
    cache->Release(used);
    cache->forget_large();
    CHECK(alive == 0);
    CHECK(cache->Lookup("999") == nullptr);
    put(*cache, "again", 30 << 20);
    cache.reset();
    CHECK(alive == 0);
}

}  // namespace sfg::storage
