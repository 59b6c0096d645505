// A full memory keeps nobody out: neither who has to be loaded, nor who waits in the store.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace sfg::test {

namespace {

constexpr std::size_t kBudget = 1 * kMiB;
constexpr std::uint32_t kConcurrency = 8;

engine::EngineOptions small_budget() {
    engine::EngineOptions options;
    options.memory_budget_bytes = kBudget;
    options.concurrency = Concurrency{kConcurrency};
    return options;
}

std::string id(const std::string& prefix, int number) {
    return prefix + std::to_string(number);
}

// Each entity has a state; so many of them that those that came first have left.
void fill_memory(EngineBed& bed, int entities) {
    std::string value(1 * kKiB, 's');
    for (int i = 0; i < entities; ++i) {
        bed.send("f", id("full", i), "x");
        bed.run([&](const Asked& asked) {
            if (asked.batch.state_size() == 0) {
                return missing("s", "t/number");
            }
            auto response = done();
            set_state(response, "s", value);
            return response;
        });
    }
    REQUIRE(bed.core->stats().evictions > 0);
    REQUIRE(bed.core->stats().waiting_messages == 0);
}

// Nothing happens but for what the engine asks for at once, up to so often.
void tick_on(EngineBed& bed, int most) {
    for (int ticks = 0; bed.ticks_at_once() && ticks < most; ++ticks) {
        bed.tick();
    }
}

}  // namespace

TEST_CASE("entities that rest make room while others wait to be loaded", "[memory]") {
    EngineBed bed(small_budget());
    fill_memory(bed, 2'000);
    bed.hold_reads = true;
    std::vector<EngineBed::InBulk> messages;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(bed.entity("f", id("full", i)) == nullptr);
        messages.push_back({id("full", i), "x"});
    }
    bed.send_bulk(messages);
    bed.sync();
    for (int i = 0; i < 4; ++i) {
        bed.tick();  // Some leave in each event.
    }
    CHECK(bed.reads.size() > kConcurrency);
    CHECK(bed.core->stats().memory_bytes <= kBudget - kBudget / 16);
}

TEST_CASE("who waits in the store is called, however busy those in memory are", "[memory]") {
    EngineBed bed(small_budget());
    constexpr int kWaiting = 10'000;
    for (int i = 0; i < kWaiting; ++i) {
        bed.send("f", id("waits", i), "x");
        if (i % 50 == 0) {
            bed.sync();
        }
    }
    bed.sync();
    REQUIRE(bed.core->stats().backlog_ranges > 0);
    for (int i = 0; i < 200; ++i) {
        bed.send("f", id("busy", i), "x");
    }
    int left = kWaiting;
    int calls = 0;
    for (; left > 0 && calls < 4 * kWaiting; ++calls) {
        REQUIRE_FALSE(bed.calls.empty());
        std::string called = bed.calls.front().call.target.id;
        bed.answer(done());
        if (called.starts_with("waits")) {
            --left;
        }
        bed.send("f", id("busy", calls % 200), "x");
        if (calls % 20 == 0) {
            bed.sync();
        }
    }
    CHECK(left == 0);
    CAPTURE(calls);
    CHECK(calls < 3 * kWaiting);
}

TEST_CASE("what a large answer sends leaves memory by itself once it is durable", "[memory]") {
    EngineBed bed(small_budget());
    bed.send("f", "a", "x");
    auto response = done();
    for (int i = 0; i < 3'000; ++i) {
        send(response, "f", id("to", i), std::string(3 * kKiB, 'x'));
    }
    bed.answer(response);
    bed.sync();
    tick_on(bed, 100);
    CHECK(bed.core->stats().memory_bytes <= kBudget + kBudget / 8);
    CHECK_FALSE(bed.ticks_at_once());
    std::size_t calls = 0;
    bed.run([&](const Asked&) {
        ++calls;
        return done();
    });
    CHECK(calls == 3'000);
}

TEST_CASE(
    "a burst for calls that do not end leaves memory within its budget by itself",
    "[memory]"
) {
    EngineBed bed(small_budget());
    for (int body = 0; body < 8; ++body) {
        std::vector<EngineBed::InBulk> messages;
        for (int i = 0; i < 1'000; ++i) {
            messages.push_back({id("waits", 1'000 * body + i), "x"});
        }
        bed.send_bulk(messages);
    }
    bed.sync();
    tick_on(bed, 200);
    CHECK(bed.core->stats().memory_bytes <= kBudget);
    CHECK_FALSE(bed.ticks_at_once());
    CHECK(bed.calls.size() == kConcurrency);
}

}  // namespace sfg::test
