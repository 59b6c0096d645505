// Large requests and answers, and the gates that they pass (design D4, hazards 25, 26 and 32).
#include "gateway/engine/request_gate.h"
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace sfg::test {

namespace {

// A gate for two requests of 2 MiB.
engine::EngineOptions narrow_gate() {
    engine::EngineOptions options;
    options.large_requests_bytes = 5 * kMiB;
    options.memory_budget_bytes = 256 * kMiB;
    options.commit_queue_bytes_max = 256 * kMiB;
    return options;
}

// Answers the oldest call with an empty result that holds memory of its driver.
std::weak_ptr<const int> answer_holding(EngineBed& bed) {
    Asked asked = std::move(bed.calls.front());
    bed.calls.pop_front();
    auto held = std::make_shared<const int>(1);
    engine::ResponseArrived event{asked.call.epoch, asked.call.id, InvocationResult{}};
    event.hold = held;
    bed.core->on(std::move(event));
    return held;
}

}  // namespace

TEST_CASE("large requests start as far as their gate is wide, in their order", "[gates]") {
    EngineBed bed(narrow_gate());
    std::string large(2 * kMiB, 'x');
    for (int i = 0; i < 6; ++i) {
        bed.send("f", "large" + std::to_string(i), large);
    }
    REQUIRE(bed.calls.size() == 2);
    // Small ones pass by, of the same endpoint and of another one.
    bed.send("f", "small", "x");
    bed.send_to({{"u", "g"}, "other"}, "x");
    CHECK(bed.calls.size() == 4);
    std::vector<std::string> order;
    bed.run([&](const Asked& asked) {
        order.push_back(asked.call.target.id);
        return done();
    });
    std::erase_if(order, [](const std::string& id) { return !id.starts_with("large"); });
    CHECK(
        order ==
        std::vector<std::string>{"large0", "large1", "large2", "large3", "large4", "large5"}
    );
    CHECK(bed.core->stuck_entities() == 0);
}

TEST_CASE("a request that is larger than the gate passes alone", "[gates]") {
    EngineBed bed(narrow_gate());
    bed.send("f", "huge", std::string(9 * kMiB, 'x'));
    bed.send("f", "large", std::string(2 * kMiB, 'x'));
    CHECK(bed.calls.size() == 1);
    int calls = 0;
    bed.run([&](const Asked&) {
        ++calls;
        return done();
    });
    CHECK(calls == 2);
}

TEST_CASE("a failed call gives the request gate back", "[gates]") {
    EngineBed bed(narrow_gate());
    std::string large(2 * kMiB, 'x');
    for (int i = 0; i < 4; ++i) {
        bed.send("f", "large" + std::to_string(i), large);
    }
    bed.fail(engine::FailureKind::rejected, "500");
    CHECK(bed.calls.size() == 2);
    bed.fail(engine::FailureKind::rejected, "500");
    CHECK(bed.calls.size() == 2);
    bed.core->on(engine::PartitionReleased{partition_of("large2", bed.options.partitions)});
    bed.advance(std::chrono::milliseconds(200));
    CHECK(bed.calls.size() == 2);
}

TEST_CASE("what is held for an answer is free when its commit is durable", "[gates]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    bed.sync();
    auto held = answer_holding(bed);
    CHECK_FALSE(held.expired());
    bed.write_group();
    CHECK_FALSE(held.expired());
    bed.notice_durable();
    CHECK(held.expired());
}

TEST_CASE("what is held for an answer that is not applied is free at once", "[gates]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    bed.sync();
    Asked asked = bed.calls.front();
    bed.calls.clear();
    auto held = std::make_shared<const int>(1);
    std::weak_ptr<const int> seen = held;
    engine::ResponseArrived event{asked.call.epoch, asked.call.id, ResponseError{"nonsense"}};
    event.hold = std::move(held);
    bed.core->on(std::move(event));
    CHECK(seen.expired());
}

TEST_CASE("a reset gives back what was held", "[gates]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    bed.sync();
    auto held = answer_holding(bed);
    REQUIRE_FALSE(held.expired());
    bed.group.clear();
    bed.core->on(engine::Reset{CommitNumber{1'000'000}, CommitNumber{9'000'000}});
    CHECK(held.expired());
}

TEST_CASE("the door hears when a large call's message is durable, before its reply", "[gates]") {
    EngineBed bed;
    auto waiter = bed.call("f", "a", std::string(2 * kMiB, 'x'));
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    REQUIRE(bed.answer_of<engine::Stored>(waiter) != nullptr);
    bed.answers.clear();
    auto response = done();
    reply(response, bed.calls.front(), 0, "hi");
    bed.answer(response);
    bed.sync();
    CHECK(bed.answer_of<engine::Reply>(waiter) != nullptr);
    // A small one takes nothing of the gate.
    auto small = bed.call("f", "b", "x");
    bed.sync();
    CHECK_FALSE(bed.answered(small));
}

}  // namespace sfg::test
