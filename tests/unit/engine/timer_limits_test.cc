// Many timers, large ones, crashes, clocks that jump: pace, memory and what is left on disk.
#include "gateway/engine/timers.h"
#include "tests/unit/engine/timer_turns.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;
using std::chrono::milliseconds;

TEST_CASE("R44 overdue messages come in due order, over all senders", "[engine][timers]") {
    EngineBed bed;
    Texts expected;
    for (int i = 0; i < 300; ++i) {
        // Not in the order of their due times.
        int place = i * 7 % 300;
        turn_of(bed, "s" + std::to_string(i), delayed("b", std::to_string(place), 1000 + place));
        expected.push_back(std::to_string(i));
    }
    bed.sync();
    bed.now += milliseconds(3'600'000);
    bed.crash();
    CHECK(bed.calls.empty());
    bed.advance(milliseconds(0));
    CHECK(deliveries(bed) == expected);
    CHECK(bed.core->stats().timers_pending == 0);
    bed.sync();
    CHECK(bed.rows(storage::Table::timer).empty());
}

TEST_CASE(
    "a tick fires a portion, and asks for the next one at once",
    "[engine][timers][hazard-29]"
) {
    EngineBed bed;
    auto response = done();
    for (int i = 0; i < 100; ++i) {
        send_after(response, "b", std::to_string(i), 10);
    }
    turn_of(bed, "a", response);
    bed.now += milliseconds(10);
    bed.core->set_time(bed.now, 1'700'000'000'000 + bed.now.count());
    bed.tick();
    CHECK(bed.core->stats().timers_fired == engine::Timers::kFiredPerTick);
    CHECK(bed.ticks_at_once());
    bed.tick();
    CHECK(bed.core->stats().timers_fired == 2 * engine::Timers::kFiredPerTick);
}

TEST_CASE("no timer starts while the gateway stops or the disk is full", "[engine][timers]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "x", 100));
    SECTION("stopping") {
        bed.core->on(engine::StopStarting{});
        bed.advance(milliseconds(1000));
        CHECK(bed.core->stats().timers_fired == 0);
    }
    SECTION("disk") {
        bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_half_reserve});
        bed.advance(milliseconds(1000));
        CHECK(bed.core->stats().timers_fired == 0);
        bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
        CHECK(bed.ticks_at_once());
        bed.advance(milliseconds(0));
        CHECK(bed.core->stats().timers_fired == 1);
    }
    SECTION("store lost") {
        bed.core->on(engine::StoreLost{});
        bed.advance(milliseconds(1000));
        CHECK(bed.core->stats().timers_fired == 0);
    }
}

TEST_CASE("timers wait for credit, and go on by themselves", "[engine][timers][hazard-25]") {
    engine::EngineOptions options;
    options.commit_queue_bytes_max = 2 * kCallCreditBytes;
    EngineBed bed(options);
    auto response = done();
    for (int i = 0; i < 20; ++i) {
        send_after(response, "b" + std::to_string(i), std::string(10'000, 'x'), 100);
    }
    turn_of(bed, "a", response);
    bed.sync();
    bed.advance(milliseconds(100));
    CHECK(bed.core->stats().timers_fired > 0);
    CHECK(bed.core->stats().timers_fired < 20);
    CHECK(bed.wake > bed.now);
    while (!bed.calls.empty() || !bed.group.empty()) {
        bed.sync();
        if (!bed.calls.empty()) {
            bed.answer(done());
        }
        bed.advance(milliseconds(0));
    }
    CHECK(bed.core->stats().timers_fired == 20);
}

TEST_CASE("timers over the memory budget trickle instead of stopping", "[engine][timers]") {
    engine::EngineOptions options;
    options.memory_budget_bytes = 1;
    EngineBed bed(options);
    auto response = done();
    for (int i = 0; i < 100; ++i) {
        send_after(response, "b" + std::to_string(i), "x", 100);
    }
    turn_of(bed, "a", response);
    bed.send("f", "busy", "x");  // Never answered: it keeps memory charged.
    bed.advance(milliseconds(100));
    CHECK(bed.core->stats().timers_fired == engine::Timers::kFiredPerTick);
    CHECK(bed.wake > bed.now);
    for (int i = 0; i < 3; ++i) {
        bed.advance(milliseconds(100));
    }
    CHECK(bed.core->stats().timers_fired == 100);
}

TEST_CASE("a timer of a partition that is released goes with it", "[engine][timers]") {
    engine::EngineOptions options;
    options.partitions = 4;
    EngineBed bed(options);
    PartitionId mine = partition_of("a", 4);
    turn_of(bed, "a", delayed("a", "x", 100, "T"));
    bed.core->on(engine::PartitionReleased{mine});
    bed.sync();
    CHECK(bed.releases == std::vector<PartitionId>{mine});
    bed.advance(milliseconds(1000));
    CHECK(bed.core->stats().timers_fired == 0);
    CHECK(bed.core->stats().timers_pending == 0);
    bed.core->on(engine::PartitionAcquired{mine});
    bed.answer_reads();
    CHECK(bed.core->stats().timers_pending == 1);
    bed.advance(milliseconds(0));
    CHECK(deliveries(bed) == Texts{"x"});
}

TEST_CASE(
    "a reset keeps the timers that are durable, and no others",
    "[engine][timers][hazard-6]"
) {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "durable", 100, "T"));
    bed.sync();
    turn_of(bed, "a", cancelled("T"));
    turn_of(bed, "a", delayed("b", "undone", 50));
    bed.group.clear();
    bed.core->on(engine::Reset{CommitNumber{1U << 22U}, CommitNumber{1U << 23U}});
    bed.answer_reads();
    CHECK(bed.core->stats().timers_pending == 1);
    bed.advance(milliseconds(100));
    Texts seen = deliveries(bed);
    CHECK(std::count(seen.begin(), seen.end(), "durable") == 1);
    CHECK(std::count(seen.begin(), seen.end(), "undone") == 0);
}

TEST_CASE(
    "a clock that was set back between two starts loses nothing",
    "[engine][timers][hazard-33]"
) {
    EngineBed bed;
    // So many are fired that the row tells a start where to begin.
    auto response = done();
    for (int i = 0; i < 200; ++i) {
        send_after(response, "b", "x", 10);
    }
    turn_of(bed, "a", response);
    bed.advance(milliseconds(10));
    CHECK(deliveries(bed).size() == 200);
    bed.sync();
    bed.now -= milliseconds(5000);
    bed.crash();
    turn_of(bed, "a", delayed("b", "early", 100));
    bed.sync();
    bed.crash();
    bed.advance(milliseconds(200));  // Time that is ahead of the wall runs at half speed.
    CHECK(deliveries(bed) == Texts{"early"});
}

TEST_CASE("R48 a clock that jumps forward fires everything once", "[engine][timers][hazard-33]") {
    EngineBed bed;
    auto response = done();
    for (int i = 0; i < 10'000; ++i) {
        send_after(response, "b", "x", 1000 + i);
    }
    turn_of(bed, "a", response);
    bed.sync();
    bed.now += milliseconds(kDayMs);
    bed.crash();
    bed.advance(milliseconds(0));
    CHECK(deliveries(bed).size() == 10'000);
    bed.sync();
    bed.now -= milliseconds(2 * kDayMs);
    bed.crash();
    bed.advance(milliseconds(3 * kDayMs));
    CHECK(bed.calls.empty());
}

TEST_CASE(
    "R49 re-arming one timer again and again leaves memory and disk flat",
    "[engine][timers]"
) {
    EngineBed bed;
    std::size_t memory = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto response = done();
        cancel(response, "T");
        send_after(response, "b", "x", 60 * kDayMs, "T");
        turn_of(bed, "a", response);
        if (i % 7 == 0) {
            bed.sync();
        }
        if (i == 1'000) {
            memory = bed.core->stats().memory_bytes;
        }
    }
    bed.sync();
    CHECK(bed.core->stats().memory_bytes <= memory + 4096);
    CHECK(bed.rows(storage::Table::timer).size() == 1);
    CHECK(bed.rows(storage::Table::token).size() == 1);
    CHECK(bed.core->stats().timers_pending == 1);
}

TEST_CASE("many pending timers keep a window in memory, and all of them fire", "[engine][timers]") {
    engine::EngineOptions options;
    options.partitions = 4;
    EngineBed bed(options);
    std::size_t sent = 0;
    for (int turn = 0; turn < 20; ++turn) {
        auto response = done();
        for (int i = 0; i < 500; ++i, ++sent) {
            send_after(
                response,
                "b",
                "x",
                1'000'000 - static_cast<std::int64_t>(sent),
                "t" + std::to_string(sent)
            );
        }
        turn_of(bed, "s" + std::to_string(turn), response);
        bed.sync();
    }
    CHECK(bed.core->stats().timers_pending == sent);
    CHECK(bed.core->stats().memory_bytes < 1'000'000);
    bool restart = GENERATE(false, true);
    if (restart) {
        bed.crash();
        CHECK(bed.core->stats().memory_bytes < 300'000);
    }
    bed.advance(milliseconds(1'000'000));
    CHECK(deliveries(bed).size() == sent);
    CHECK(bed.core->stats().timers_pending == 0);
    bed.sync();
    CHECK(bed.rows(storage::Table::timer).empty());
    CHECK(bed.rows(storage::Table::token).empty());
}

TEST_CASE("large delayed messages are not kept in memory", "[engine][timers]") {
    EngineBed bed;
    for (int i = 0; i < 20; ++i) {
        turn_of(bed, "s" + std::to_string(i), delayed("b", std::string(200'000, 'x'), 1000 + i));
    }
    bed.sync();
    CHECK(bed.core->stats().memory_bytes < 500'000);
    bool restart = GENERATE(false, true);
    if (restart) {
        bed.crash();
    }
    bed.advance(milliseconds(2000));
    CHECK(deliveries(bed).size() == 20);
}

TEST_CASE("a timer's row that makes no sense is left alone", "[engine][timers]") {
    EngineBed bed;
    turn_of(bed, "a", delayed("b", "good", 100));
    bed.sync();
    storage::WriteBatch batch;
    std::string bad = engine::timer_row_key(partition_of("a", 128), {5, {CommitNumber{1}, 7}});
    batch.put_copy(bad, "?");
    batch.put_copy(storage::partition_prefix(3, storage::Table::timer) + "short", "?");
    bed.store->commit(batch, [](const storage::StoreResult<void>&) {});
    bed.crash();
    bed.advance(milliseconds(100));
    CHECK(deliveries(bed) == Texts{"good"});
    CHECK(bed.rows(storage::Table::timer).size() == 2);
    CHECK(std::count_if(bed.notices.begin(), bed.notices.end(), [](const std::string& notice) {
              return notice.find("table 'timer'") != std::string::npos;
          }) == 2);
}
