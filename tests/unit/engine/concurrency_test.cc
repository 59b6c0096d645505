// How many calls an endpoint gets at a time: the state machine, and in the engine.
#include "gateway/engine/concurrency_limit.h"
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <queue>

namespace sfg::test {

using engine::ConcurrencyLimit;
using engine::SteadyMs;
using std::chrono::microseconds;

namespace {

constexpr Concurrency kAdaptive{};

// A server with so many workers, each of which takes `service` for a call; past `refuses_from`
// calls at a time it answers 429. Calls come as fast as the limit lets them.
struct Server {
    microseconds service{1'000};
    std::uint32_t workers = 1;
    std::uint32_t refuses_from = ~0U;
    microseconds now{0};
    std::uint64_t answered = 0;
    std::uint64_t refused = 0;

    // Runs until `until`, with at most `demand` calls at a time.
    void run(ConcurrencyLimit& limit, microseconds until, std::uint32_t demand = 10'000) {
        while (now < until) {
            start(limit, demand);
            Call call = calls_.top();
            calls_.pop();
            now = std::max(now, call.ends);
            auto in_flight = static_cast<std::uint32_t>(calls_.size()) + 1;
            if (call.refused) {
                ++refused;
                limit.refused(in_flight, ms());
            } else {
                ++answered;
                limit.answered({now - call.began, 1}, in_flight, ms());
            }
        }
    }

private:
    struct Call {
        microseconds ends;
        microseconds began;
        bool refused = false;

        bool operator<(const Call& other) const { return ends > other.ends; }
    };

    [[nodiscard]] SteadyMs ms() const { return std::chrono::duration_cast<SteadyMs>(now); }

    void start(const ConcurrencyLimit& limit, std::uint32_t demand) {
        while (calls_.size() < std::min(limit.value(), demand)) {
            if (calls_.size() >= refuses_from) {
                calls_.push({now + microseconds(200), now, true});
                continue;
            }
            free_.resize(workers, microseconds{0});
            auto worker = std::min_element(free_.begin(), free_.end());
            *worker = std::max(*worker, now) + service;
            calls_.push({*worker, now});
        }
    }

    std::priority_queue<Call> calls_;
    std::vector<microseconds> free_;
};

constexpr microseconds seconds(int count) {
    return std::chrono::seconds(count);
}

}  // namespace

TEST_CASE("a server with one worker gets few calls at a time and is never idle", "[concurrency]") {
    for (int service_us : {300, 1'000, 5'000, 20'000}) {
        ConcurrencyLimit limit(kAdaptive, 192);
        Server server;
        server.service = microseconds(service_us);
        server.run(limit, seconds(60));
        INFO(service_us << " us, limit " << limit.value());
        // What it took with kUnqueuedCalls in flight, so much slower, and the slack.
        double allowed = 4 * ConcurrencyLimit::kSlowdown + 5'000.0 / service_us;
        CHECK(limit.value() <= allowed * 1.1 + 1);
        CHECK(server.answered * static_cast<std::uint64_t>(service_us) >= 59'000'000);
    }
}

TEST_CASE("a server that waits for others gets as many calls as may be", "[concurrency]") {
    ConcurrencyLimit limit(kAdaptive, 192);
    Server server;
    server.service = microseconds(50'000);
    server.workers = 10'000;
    server.run(limit, seconds(2));
    CHECK(limit.value() == 192);
}

TEST_CASE("a cold server is met with few calls", "[concurrency]") {
    CHECK(ConcurrencyLimit(kAdaptive, 192).value() == ConcurrencyLimit::kUnqueuedCalls);
    CHECK(ConcurrencyLimit(kAdaptive, 2).value() == 2);
}

TEST_CASE("little traffic does not raise the limit", "[concurrency]") {
    ConcurrencyLimit limit(kAdaptive, 192);
    Server server;
    server.workers = 100;
    server.run(limit, seconds(2), 3);
    CHECK(limit.value() == ConcurrencyLimit::kUnqueuedCalls);
}

TEST_CASE("batches that grow because the limit is low do not lower it further", "[concurrency]") {
    ConcurrencyLimit limit(kAdaptive, 192);
    // Each message takes its 50 ms, one after the other in a batch; 400 wait at any time.
    for (int i = 0; i < 5'000; ++i) {
        std::uint32_t messages = 400 / limit.value();
        limit.answered({microseconds(50'000) * messages, messages}, limit.value(), SteadyMs(i));
    }
    CHECK(limit.value() == 192);
}

TEST_CASE("a server that has become slower for good is measured anew", "[concurrency]") {
    ConcurrencyLimit limit(kAdaptive, 192);
    Server server;
    server.service = microseconds(2'000);
    server.workers = 10'000;
    server.run(limit, seconds(2));
    REQUIRE(limit.value() == 192);
    server.service = microseconds(100'000);
    server.run(limit, seconds(60));
    CHECK(limit.value() == 192);
}

TEST_CASE("a server that refuses is met just below what it bears", "[concurrency]") {
    for (Concurrency kind : {kAdaptive, Concurrency{192}}) {
        ConcurrencyLimit limit(kind, 192);
        Server server;
        server.service = microseconds(20'000);
        server.workers = 10'000;
        server.refuses_from = 10;
        server.run(limit, seconds(10));
        std::uint64_t refused = server.refused;
        std::uint64_t answered = server.answered;
        server.run(limit, seconds(70));
        INFO("fixed " << kind.fixed);
        CHECK(limit.value() >= 6);
        CHECK(limit.value() <= 11);
        // In a minute: about a refusal a second, and most of what it could have answered.
        CHECK(server.refused - refused <= 80);
        CHECK(server.answered - answered >= 60 * 10 * 50 * 7 / 10);
    }
}

TEST_CASE("the limit is never below one, nor above its bound", "[concurrency]") {
    ConcurrencyLimit limit(kAdaptive, 8);
    for (int i = 0; i < 1'000; ++i) {
        limit.refused(1, SteadyMs(i));
        REQUIRE(limit.value() == 1);
    }
    for (int i = 0; i < 100'000; ++i) {
        limit.answered({microseconds(100), 1}, limit.value(), SteadyMs(1'000 + i * 10));
        REQUIRE(limit.value() <= 8);
    }
    CHECK(limit.value() == 8);
}

TEST_CASE("one burst of refusals lowers the limit once", "[concurrency]") {
    ConcurrencyLimit limit(Concurrency{100}, 100);
    for (std::uint32_t left = 100; left > 0; --left) {
        limit.refused(left, SteadyMs(1'000));
    }
    CHECK(limit.value() == 70);
}

TEST_CASE("a fixed limit is not moved by latency, and comes back after refusals", "[concurrency]") {
    ConcurrencyLimit limit(Concurrency{32}, 32);
    for (int i = 0; i < 1'000; ++i) {
        limit.answered({microseconds(i * 1'000), 1}, 32, SteadyMs(i));
        REQUIRE(limit.value() == 32);
    }
    limit.refused(32, SteadyMs(1'000));
    CHECK(limit.value() < 32);
    for (int i = 0; i < 100'000; ++i) {
        limit.answered({microseconds(1'000), 1}, limit.value(), SteadyMs(1'000 + i));
    }
    CHECK(limit.value() == 32);
}

TEST_CASE("the engine starts as many calls as the endpoint's own limit says", "[concurrency]") {
    engine::EngineOptions options;
    options.concurrency = Concurrency{3};
    EngineBed bed(options);
    for (int i = 0; i < 10; ++i) {
        bed.send("f", "id" + std::to_string(i), "x");
    }
    CHECK(bed.calls.size() == 3);
    bed.answer(done());
    CHECK(bed.calls.size() == 3);
}

TEST_CASE("a refused call waits outside of its slot, and lowers the limit", "[concurrency]") {
    engine::EngineOptions options;
    options.concurrency = Concurrency{10};
    EngineBed bed(options);
    for (int i = 0; i < 40; ++i) {
        bed.send("f", "id" + std::to_string(i), "x");
    }
    REQUIRE(bed.calls.size() == 10);
    for (int i = 0; i < 4; ++i) {
        Asked asked = bed.calls.front();
        bed.calls.pop_front();
        engine::CallFailed failed{
            asked.call.epoch, asked.call.id, engine::FailureKind::down, "429", SteadyMs(2'000)
        };
        failed.overloaded = true;
        bed.core->on(failed);
    }
    CHECK(bed.core->concurrency_of(0) == 7);
    CHECK(bed.calls.size() == 7);
    // Those that were refused wait as long as they were told; they are not what starts next.
    std::vector<std::string> refused = {"id0", "id1", "id2", "id3"};
    bed.advance(SteadyMs(1'900));
    for (const Asked& asked : bed.calls) {
        CHECK(std::find(refused.begin(), refused.end(), asked.call.target.id) == refused.end());
    }
    bed.advance(SteadyMs(200));
    bed.run([](const Asked&) { return done(); });
    CHECK(bed.core->stats().waiting_messages == 0);
}

}  // namespace sfg::test
