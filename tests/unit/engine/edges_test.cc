// What enters: idempotency and refusals.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

TEST_CASE(
    "a repeat with the same key is the same message, told when the first is durable",
    "[engine][hazard-13]"
) {
    EngineBed bed;
    auto first = bed.send_keyed("a", "x", "key", 1);
    auto repeat = bed.send_keyed("a", "x", "key", 1);
    CHECK_FALSE(bed.answered(repeat));
    bed.sync();
    REQUIRE(bed.answer_of<engine::Accepted>(repeat) != nullptr);
    CHECK(
        bed.answer_of<engine::Accepted>(repeat)->message_id.view() ==
        bed.answer_of<engine::Accepted>(first)->message_id.view()
    );
    CHECK(bed.core->stats().accepted == 1);
}

TEST_CASE("a key is claimed before its mark is looked up", "[engine]") {
    EngineBed bed;
    bed.hold_reads = true;
    auto first = bed.send_keyed("a", "x", "key", 1);
    auto repeat = bed.send_keyed("a", "x", "key", 1);
    auto other = bed.send_keyed("a", "y", "key", 2);
    bed.hold_reads = false;
    bed.answer_reads();
    bed.sync();
    CHECK(bed.answer_of<engine::Accepted>(first) != nullptr);
    CHECK(bed.answer_of<engine::Accepted>(repeat) != nullptr);
    REQUIRE(bed.answer_of<engine::Refused>(other) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(other)->problem.code == Errc::key_reused);
    CHECK(bed.core->stats().accepted == 1);
}

TEST_CASE("a key counts per target and after a restart", "[engine]") {
    EngineBed bed;
    auto first = bed.send_keyed("a", "x", "key", 1);
    bed.send_keyed("b", "x", "key", 1);
    bed.sync();
    auto id = bed.answer_of<engine::Accepted>(first)->message_id.text();
    CHECK(bed.core->stats().accepted == 2);
    bed.crash();
    auto repeat = bed.send_keyed("a", "x", "key", 1);
    REQUIRE(bed.answer_of<engine::Accepted>(repeat) != nullptr);
    CHECK(bed.answer_of<engine::Accepted>(repeat)->message_id.text() == id);
    CHECK(bed.core->stats().accepted == 0);
}

TEST_CASE("a mark leaves after a day, the key then counts anew", "[engine]") {
    EngineBed bed;
    bed.send_keyed("a", "x", "key", 1);
    bed.sync();
    bed.advance(std::chrono::hours(26));
    for (int i = 0; i < 1000; ++i) {
        bed.advance(std::chrono::milliseconds(50));
        bed.sync();
    }
    std::uint64_t marks = bed.core->partition(partition_of("a", 128)).counters.marks_kept;
    CHECK(marks == 0);
    bed.send_keyed("a", "x", "key", 1);
    CHECK(bed.core->stats().accepted == 2);
}

TEST_CASE("what can't be routed is refused and changes nothing", "[engine]") {
    EngineBed bed;
    auto arrived = [&](const Address& target) {
        TypedValue value{"t/text", true, "x"};
        WaiterId waiter{5000 + bed.answers.size()};
        engine::MessageArrived event;
        event.waiter = waiter;
        event.target = target;
        event.stored = make_message(0, nullptr, value);
        bed.core->on(std::move(event));
        return bed.answer_of<engine::Refused>(waiter)->problem.code;
    };
    CHECK(arrived({{"ghost", "f"}, "a"}) == Errc::unknown_function);
    CHECK(arrived({{"io.statefun.gateway", "call"}, "a"}) == Errc::reserved_type);
    CHECK(arrived({{"t", "f"}, "\xff"}) == Errc::bad_id);
    CHECK(bed.group.empty());
    bed.core->on(engine::StopStarting{});
    CHECK(arrived({{"t", "f"}, "a"}) == Errc::shutting_down);
}
