// The credit of the commit queue (design D4, hazard 25).
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace sfg::test {

TEST_CASE("an endpoint that holds all slots leaves the others theirs", "[credit][hazard-25]") {
    engine::EngineOptions options;
    options.commit_queue_bytes_max = 16 * kCallCreditBytes;
    EngineBed bed(options);
    for (int i = 0; i < 100; ++i) {
        bed.send("f", "slow" + std::to_string(i), "x");
    }
    CHECK(bed.calls.size() >= 12);
    CHECK(bed.calls.size() < 16);
    bed.send_to({{"u", "g"}, "quick"}, "x");
    CHECK(bed.calls.back().call.target.id == "quick");
}

TEST_CASE("answers that turn out large take more of the commit queue", "[credit][hazard-25]") {
    engine::EngineOptions options;
    options.commit_queue_bytes_max = 4 * kMiB;
    EngineBed bed(options);
    std::string large(kMiB, 'x');
    bed.send("f", "first", "x");
    auto response = done();
    send(response, "sink", "b", large);
    bed.answer(response);
    bed.run([](const Asked&) { return done(); });
    for (int i = 0; i < 30; ++i) {
        bed.send("f", "e" + std::to_string(i), "x");
    }
    // Each may bring a MiB: no more than fit are out at once, and all are called in the end.
    CHECK(bed.calls.size() <= 5);
    int calls = 0;
    std::size_t most = 0;
    while (!bed.calls.empty()) {
        bool large_one = bed.calls.front().call.target.type.name == "f";
        calls += large_one ? 1 : 0;
        auto answer = done();
        if (large_one) {
            send(answer, "sink", "sink" + std::to_string(calls), large);
        }
        bed.answer(answer);
        most = std::max<std::size_t>(most, bed.core->stats().undurable_bytes);
        if (bed.calls.empty()) {
            bed.sync();
        }
    }
    CHECK(calls == 30);
    CHECK(most <= 6 * kMiB);
}

TEST_CASE("while nothing becomes durable the commit queue stays within its bound", "[credit]") {
    engine::EngineOptions options;
    options.commit_queue_bytes_max = 1 * kMiB;
    EngineBed bed(options);
    std::string value(60 * kKiB, 'x');
    for (int i = 0; i < 200; ++i) {
        bed.send("f", "e" + std::to_string(i), "x");
    }
    int answered = 0;
    while (!bed.calls.empty()) {
        auto response = done();
        send(response, "f", "sink", value);
        bed.answer(response);
        ++answered;
    }
    CHECK(answered < 30);
    CHECK(bed.core->stats().undurable_bytes <= options.commit_queue_bytes_max + 64 * kKiB);
    bed.sync();
    CHECK_FALSE(bed.calls.empty());
}

}  // namespace sfg::test
