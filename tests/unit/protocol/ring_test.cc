#include "protocol/ring.h"

#include <catch2/catch.hpp>

#include <memory>

TEST_CASE("a ring keeps its order while it grows and goes round", "[ring]") {
    sfg::Ring<std::unique_ptr<int>> ring;
    int pushed = 0;
    int popped = 0;
    for (int round = 1; round < 3'000; ++round) {
        for (int i = round % 7 + 1; i > 0; --i) {
            ring.push_back(std::make_unique<int>(pushed++));
        }
        for (int i = round % 5; i > 0 && !ring.empty(); --i) {
            REQUIRE(*ring.front() == popped++);
            ring.pop_front();
        }
    }
    REQUIRE(ring.size() == static_cast<std::size_t>(pushed - popped));
    for (const auto& item : ring) {
        REQUIRE(*item == popped++);
    }
    while (!ring.empty()) {
        ring.pop_front();
    }
    ring.push_back(std::make_unique<int>(7));
    CHECK(*ring.back() == 7);
    ring.clear();
    CHECK(ring.empty());
}
