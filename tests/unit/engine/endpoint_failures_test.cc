// Failures of endpoints and of whole function types (design D6).
#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

TEST_CASE("R18 an endpoint that is down parks nothing, however long", "[engine]") {
    EngineBed bed(with_policy(OnPoison::dead_letter, 1));
    for (int i = 0; i < 50; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    std::size_t calls = 0;
    for (int second = 0; second < 1'000; ++second) {
        while (!bed.calls.empty()) {
            ++calls;
            bed.fail(FailureKind::down, "connection refused");
        }
        bed.advance(seconds(1));
    }
    CHECK(calls < 1'000);
    CHECK(bed.core->stats().dead_letters == 0);
    CHECK(waiting(bed, WaitReason::parked) == 0);
    CHECK(
        waiting(bed, WaitReason::endpoint_down) + waiting(bed, WaitReason::backoff) +
            waiting(bed, WaitReason::in_flight) ==
        50
    );
    bed.advance(seconds(3));
    bed.run([](const Asked&) { return done(); });
    for (int i = 0; i < 20; ++i) {
        bed.advance(seconds(1));
        bed.run([](const Asked&) { return done(); });
    }
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE("R18 a cold endpoint that comes back is met gently", "[engine]") {
    EngineBed bed;
    for (int i = 0; i < 5'000; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    CHECK(bed.calls.size() <= 64);
    for (int i = 0; i < 40; ++i) {
        while (!bed.calls.empty()) {
            bed.fail(FailureKind::down, "connection refused");
        }
        bed.advance(seconds(1));
    }
    while (bed.calls.empty()) {
        bed.advance(milliseconds(10));
    }
    CHECK(bed.calls.size() == 1);
    std::size_t most = 0;
    for (int i = 0; i < 100; ++i) {
        most = std::max(most, bed.calls.size());
        for (std::size_t n = bed.calls.size(); n > 0; --n) {
            bed.answer(done());
        }
        bed.sync();
        bed.advance(milliseconds(10));
    }
    CHECK(most >= 2);
    CHECK(most <= 16);
}

TEST_CASE(
    "a type that fails for everybody parks nothing and leaves its siblings alone",
    "[engine][hazard-23]"
) {
    EngineBed bed(with_policy(OnPoison::park, 2));
    for (int i = 0; i < 200; ++i) {
        bed.send("bad", std::to_string(i), "x");
    }
    std::size_t bad_calls = 0;
    std::size_t good_calls = 0;
    auto serve = [&] {
        while (!bed.calls.empty()) {
            bool is_bad = bed.calls[0].call.target.type.name == "bad";
            ++(is_bad ? bad_calls : good_calls);
            is_bad ? bed.fail_with(0, refused()) : bed.answer(done());
        }
        bed.sync();
    };
    for (int second = 0; second < 600; ++second) {
        bed.send("good", std::to_string(second), "x");
        serve();
        bed.advance(seconds(1));
    }
    CHECK(good_calls == 600);
    CHECK(bad_calls < 800);
    CHECK(waiting(bed, WaitReason::parked) == 0);
    CHECK(waiting(bed, WaitReason::type_down) > 150);
    // The next deployment is good.
    std::size_t left = bed.core->stats().waiting_messages;
    CHECK(left == 200);
    for (int second = 0; second < 60; ++second) {
        bed.run([](const Asked&) { return done(); });
        bed.advance(seconds(1));
    }
    CHECK(bed.core->stats().waiting_messages == 0);
    CHECK(bed.core->stuck_entities() == 0);
}

TEST_CASE("a batch that crashes the function again and again is searched", "[engine][D6]") {
    EngineBed bed(with_policy(OnPoison::dead_letter));
    std::vector<std::string> applied;
    queue(bed, "a", {"1", "2", "crash", "4"});
    for (int second = 0; second < 300; ++second) {
        if (second % 2 == 0) {
            bed.send("f", "other", "x");
        }
        while (!bed.calls.empty()) {
            auto texts = bed.calls[0].arguments();
            if (std::find(texts.begin(), texts.end(), "crash") != texts.end()) {
                bed.fail_with(0, cut_off());
                continue;
            }
            if (bed.calls[0].call.target.id == "a") {
                applied.insert(applied.end(), texts.begin(), texts.end());
            }
            bed.answer(done());
        }
        bed.sync();
        bed.advance(seconds(1));
    }
    CHECK(applied == std::vector<std::string>{"1", "2", "4"});
    CHECK(bed.core->stats().dead_letters == 1);
}

TEST_CASE("a batch that is cut off while nothing else succeeds is only repeated", "[engine][D6]") {
    EngineBed bed(with_policy(OnPoison::dead_letter, 1));
    queue(bed, "a", {"1", "2"});
    for (int second = 0; second < 600; ++second) {
        while (!bed.calls.empty()) {
            CHECK(bed.calls[0].arguments() == std::vector<std::string>{"1", "2"});
            bed.fail_with(0, cut_off());
        }
        bed.advance(seconds(1));
    }
    CHECK(bed.core->stats().dead_letters == 0);
}

TEST_CASE("R03 a batch that gets 503 is repeated as it was, and never parks", "[engine]") {
    EngineBed bed(with_policy(OnPoison::park, 1));
    queue(bed, "a", {"1", "2"});
    for (int second = 0; second < 300; ++second) {
        bed.send("f", "a", "later");
        bed.send("f", "other", "x");
        for (std::size_t i = bed.calls.size(); i > 0; --i) {
            bool is_other = bed.calls[i - 1].call.target.id == "other";
            if (is_other) {
                bed.answer(i - 1, done());
                continue;
            }
            CHECK(bed.calls[i - 1].arguments() == std::vector<std::string>{"1", "2"});
            bed.fail_with(i - 1, answer_of(502, FailureKind::down));
        }
        bed.advance(seconds(1));
    }
    CHECK(waiting(bed, WaitReason::parked) == 0);
    CHECK(bed.entity("f", "a")->failing->note.attempts == 0);
}

TEST_CASE("R20 no call starts before the time of Retry-After", "[engine]") {
    EngineBed bed;
    for (int i = 0; i < 10; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    CallFailed busy = answer_of(429, FailureKind::down);
    busy.overloaded = true;
    busy.retry_after = milliseconds(2'000);
    while (!bed.calls.empty()) {
        bed.fail_with(0, busy);
    }
    // Many of them: it is the endpoint that is busy, so nobody calls.
    bed.send("f", "new", "x");
    // The answer came within this millisecond, not at its start.
    bed.advance(milliseconds(2'000));
    CHECK(bed.calls.empty());
    bed.advance(milliseconds(5'000));
    CHECK_FALSE(bed.calls.empty());
}

TEST_CASE("R20 one entity that is told to come later does not hold up the others", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    CallFailed busy = answer_of(429, FailureKind::down);
    busy.overloaded = true;
    busy.retry_after = minutes(10);
    bed.fail_with(0, busy);
    bed.send("f", "b", "x");
    REQUIRE(bed.calls.size() == 1);
    bed.answer(done());
    bed.advance(minutes(9));
    CHECK(bed.calls.empty());
    bed.advance(minutes(1) + milliseconds(1));
    CHECK(bed.calls.size() == 1);
}

TEST_CASE("R11 413 halves the batch at once and the size is remembered", "[engine]") {
    int status = GENERATE(413, 400, 500);
    EngineBed bed;
    std::string text(8 * 1024, 'x');
    queue(bed, "a", std::vector<std::string>(300, text));
    std::size_t refusals = 0;
    std::size_t applied = 0;
    auto serve = [&] {
        while (!bed.calls.empty()) {
            if (bed.calls[0].call.body.size > kMiB) {
                ++refusals;
                auto kind = status == 413 ? FailureKind::too_large : FailureKind::rejected;
                bed.fail_with(0, answer_of(status, kind));
            } else {
                applied += bed.calls[0].arguments().size();
                bed.answer(done());
            }
        }
    };
    serve();
    CHECK(applied == 300);
    CHECK(refusals <= 4);
    queue(bed, "b", std::vector<std::string>(300, text));
    serve();
    CHECK(applied == 600);
    CHECK(refusals <= 4);
    if (status == 413) {
        bed.send("f", "a", std::string(2 * kMiB, 'x'));
        for (int second = 0; second < 60; ++second) {
            bed.send("f", "b", "neighbour");
            serve();
            bed.sync();
            bed.advance(seconds(1));
        }
        REQUIRE(bed.entity("f", "a")->waits == WaitReason::parked);
        const std::string& error = bed.error_of("f", "a");
        CHECK(error.find("413") != std::string::npos);
        CHECK(error.find("; the request had 2097") != std::string::npos);
        CHECK(error.find("(state 0, message 2097") != std::string::npos);
    }
}

TEST_CASE("who waits for an endpoint that is down says so, in memory or not", "[engine]") {
    bool has_memory = GENERATE(true, false);
    engine::EngineOptions options;
    if (!has_memory) {
        options.memory_budget_bytes = 1;
    }
    EngineBed bed(options);
    for (int i = 0; i < 200; ++i) {
        bed.send("f", std::to_string(i), "x");
        bed.sync();
    }
    while (!bed.calls.empty()) {
        bed.fail(FailureKind::down, "connection refused");
    }
    bed.sync();
    bed.send("f", "new", "x");
    bed.sync();
    WaiterId page = ask(bed, "new");
    CHECK(shows(told(bed, page), "\"status\":\"endpoint_down\""));
    CHECK(shows(told(bed, page), "Its endpoint does not answer; it is tried again in"));
    CHECK(waiting(bed, WaitReason::loading) == 0);
    CHECK(waiting(bed, WaitReason::ready) == 0);
}
