#include "tests/bench/id_source.h"

#include <catch2/catch.hpp>

#include <map>

using bench::IdSource;

namespace {

// How often each id came.
std::map<std::uint32_t, int> drawn(IdSource ids, int times) {
    std::map<std::uint32_t, int> found;
    while (times-- > 0) {
        ++found[ids.next()];
    }
    return found;
}

}  // namespace

TEST_CASE("ids in their order begin again after the last one", "[bench]") {
    IdSource ids(3, IdSource::Order::ascending, 0);
    CHECK(ids.next() == 0);
    CHECK(ids.next() == 1);
    CHECK(ids.next() == 2);
    CHECK(ids.next() == 0);
}

TEST_CASE("uniform ids are equally frequent", "[bench]") {
    auto found = drawn(IdSource(10, IdSource::Order::random, 0), 100'000);
    CHECK(found.size() == 10);
    for (const auto& [id, times] : found) {
        CHECK(id < 10);
        CHECK(times == Approx(10'000).epsilon(0.05));
    }
}

TEST_CASE("Zipf's ids are as frequent as their rank says", "[bench]") {
    auto found = drawn(IdSource(1000, IdSource::Order::random, 1), 1'000'000);
    CHECK(found[0] == Approx(2 * found[1]).epsilon(0.05));
    CHECK(found[0] == Approx(10 * found[9]).epsilon(0.05));
    CHECK(found.rbegin()->first < 1000);
}
