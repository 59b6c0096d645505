// Sources: when what they bring is held back, and that it goes on.
#include "tests/unit/engine/source_bed.h"

using namespace sfg;
using namespace sfg::test;

TEST_CASE("records wait while a quarter of the commit queue is full", "[engine][source]") {
    engine::EngineOptions options;
    options.commit_queue_bytes_max = 64 * kKiB;
    SourceBed source(options);
    source.open();
    CHECK(source.taken(source.give("a", std::string(20 * kKiB, 'x'), 1)));
    WaiterId held = source.give("a", "two", 2);
    CHECK_FALSE(source.bed.answered(held));
    CHECK(source.stats().is_held);
    source.bed.sync();
    CHECK(source.taken(held));
    CHECK_FALSE(source.stats().is_held);
}

TEST_CASE("records wait while the disk has no room", "[engine][source]") {
    SourceBed source;
    source.open();
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    WaiterId held = source.give("a", "one", 1);
    CHECK_FALSE(source.bed.answered(held));
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    CHECK(source.taken(held));
}

TEST_CASE("records wait while too many messages wait in total", "[engine][source]") {
    engine::EngineOptions options;
    options.waiting_messages_max = 4;
    SourceBed source(options);
    source.open();
    source.give("a", "one", 1);
    source.give("a", "two", 2);
    WaiterId held = source.give("b", "three", 3);
    CHECK_FALSE(source.bed.answered(held));
    // What its backlog leaves is there for requests.
    WaiterId sent = source.bed.send("f", "c", "request");
    source.bed.sync();
    CHECK(source.bed.answer_of<engine::Accepted>(sent) != nullptr);
    source.bed.answer(done());
    source.bed.answer(done());
    CHECK(source.taken(held));
    CHECK(seen_by_all(source.bed).size() == 2);
}

TEST_CASE("one entity with a full mailbox does not hold a source back", "[engine][source]") {
    engine::EngineOptions options;
    options.mailbox_messages_max = 2;
    SourceBed source(options);
    source.open();
    for (std::uint64_t i = 1; i <= 10; ++i) {
        CHECK(source.taken(source.give("a", std::to_string(i), i)));
    }
    CHECK(source.taken(source.give("b", "other", 11)));
    CHECK(seen_by_all(source.bed).size() == 11);
}

TEST_CASE("what is held when the source is opened anew is not taken", "[engine][source]") {
    SourceBed source;
    source.open();
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    WaiterId held = source.give("a", "one", 1);
    CHECK(source.open().empty());
    CHECK(source.lost(held));
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    CHECK(source.bed.calls.empty());
    CHECK(source.taken(source.give("a", "one", 1)));
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"one"});
}

TEST_CASE("a source that is opened anew in vain has given its session up", "[engine][source]") {
    SourceBed source;
    source.open();
    source.bed.core->on(engine::StopStarting{});
    CHECK(source.bed.answer_of<engine::SourceAt>(source.ask()) != nullptr);
    CHECK(refusal(source.bed, source.ask_open()) == Errc::shutting_down);
    CHECK(source.lost(source.ask()));
}

TEST_CASE("a driver that gives more while some is held begins anew", "[engine][source]") {
    SourceBed source;
    source.open();
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    WaiterId held = source.give("a", "one", 1);
    WaiterId more = source.give("a", "two", 2);
    CHECK(source.lost(held));
    CHECK(source.lost(more));
    CHECK(source.lost(source.ask()));
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    CHECK(source.bed.calls.empty());
}

TEST_CASE("what is held when the store is lost is not taken", "[engine][source]") {
    SourceBed source;
    source.open();
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    WaiterId held = source.give("a", "one", 1);
    source.bed.core->on(engine::StoreLost{});
    CHECK(source.lost(held));
    reset(source.bed);
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    CHECK(source.bed.calls.empty());
    CHECK(source.open().empty());
}

TEST_CASE(
    "a gateway that stops takes nothing more, and tells where it stands",
    "[engine][source]"
) {
    SourceBed source;
    source.open();
    source.give("a", "one", 1);
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    WaiterId held = source.give("a", "two", 2);
    source.bed.core->on(engine::StopStarting{});
    CHECK(refusal(source.bed, held) == Errc::shutting_down);
    CHECK(refusal(source.bed, source.give("a", "two", 2)) == Errc::shutting_down);
    WaiterId asked = source.ask();
    CHECK(refusal(source.bed, source.ask_open()) == Errc::shutting_down);
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    source.bed.sync();
    CHECK(source.told_at(asked) == At{{"0", 1}});
}

TEST_CASE("sources that wait for room are taken one by one, in their order", "[engine][source]") {
    SourceBed source;
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    std::vector<WaiterId> held;
    for (int i = 0; i < 3; ++i) {
        engine::SourceRecords records;
        records.source = {"k", "in" + std::to_string(i)};
        source.told_at(source.ask_open(records.source));
        records.session = source.session;
        records.messages.push_back(source_message("a", std::to_string(i)));
        records.positions.push_back({"0", 1});
        held.push_back(put(source.bed, std::move(records)));
    }
    source.bed.hold_reads = true;  // Their arrival would be an event, too.
    source.bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::plenty});
    CHECK(source.taken(held[0]));
    CHECK_FALSE(source.taken(held[1]));
    CHECK(source.bed.ticks_at_once());
    source.bed.tick();
    CHECK(source.taken(held[1]));
    CHECK_FALSE(source.taken(held[2]));
    source.bed.tick();
    CHECK(source.taken(held[2]));
    CHECK_FALSE(source.bed.ticks_at_once());
    source.bed.hold_reads = false;
    source.bed.answer_reads();
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"0", "1", "2"});
}
