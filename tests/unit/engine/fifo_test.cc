// The queue that serves mailboxes.
#include "gateway/engine/fifo.h"

#include <catch2/catch.hpp>

#include <utility>

namespace {

// Counts how often it is moved.
struct Item {
    Item() = default;

    explicit Item(int n) : number(n) {}

    Item(const Item&) = default;
    Item& operator=(const Item&) = default;

    Item(Item&& other) noexcept : number(other.number) { ++moves; }

    Item& operator=(Item&& other) noexcept {
        number = other.number;
        ++moves;
        return *this;
    }

    int number = 0;
    static inline int moves = 0;
};

}  // namespace

TEST_CASE("a long queue moves its items a few times, however it is filled", "[engine]") {
    int waiting = GENERATE(1, 63, 64, 100, 1'000, 5'000);
    sfg::engine::Fifo<Item> queue;
    int pushed = 0;
    int popped = 0;
    for (; pushed < waiting; ++pushed) {
        queue.push_back(Item(pushed));
    }
    Item::moves = 0;
    constexpr int kRounds = 20'000;
    for (int i = 0; i < kRounds; ++i) {
        REQUIRE(queue.front().number == popped++);
        queue.pop_front();
        queue.push_back(Item(pushed++));
    }
    CHECK(queue.size() == static_cast<std::size_t>(waiting));
    CHECK(Item::moves < 10 * kRounds);
}
