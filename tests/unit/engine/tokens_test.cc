// Cancelling delayed messages: what a token does, and what comes first.
#include "gateway/engine/calls.h"
#include "gateway/engine/timers.h"
#include "tests/unit/engine/timer_turns.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;
using std::chrono::milliseconds;

TEST_CASE("R46 a cancelled message is never delivered", "[engine][timers][semantics-47]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", 100, "T"));
    bool durable = GENERATE(false, true);
    if (durable) {
        bed.sync();
    }
    bool restart = durable && GENERATE(false, true);
    if (restart) {
        bed.crash();
    }
    turn_of(bed, "a", cancelled("T"));
    bed.advance(milliseconds(1000));
    CHECK(bed.calls.empty());
    CHECK(bed.core->stats().timers_pending == 0);
    CHECK(bed.core->stats().timers_cancelled == 1);
    bed.sync();
    CHECK(bed.rows(storage::Table::timer).empty());
    CHECK(bed.rows(storage::Table::token).empty());
    bed.crash();
    bed.advance(milliseconds(1000));
    CHECK(bed.calls.empty());
}

TEST_CASE("R46 a crash undoes a cancel that was not durable", "[engine][timers]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", 100, "T"));
    bed.sync();
    turn_of(bed, "a", cancelled("T"));
    bed.crash();
    bed.advance(milliseconds(100));
    CHECK(deliveries(bed) == Texts{"x"});
}

TEST_CASE("cancelling what is unknown, fired or cancelled does nothing", "[engine][timers]") {
    EngineBed bed;
    turn_of(bed, "a", cancelled("T"));
    turn_of(bed, "a", delayed("b", "x", 100, "T"));
    bed.advance(milliseconds(100));
    bed.answer(done());
    turn_of(bed, "a", cancelled("T"));
    turn_of(bed, "a", cancelled("T"));
    CHECK(bed.core->stats().timers_cancelled == 0);
    CHECK(bed.core->stats().timers_fired == 1);
    CHECK_FALSE(bed.entity("f", "a")->failing);
}

TEST_CASE("a token is the sender's own", "[engine][timers][semantics-49]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("c", "from a", 100, "T"));
    turn_of(bed, "b", cancelled("T"));
    bed.send("g", "a", "go");
    bed.answer(cancelled("T"));
    turn_of(bed, "b", delayed("c", "from b", 200, "T"));
    turn_of(bed, "b", cancelled("T"));
    bed.advance(milliseconds(1000));
    CHECK(deliveries(bed) == Texts{"from a"});
}

TEST_CASE("a token is free again when its message was delivered or cancelled", "[engine][timers]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "1", 100, "T"));
    bed.advance(milliseconds(100));
    CHECK(deliveries(bed) == Texts{"1"});
    turn_of(bed, "a", delayed("b", "2", 100, "T"));
    turn_of(bed, "a", cancelled("T"));
    turn_of(bed, "a", delayed("b", "3", 100, "T"));
    bed.sync();
    bed.crash();
    bed.advance(milliseconds(100));
    CHECK(deliveries(bed) == Texts{"3"});
}

TEST_CASE(
    "sends and cancels of one response count in their order",
    "[engine][timers][semantics-52]"
) {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "old", 100, "R"));
    auto response = done();
    send_after(response, "b", "undone", 100, "T");
    cancel(response, "T");
    cancel(response, "R");
    send_after(response, "b", "new", 100, "R");
    send_after(response, "b", "twice", 100, "U");
    cancel(response, "U");
    send_after(response, "b", "kept", 100, "U");
    turn_of(bed, "a", response);
    bed.sync();
    CHECK(bed.rows(storage::Table::timer).size() == 2);
    CHECK(bed.rows(storage::Table::token).size() == 2);
    bool restart = GENERATE(false, true);
    if (restart) {
        bed.crash();
    }
    bed.advance(milliseconds(100));
    CHECK(deliveries(bed) == Texts{"new", "kept"});
    bed.sync();
    CHECK(bed.rows(storage::Table::token).empty());
}

TEST_CASE(
    "a delayed message that was armed and fired in one group leaves no trace",
    "[engine][timers][hazard-19]"
) {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", 5, "T"));
    bed.advance(milliseconds(5));
    CHECK(deliveries(bed) == Texts{"x"});
    bed.sync();
    CHECK(bed.rows(storage::Table::timer).empty());
    CHECK(bed.rows(storage::Table::token).empty());
    CHECK(bed.rows(storage::Table::message).empty());
}

TEST_CASE(
    "a timer that fires while its token is being looked up is not cancelled as well",
    "[engine][timers][hazard-15]"
) {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", 100, "T"));
    bed.sync();
    bed.crash();  // The token is only on disk now.
    bed.send("f", "a", "go");
    REQUIRE(bed.calls.size() == 1);
    bed.hold_reads = true;
    auto response = cancelled("T");
    bool arms_again = GENERATE(false, true);
    if (arms_again) {
        response = delayed("b", "again", 100, "T");
    }
    bed.answer(response);
    REQUIRE(bed.reads.size() == 1);
    bed.advance(milliseconds(100));
    CHECK(bed.core->stats().timers_fired == 1);
    bed.hold_reads = false;
    bed.answer_reads();
    CHECK(bed.core->stats().timers_cancelled == 0);
    CHECK(deliveries(bed) == Texts{"x"});
    bed.advance(milliseconds(100));
    CHECK(deliveries(bed) == (arms_again ? Texts{"again"} : Texts{}));
    CHECK(bed.core->stats().timers_pending == 0);
    bed.sync();
    CHECK(bed.rows(storage::Table::token).empty());
}

TEST_CASE("a late answer of an abandoned call cancels nothing", "[engine][timers][hazard-20]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", 100, "T"));
    bed.send("f", "a", "go");
    Asked late = bed.calls.front();
    bed.fail(engine::FailureKind::down, "refused");
    auto bytes = cancelled("T").SerializeAsString();
    bed.core->on(engine::ResponseArrived{
        late.call.epoch, late.call.id, parse_response(late.call.target, late.call.home, bytes)
    });
    bed.advance(milliseconds(100));
    CHECK(bed.core->stats().timers_fired == 1);
}

TEST_CASE(
    "tokens that are known stay in memory while another one is looked up",
    "[engine][timers][hazard-15]"
) {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "on disk", 100, "U"));
    bed.sync();
    bed.crash();
    turn_of(bed, "a", delayed("b", "in memory", 100, "T"));
    bed.send("f", "a", "go");
    bed.hold_reads = true;
    auto response = done();
    cancel(response, "T");
    cancel(response, "U");
    bed.answer(response);
    bed.sync();  // The store could tell of T from here on.
    bed.hold_reads = false;
    bed.answer_reads();
    CHECK(bed.core->stats().timers_cancelled == 2);
    bed.advance(milliseconds(100));
    CHECK(bed.calls.empty());
}

TEST_CASE(
    "a partition goes while a response of it waits for its tokens",
    "[engine][timers][invariant-5]"
) {
    bool tokens_known = GENERATE(false, true);
    engine::EngineOptions options;
    options.partitions = 4;
    EngineBed bed(options);
    PartitionId mine = partition_of("a", 4);
    auto response = cancelled("T");
    send_after(response, "a", "x", 100, "T");
    if (tokens_known) {
        turn_of(bed, "a", delayed("a", "before", kDayMs, "T"));
        // Then it waits for the record of this call.
        send(
            response,
            {engine::call_type(), message_id(bed.store->identity().id, {CommitNumber{7}, 0})},
            "re"
        );
    }
    bed.send("f", "a", "go");
    bed.hold_reads = true;
    bed.answer(response);
    REQUIRE_FALSE(bed.reads.empty());
    bed.core->on(engine::PartitionReleased{mine});
    bed.hold_reads = false;
    bed.answer_reads();
    bed.sync();
    CHECK(bed.releases == std::vector<PartitionId>{mine});
    bed.core->on(engine::PartitionAcquired{mine});
    bed.answer_reads();
    REQUIRE(bed.calls.size() == 1);  // What was not applied is asked again.
    bed.answer(response);
    bed.advance(milliseconds(100));
    CHECK(deliveries(bed) == Texts{"x"});
}
