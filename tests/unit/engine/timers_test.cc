// Delayed messages: when they are delivered, and when not.
#include "gateway/engine/timers.h"

#include "tests/unit/engine/timer_turns.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace sfg;
using namespace sfg::test;
using std::chrono::milliseconds;

TEST_CASE("a delayed message comes when it is due, from its sender", "[engine][timers]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "later", 500));
    CHECK(bed.core->stats().timers_pending == 1);
    bed.advance(milliseconds(499));
    CHECK(bed.calls.empty());
    CHECK(bed.wake == bed.now + milliseconds(1));
    bed.advance(milliseconds(1));
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == Texts{"later"});
    CHECK(bed.calls[0].call.target.id == "b");
    CHECK(bed.calls[0].batch.invocations(0).caller().id() == "a");
    CHECK(bed.core->stats().timers_pending == 0);
    CHECK(bed.core->stats().timers_fired == 1);
}

TEST_CASE("a delay of 0 is delivered, but not at once", "[engine][timers][semantics-44]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("a", "now", 0));
    CHECK(bed.calls.empty());
    CHECK(bed.ticks_at_once());
    bed.advance(milliseconds(0));
    CHECK(deliveries(bed) == Texts{"now"});
}

TEST_CASE("what a delayed message may not be is an error of its turn", "[engine][timers]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "first", 1000, "T"));
    wire::FromFunction response = done();
    std::string reason;
    SECTION("a negative delay") {
        send_after(response, "b", "x", -1);
        reason = "-1 ms is negative";
    }
    SECTION("a delay that overflows") {
        send_after(response, "b", "x", std::numeric_limits<std::int64_t>::max());
        reason = "ms is too long";
    }
    SECTION("a cancellation without token") {
        cancel(response, "");
        reason = "empty token";
    }
    SECTION("a token that is pending") {
        send_after(response, "b", "x", 5, "T");
        reason = "still pending";
    }
    SECTION("a token that this response uses twice") {
        send_after(response, "b", "x", 5, "U");
        send_after(response, "b", "x", 5, "U");
        reason = "still pending";
    }
    SECTION("a token that is too long") {
        send_after(response, "b", "x", 5, std::string(kTokenBytesMax + 1, 't'));
        reason = "bytes, at most";
    }
    SECTION("a target without a type") {
        send_after(response, "b", "x", 5);
        response.mutable_invocation_result()->mutable_delayed_invocations(0)->clear_target();
        reason = "no valid target";
    }
    send_after(response, "b", "never", 0);
    set_state(response, "n", "1");
    response.mutable_invocation_result()->clear_state_mutations();
    turn_of(bed, "a", response);
    CHECK(bed.notices.back().find(reason) != std::string::npos);
    CHECK(bed.core->stats().timers_pending == 1);
    bed.advance(milliseconds(1));
    CHECK(bed.calls.empty());  // Nothing of the response counts; the call is repeated later.
    CHECK(bed.entity("f", "a")->waiting == 1);
}

TEST_CASE("sixty days and ten years are exact", "[engine][timers]") {
    auto days = GENERATE(60, 3653);
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", days * kDayMs));
    bed.sync();
    bed.advance(milliseconds(days * kDayMs - 1));
    bed.crash();
    bed.advance(milliseconds(0));
    CHECK(bed.calls.empty());
    bed.advance(milliseconds(1));
    CHECK(deliveries(bed) == Texts{"x"});
}

TEST_CASE(
    "messages of one sender come in trigger order, ties as they were sent",
    "[engine][timers][semantics-46]"
) {
    EngineBed bed;
    auto response = done();
    send_after(response, "b", "3", 300);
    send_after(response, "b", "1a", 100);
    send_after(response, "b", "2", 200);
    send_after(response, "b", "1b", 100);
    turn_of(bed, "a", response);
    bed.advance(milliseconds(50));
    turn_of(bed, "a", delayed("b", "1c", 50));
    bool crash = GENERATE(false, true);
    if (crash) {
        bed.sync();
        bed.crash();
    }
    bed.advance(milliseconds(1000));
    CHECK(deliveries(bed) == Texts{"1a", "1b", "1c", "2", "3"});
}

TEST_CASE(
    "R42 a delayed message waits like any other while its function fails",
    "[engine][timers]"
) {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", 100));
    bed.sync();
    bed.advance(milliseconds(100));
    bed.fail(engine::FailureKind::down, "refused");
    bed.sync();
    bed.crash();
    REQUIRE(bed.calls.size() == 1);
    bed.fail(engine::FailureKind::rejected, "500");
    bed.advance(std::chrono::seconds(20));
    CHECK(deliveries(bed) == Texts{"x"});
}

TEST_CASE("a delayed reply answers its call when it is due", "[engine][timers]") {
    EngineBed bed;
    auto waiter = bed.call("f", "a", "ask");
    auto response = done();
    auto* message = response.mutable_invocation_result()->add_delayed_invocations();
    *message->mutable_target() = bed.calls[0].batch.invocations(0).caller();
    message->set_delay_in_ms(1000);
    message->mutable_argument()->set_typename_("t/text");
    message->mutable_argument()->set_has_value(true);
    message->mutable_argument()->set_value("answer");
    bed.answer(response);
    bed.sync();
    CHECK_FALSE(bed.answered(waiter));
    SECTION("while its client waits") {
        bed.advance(milliseconds(1000));
        bed.sync();
        const auto* reply = bed.answer_of<engine::Reply>(waiter);
        REQUIRE(reply != nullptr);
        CHECK(decode_typed_value(reply->typed_value.view())->value == "answer");
    }
    SECTION("after a restart, for who asks for it later") {
        auto id = message_id(StoreId{0x1234}, {CommitNumber{1}, 0});
        bed.crash();
        bed.advance(milliseconds(1000));
        bed.sync();
        CHECK(bed.core->stats().late_replies == 0);
        CHECK(bed.core->stats().timers_fired == 1);
        bed.core->on(engine::ReplyAsked{WaiterId{999}, id});
        bed.answer_reads();
        CHECK(bed.answer_of<engine::Reply>(WaiterId{999}) != nullptr);
    }
    CHECK(bed.core->stats().timers_pending == 0);
}

TEST_CASE("a delayed message to a type without endpoint waits for one", "[engine][timers]") {
    EngineBed bed;
    auto response = delayed("b", "x", 100);
    auto* delayed_message = response.mutable_invocation_result()->mutable_delayed_invocations(0);
    delayed_message->mutable_target()->set_namespace_("nobody");
    turn_of(bed, "a", response);
    bed.advance(milliseconds(100));
    CHECK(bed.calls.empty());
    CHECK(bed.core->stats().waiting_messages == 1);
    CHECK(bed.core->stats().timers_fired == 1);
}

TEST_CASE("a message from outside can be delayed", "[engine][timers]") {
    EngineBed bed;
    auto waiter = bed.send_delayed("b", "x", 1000);
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    REQUIRE(bed.answer_of<engine::Accepted>(waiter) != nullptr);
    CHECK(bed.calls.empty());
    bed.crash();
    bed.advance(milliseconds(1000));
    REQUIRE(bed.calls.size() == 1);
    CHECK_FALSE(bed.calls[0].batch.invocations(0).has_caller());
    CHECK(deliveries(bed) == Texts{"x"});
    for (std::int64_t bad : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
        auto refused = bed.send_delayed("b", "x", bad);
        REQUIRE(bed.answer_of<engine::Refused>(refused) != nullptr);
        CHECK(bed.answer_of<engine::Refused>(refused)->problem.code == Errc::bad_parameter);
    }
}

TEST_CASE("a call can't be delayed", "[engine][timers]") {
    EngineBed bed;
    engine::MessageArrived event;
    event.waiter = WaiterId{900};
    event.target = {{"t", "f"}, "a"};
    event.stored = make_message(0, nullptr, {"t/text", true, "x"});
    event.is_call = true;
    event.delay = milliseconds(5);
    bed.core->on(std::move(event));
    REQUIRE(bed.answer_of<engine::Refused>(WaiterId{900}) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(WaiterId{900})->problem.code == Errc::bad_parameter);
}

TEST_CASE("a delayed reply keeps its call's record no longer than others", "[engine][timers]") {
    EngineBed bed;
    auto waiter = bed.call("f", "a", "x");
    std::string id = bed.calls[0].batch.invocations(0).caller().id();
    PartitionId home = partition_of(id, bed.options.partitions);
    auto response = done();
    send_after(response, {engine::call_type(), id}, "late", {500, ""});
    bed.answer(response);
    bed.sync();
    bed.advance(milliseconds(500));
    bed.sync();
    REQUIRE(bed.answer_of<engine::Reply>(waiter) != nullptr);
    CHECK(bed.core->leak().empty());
    REQUIRE(bed.core->partition(home).counters.calls_kept == 1);
    for (int round = 0; round < 2 * int{kPartitions} + 2; ++round) {
        bed.advance(std::chrono::minutes(11));
        bed.sync();
    }
    CHECK(bed.core->partition(home).counters.calls_kept == 0);
}
