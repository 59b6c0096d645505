// Registration: what a function declares is learnt, also anew, and never for ever.
#include "tests/unit/engine/expiring_function.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>

using namespace sfg;
using namespace sfg::test;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

// A version of a function that counts its calls in each of the states that it declares, as an SDK
// does: what it declares and was not sent makes the answer incomplete.
wire::FromFunction version(const Asked& asked, const std::vector<std::string>& declared) {
    std::map<std::string, std::optional<std::string>> sent;
    for (const auto& state : asked.batch.state()) {
        sent[state.state_name()] = asked.state(state.state_name());
    }
    wire::FromFunction incomplete;
    auto response = done();
    for (const std::string& name : declared) {
        if (!sent.contains(name)) {
            add_missing(incomplete, name, ExpireMode::none, 0);
            continue;
        }
        int count = sent[name] ? std::stoi(*sent[name]) : 0;
        set_state(response, name, std::to_string(count + asked.batch.invocations_size()));
    }
    return incomplete.has_incomplete_invocation_context() ? incomplete : response;
}

std::size_t incompletes(EngineBed& bed) {
    std::size_t sum = 0;
    bed.core->for_each_function([&](const engine::FunctionType& type) {
        sum += type.stats.incomplete;
    });
    return sum;
}

}  // namespace

TEST_CASE(
    "R40 a restart with ten thousand entities brings one incomplete answer per type, a new state "
    "at most one per entity",
    "[engine]"
) {
    EngineBed bed;
    bed.send("f", "teacher", "x");
    bed.run([](const Asked& asked) { return version(asked, {"a"}); });
    for (int i = 0; i < 10'000; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    bed.sync();
    bed.crash();
    std::set<std::string> seen;
    std::vector<std::string> declared = {"a"};
    std::size_t calls = 0;
    auto function = [&](const Asked& asked) {
        ++calls;
        seen.insert(asked.call.target.id);
        return version(asked, declared);
    };
    SECTION("nothing has changed") {
        bed.run(function);
        CHECK(incompletes(bed) == 1);
        CHECK(calls == 10'001);
    }
    SECTION("a new state is declared in the middle") {
        while (seen.size() < 5'000) {
            bed.answer(function(bed.calls.front()));
            bed.sync();
        }
        declared = {"a", "b"};
        std::size_t in_flight = bed.calls.size();
        bed.run(function);
        CHECK(incompletes(bed) <= 1 + in_flight);
    }
    CHECK(bed.core->stats().waiting_messages == 0);
    CHECK(seen.size() == 10'000);
}

TEST_CASE(
    "two versions that take turns lose nothing and cause no storm",
    "[engine][checklist-32]"
) {
    EngineBed bed;
    int calls = 0;
    auto alternating = [&](const Asked& asked) {
        bool old = ++calls % 2 == 0;
        return old ? version(asked, {"a"}) : version(asked, {"a", "b"});
    };
    for (int round = 0; round < 20; ++round) {
        for (int id = 0; id < 19; ++id) {
            bed.send("f", std::to_string(id), "x");
        }
        bed.run(alternating);
    }
    CHECK(bed.core->stats().waiting_messages == 0);
    CHECK(calls <= 20 * 19 + 2 * 19);
    bed.crash();
    bed.send("f", "7", "x");
    bed.run([&](const Asked& asked) {
        auto response = version(asked, {"a", "b"});
        if (response.has_invocation_result()) {
            CHECK(asked.state("a") == "20");
            CHECK(std::stoi(asked.state("b").value_or("0")) > 0);
        }
        return response;
    });
}

TEST_CASE(
    "what is declared is asked again after an outage and every ten minutes",
    "[engine][hazard-31]"
) {
    ExpiringFunction f(ExpireMode::after_write, 1'000'000);
    f.write("a", "1");
    f.declares(ExpireMode::after_write, 5'000);
    SECTION("after an outage") {
        f.bed.send("f", "b", "x");
        f.bed.fail(engine::FailureKind::down, "connection refused");
        f.bed.advance(seconds(1));
        f.through_canary();
        f.bed.answer(done());
    }
    SECTION("after an outage that only calls of another type met") {
        f.bed.send("g", "a", "x");
        for (int failures = 0; failures < 5; ++failures) {
            while (!f.bed.calls.empty()) {
                f.bed.fail(engine::FailureKind::down, "connection refused");
            }
            f.bed.advance(seconds(5));
        }
        f.bed.run([](const Asked&) { return done(); });
        f.read("b");
    }
    SECTION("after a while") {
        f.bed.advance(engine::kCanaryEvery);
        f.read("b");
    }
    REQUIRE_FALSE(f.bed.notices.empty());
    CHECK(f.bed.notices.back().find("expires 5000 ms after the last write") != std::string::npos);
    f.bed.advance(seconds(6));
    CHECK(f.read("a") == std::nullopt);
}

TEST_CASE("nobody waits for the canary but its own entity", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    f.bed.crash();
    f.bed.send("f", "slow", "x");
    f.bed.send("f", "a", "x");
    REQUIRE(f.bed.calls.size() == 2);
    CHECK(f.bed.calls[0].batch.state_size() == 0);
    CHECK(f.bed.calls[1].state("n") == "1");
}

TEST_CASE("a result that was computed without the states does not count", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    f.bed.crash();
    f.bed.send("f", "a", "x");
    REQUIRE(f.bed.calls[0].batch.state_size() == 0);
    auto blind = done();
    send(blind, "g", "b", "computed from nothing");
    f.bed.answer(blind);
    CHECK(f.bed.entity("g", "b") == nullptr);
    REQUIRE(f.bed.calls.size() == 1);
    CHECK(f.bed.calls[0].state("n") == "1");
}

TEST_CASE(
    "answers that stay incomplete end in a pause with a clear error",
    "[engine][checklist-33]"
) {
    EngineBed bed;
    bed.send("f", "a", "x");
    int calls = 0;
    std::string expected;
    auto exhaust = [&](auto&& answer) {
        while (!bed.calls.empty()) {
            REQUIRE(++calls < 100);
            bed.answer(answer());
        }
    };
    SECTION("with nothing named") {
        expected = "though every state it named was sent";
        exhaust([] {
            wire::FromFunction empty;
            empty.mutable_incomplete_invocation_context();
            return empty;
        });
        CHECK(calls == 4);
    }
    SECTION("with a name that was sent") {
        expected = "though every state it named was sent";
        exhaust([] { return missing("n", "t/number"); });
        CHECK(calls == 4);
    }
    SECTION("with new names for ever") {
        expected = "each time with new names";
        exhaust([&] { return missing("n" + std::to_string(calls), "t/number"); });
    }
    CHECK(bed.entity("f", "a")->waits == engine::WaitReason::backoff);
    CHECK(bed.error_of("f", "a").find(expected) != std::string::npos);
    CHECK(bed.core->stats().waiting_messages == 1);
}

TEST_CASE("a function that stumbles over a value of another type is told the way out", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    f.bed.send("f", "a", "x");
    int asked = 0;
    int refused = 0;
    auto serve = [&] {
        while (!f.bed.calls.empty()) {
            if (f.bed.calls[0].batch.state_size() == 0) {
                ++asked;
                f.bed.answer(missing("n", "t/other"));
            } else {
                ++refused;
                f.bed.fail(engine::FailureKind::rejected, "http://f/ answered 500");
            }
        }
    };
    auto parked = [&] {
        return f.bed.entity("f", "a")->waits == engine::WaitReason::parked;
    };
    for (int i = 0; i < 100 && !parked(); ++i) {
        serve();
        f.bed.advance(seconds(1));
    }
    REQUIRE(parked());
    CHECK(asked == 1);
    CHECK(refused > 1);
    const std::string& error = f.bed.error_of("f", "a");
    CHECK(error.find("is declared as t/other, but is stored as t/number") != std::string::npos);
    CHECK(error.find("use another name for the new type") != std::string::npos);
    CHECK(error.find("answered 500") != std::string::npos);
}

TEST_CASE("a changed type of a state stops that function only", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.bed.crash();
    f.bed.send("f", "a", "x");
    f.bed.answer(missing("n", "t/other"));
    CHECK(f.bed.error_of("f", "a").find("use another name") != std::string::npos);
    f.bed.send("g", "a", "x");
    f.bed.run([](const Asked& asked) { return version(asked, {"n"}); });
    CHECK(f.bed.core->stats().waiting_messages == 1);
}
