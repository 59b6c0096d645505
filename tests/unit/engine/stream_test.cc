// Streams: egresses whose records are delivered in order by a driver that keeps its own position.
#include "gateway/engine/dead_letters.h"
#include "tests/unit/engine/stream_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

// A quarter of it, what all lanes may hold, is soon reached.
engine::EngineOptions small_budget() {
    engine::EngineOptions options;
    options.memory_budget_bytes = 400 * kKiB;
    return options;
}

// So many records of a kilobyte, each ten of them durable before the next come.
void emit_kilobytes(StreamBed& stream, int records) {
    for (int i = 0; i < records / 10; ++i) {
        stream.emit(10, 1'000);
        stream.bed.sync();
    }
}

}  // namespace

TEST_CASE("R36 a stream gets records in order once they are durable", "[engine][stream]") {
    StreamBed stream;
    CHECK(stream.open().last == 0);
    auto waiter = stream.pull();
    stream.emit(3);
    CHECK_FALSE(stream.bed.answered(waiter));
    stream.bed.sync();
    CHECK(stream.given(waiter) == range(1, 3));
    stream.emit(2);
    stream.bed.sync();
    // What was given is not waited for.
    CHECK(stream.given(stream.pull()) == range(4, 5));
}

TEST_CASE("a stream takes no more at once than it asked for", "[engine][stream]") {
    StreamBed stream;
    stream.emit(10, 1'000);
    stream.bed.sync();
    stream.open();
    CHECK(stream.given(stream.pull(4)) == range(1, 4));
    CHECK(stream.given(stream.pull(100, 2'500)) == range(5, 6));
    // One may be larger than all that was asked for.
    CHECK(stream.given(stream.pull(100, 10)) == range(7, 7));
}

TEST_CASE("what is delivered leaves the store, and a start goes on behind it", "[engine][stream]") {
    StreamBed stream;
    stream.emit(10);
    stream.bed.sync();
    stream.open();
    stream.pull();
    stream.delivered(6);
    stream.bed.sync();
    CHECK(stream.stored() == 4);
    stream.bed.crash();
    auto at = stream.open();
    CHECK(at.delivered == 6);
    CHECK(at.last == 10);
    CHECK(stream.given(stream.pull()) == range(7, 10));
}

TEST_CASE(
    "hazard 9 a position that is known outside only is taken at the start, nothing comes twice",
    "[engine][stream]"
) {
    StreamBed stream;
    stream.emit(2'000, 3'000);
    stream.bed.sync();
    stream.open();
    stream.pull(1'500, 100 * kMiB);
    stream.delivered(1'500);
    stream.bed.crash();  // That commit is lost; the position outside is not.
    CHECK(stream.open().delivered == 0);
    stream.delivered(1'500);
    auto waiter = stream.pull();
    CHECK(stream.given(waiter).front() == 1'501);
    stream.bed.sync();
    CHECK(stream.stored() == 500);
}

TEST_CASE("what was given and not delivered is given again after a rewind", "[engine][stream]") {
    StreamBed stream;
    stream.emit(5);
    stream.bed.sync();
    stream.open();
    stream.pull();
    stream.delivered(2);
    stream.bed.core->on(engine::StreamRewound{kOut});
    CHECK(stream.given(stream.pull()) == range(3, 5));
}

TEST_CASE("who waits while the stream is rewound is told so", "[engine][stream]") {
    StreamBed stream;
    stream.open();
    auto waiter = stream.pull();
    stream.bed.core->on(engine::StreamRewound{kOut});
    CHECK(stream.bed.answer_of<engine::EgressEmpty>(waiter) != nullptr);
}

TEST_CASE("what comes while a stream delivers is not read back", "[engine][stream]") {
    StreamBed stream;
    stream.open();
    for (int i = 0; i < 100; ++i) {
        stream.emit(100, 200);
        stream.bed.sync();
    }
    stream.bed.hold_reads = true;
    WaiterId waiter = stream.next_waiter();
    stream.bed.core->on(engine::StreamPulled{waiter, kOut, 10'000, 10 * kMiB});
    CHECK(stream.bed.reads.empty());
    CHECK(stream.given(waiter).size() == 10'000);
    stream.delivered(10'000);
    stream.bed.sync();
    CHECK(stream.bed.core->leak().empty());
}

TEST_CASE("of what a stream leaves, a quarter of the budget stays in memory", "[engine][stream]") {
    StreamBed stream(small_budget());
    stream.open();
    emit_kilobytes(stream, 1000);
    stream.bed.hold_reads = true;
    WaiterId waiter = stream.next_waiter();
    stream.bed.core->on(engine::StreamPulled{waiter, kOut, 10'000, 10 * kMiB});
    const auto* given = stream.bed.answer_of<engine::StreamRecords>(waiter);
    CHECK((given == nullptr || given->records.size() < 100));
    CHECK(stream.bed.core->leak().empty());
}

TEST_CASE("a refused record is set aside also while a stream holds much", "[engine][stream]") {
    StreamBed stream(small_budget());
    stream.open();
    emit_kilobytes(stream, 300);
    // What is with the stream stays in memory, all 300 KB of it.
    std::uint64_t given = 0;
    while (given < 300) {
        given = stream.given(stream.pull(1'000)).back();
    }
    stream.refuse(1);
    CHECK(stream.bed.core->stats().dead_letters == 1);
    CHECK(stream.given(stream.pull(1'000)).front() == 2);
}

TEST_CASE("a stream's backlog waits on disk and comes in order", "[engine][stream]") {
    StreamBed stream;
    for (int i = 0; i < 100; ++i) {
        stream.emit(100, 200);
        stream.bed.sync();
    }
    stream.open();
    std::uint64_t next = 1;
    while (next <= 10'000) {
        auto positions = stream.given(stream.pull(700));
        REQUIRE(positions.front() == next);
        next = positions.back() + 1;
        if (next % 3 == 0) {
            stream.delivered(positions.back());
        }
        if (next % 7 == 0) {
            stream.bed.sync();
        }
    }
    stream.delivered(10'000);
    stream.bed.sync();
    CHECK(stream.stored() == 0);
}

TEST_CASE(
    "hazard 11 the position passes a record that can't be delivered with its dead letter",
    "[engine][stream]"
) {
    StreamBed stream;
    stream.emit(3);
    stream.bed.sync();
    stream.open();
    stream.pull();
    WaiterId waiter = stream.next_waiter();
    stream.bed.core->on(engine::StreamRefused{waiter, kOut, 1, "topic 'x' is not known"});
    CHECK_FALSE(stream.bed.answered(waiter));
    SECTION("when it is durable, it is told and the rest goes on") {
        stream.bed.sync();
        CHECK(stream.bed.answer_of<engine::EgressEmpty>(waiter) != nullptr);
        CHECK(stream.bed.durable_rows(storage::Table::dead_letter) == 1);
        CHECK(stream.given(stream.pull()) == range(2, 3));
        auto rows = stream.bed.rows(storage::Table::dead_letter);
        auto letter = engine::decode_dead_letter(rows.at(0).value.view());
        REQUIRE(letter.has_value());
        CHECK(letter->letter.destination == "k/out");
        CHECK(letter->letter.note.error == "topic 'x' is not known");
        CHECK(decode_typed_value(letter->bytes)->value == "1");
    }
    SECTION("a crash before that leaves the record at the head") {
        stream.bed.crash();
        CHECK(stream.bed.durable_rows(storage::Table::dead_letter) == 0);
        CHECK(stream.open().delivered == 0);
        CHECK(stream.given(stream.pull()) == range(1, 3));
    }
}

TEST_CASE("only the first record that is not delivered can be refused", "[engine][stream]") {
    StreamBed stream;
    stream.emit(3);
    stream.bed.sync();
    stream.open();
    stream.pull();
    WaiterId waiter = stream.next_waiter();
    stream.bed.core->on(engine::StreamRefused{waiter, kOut, 2, "too large"});
    stream.bed.sync();
    CHECK(stream.bed.durable_rows(storage::Table::dead_letter) == 0);
    CHECK(stream.bed.answer_of<engine::EgressEmpty>(waiter) != nullptr);
}

TEST_CASE("who pulls while the epoch ends is told to open again", "[engine][stream]") {
    StreamBed stream;
    stream.open();
    auto waiter = stream.pull();
    stream.bed.core->on(engine::StoreLost{});
    stream.bed.core->on(engine::Reset{CommitNumber{1U << 22U}, CommitNumber{1U << 23U}});
    CHECK(stream.bed.answer_of<engine::EgressEmpty>(waiter) != nullptr);
}

TEST_CASE(
    "without any partition, too, a stream is opened when the egresses are read",
    "[engine][stream]"
) {
    StreamBed stream;
    stream.emit(3);
    stream.bed.sync();
    stream.bed.begin_without_partitions();
    WaiterId early = stream.next_waiter();
    stream.bed.core->on(engine::StreamOpened{early, kOut});
    const auto* refused = stream.bed.answer_of<engine::Refused>(early);
    REQUIRE(refused != nullptr);
    CHECK(refused->problem.code == Errc::starting);
    stream.bed.answer_reads();
    CHECK(stream.open().last == 3);
}

TEST_CASE("a second pull, and what was delivered before, change nothing", "[engine][stream]") {
    StreamBed stream;
    stream.emit(2);
    stream.bed.sync();
    stream.open();
    CHECK(stream.given(stream.pull()) == range(1, 2));
    stream.delivered(2);
    stream.delivered(1);
    stream.delivered(7);  // There is none such.
    auto waiting = stream.pull();
    CHECK(stream.bed.answer_of<engine::EgressEmpty>(stream.pull()) != nullptr);
    stream.emit(1);
    stream.bed.sync();
    CHECK(stream.given(waiting) == range(3, 3));
}
