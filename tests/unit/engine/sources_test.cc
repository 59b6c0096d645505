// Sources: what is taken of them, and where they stand.
#include "tests/unit/engine/source_bed.h"

using namespace sfg;
using namespace sfg::test;

TEST_CASE("what a source brings is called for and counted", "[engine][source]") {
    SourceBed source;
    CHECK(source.open().empty());
    WaiterId first = source.give("a", "one", 1);
    CHECK(source.taken(first));
    CHECK(source.bed.calls.size() == 1);
    CHECK(source.taken(source.give("a", "two", 2)));
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"one", "two"});
    CHECK(source.bed.core->stats().accepted == 2);
    CHECK(source.stats().messages == 2);
    CHECK(source.stats().batches == 2);
}

TEST_CASE("messages and the position that passes them are durable together", "[engine][source]") {
    SourceBed source;
    source.open();
    source.give("a", "one", 1);
    source.bed.sync();
    source.give("a", "two", 2);
    source.bed.crash();
    CHECK(source.open() == At{{"0", 1}});
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"one"});
    CHECK(source.taken(source.give("a", "two", 2)));
    source.bed.sync();
    source.bed.crash();
    CHECK(source.open() == At{{"0", 2}});
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"two"});
}

TEST_CASE("all that comes at once is one commit, over all partitions", "[engine][source]") {
    SourceBed source;
    source.open();
    std::string other = elsewhere(source.bed);
    engine::SourceRecords records;
    records.messages.push_back(source_message("a", "one"));
    records.messages.push_back(source_message(other, "two"));
    records.messages.push_back(source_message("a", "three"));
    records.refused.push_back({"7", 40, R"({"why":"no key"})"});
    records.positions = {{"0", 3}, {"7", 41}};
    auto commits = source.bed.core->stats().commits;
    CHECK(source.taken(source.give(std::move(records))));
    CHECK(source.bed.core->stats().commits == commits + 1);
    source.bed.sync();
    source.bed.crash();
    CHECK(source.open() == At{{"0", 3}, {"7", 41}});
    CHECK(source.stats().kept == 1);
    auto seen = seen_by_all(source.bed);
    std::sort(seen.begin(), seen.end());
    CHECK(seen == std::vector<std::string>{"one", "three", "two"});
}

TEST_CASE("positions alone are kept before anything is read", "[engine][source]") {
    SourceBed source;
    source.open();
    engine::SourceRecords records;
    records.positions = {{"0", 17}, {"1", 0}};
    CHECK(source.taken(source.give(std::move(records))));
    source.bed.sync();
    source.bed.crash();
    CHECK(source.open() == At{{"0", 17}, {"1", 0}});
    CHECK(source.taken(source.give(engine::SourceRecords{})));
}

TEST_CASE("a session that begins anew goes on behind what was taken", "[engine][source]") {
    SourceBed source;
    source.open();
    source.give("a", "one", 1);
    WaiterId again = source.ask_open();
    CHECK_FALSE(source.bed.answered(again));  // It is taken, but not durable yet.
    source.bed.sync();
    CHECK(source.told_at(again) == At{{"0", 1}});
    CHECK(source.taken(source.give("a", "two", 2)));
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"one", "two"});
}

TEST_CASE("what is told to be taken is durable", "[engine][source]") {
    SourceBed source;
    source.open();
    CHECK(source.told_at(source.ask()).empty());
    source.give("a", "one", 1);
    WaiterId asked = source.ask();
    CHECK_FALSE(source.bed.answered(asked));
    source.give("a", "two", 2);
    source.bed.sync();
    CHECK(source.told_at(asked) == At{{"0", 1}});
    CHECK(source.told_at(source.ask()) == At{{"0", 2}});
}

TEST_CASE("whatever comes of an older session changes nothing", "[engine][source]") {
    SourceBed source;
    source.open();
    auto older = source.session;
    source.open();
    CHECK(source.session != older);
    std::swap(source.session, older);
    CHECK(source.lost(source.give("a", "one", 1)));
    CHECK(source.lost(source.ask()));
    std::swap(source.session, older);
    CHECK(source.taken(source.give("a", "one", 1)));
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"one"});
}

TEST_CASE("a session ends with the store that is lost, and with its epoch", "[engine][source]") {
    SourceBed source;
    source.open();
    source.give("a", "one", 1);
    source.bed.sync();
    source.give("a", "two", 2);
    WaiterId asked = source.ask();
    WaiterId opened = source.ask_open();
    auto session = source.session;
    source.bed.core->on(engine::StoreLost{});
    CHECK(source.lost(asked));
    CHECK(source.lost(opened));
    CHECK(refusal(source.bed, source.ask_open()) == Errc::starting);
    reset(source.bed);
    CHECK(source.open() == At{{"0", 1}});
    CHECK(source.session > session);
    source.session = session;
    CHECK(source.lost(source.give("a", "two", 2)));
}

TEST_CASE("a source is told to wait while the store is read", "[engine][source]") {
    SourceBed source;
    source.open();
    source.give("a", "one", 1);
    source.bed.sync();
    source.bed.hold_reads = true;
    source.bed.crash();
    CHECK(refusal(source.bed, source.ask_open()) == Errc::starting);
    source.bed.hold_reads = false;
    source.bed.answer_reads();
    CHECK(source.open() == At{{"0", 1}});
}

TEST_CASE("a position that would go back ends the session", "[engine][source]") {
    SourceBed source;
    source.open();
    source.give("a", "one", 10);
    source.bed.sync();
    CHECK(source.lost(source.give("a", "two", 9)));
    REQUIRE(source.bed.notices.size() == 1);
    CHECK(shows(source.bed.notices[0], "go back from 10 to 9"));
    CHECK(source.open() == At{{"0", 10}});
    engine::SourceRecords moved;
    moved.positions = {{"0", 3, true}};
    CHECK(source.taken(source.give(std::move(moved))));
    CHECK(source.taken(source.give("a", "three", 4)));
    source.bed.sync();
    CHECK(source.told_at(source.ask()) == At{{"0", 4}});
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"one", "three"});
}

TEST_CASE("a part that stands twice in a batch can't go back either", "[engine][source]") {
    SourceBed source;
    source.open();
    engine::SourceRecords records;
    records.messages.push_back(source_message("a", "one"));
    records.positions = {{"0", 5}, {"0", 4}};
    CHECK(source.lost(source.give(std::move(records))));
}

TEST_CASE("records without a position behind them are not taken", "[engine][source]") {
    SourceBed source;
    source.open();
    source.give("a", "one", 1);
    CHECK(source.lost(source.give("a", "again", 1)));
    source.bed.sync();
    source.open();
    engine::SourceRecords records;
    records.messages.push_back(source_message("a", "two"));
    CHECK(source.lost(source.give(std::move(records))));
    CHECK(seen_by_all(source.bed) == std::vector<std::string>{"one"});
}

TEST_CASE("a message for a function that nobody serves waits for it", "[engine][source]") {
    SourceBed source;
    source.open();
    engine::SourceRecords records;
    records.messages.push_back(source_message("a", "one", {"nobody", "serves"}));
    records.positions.push_back({"0", 1});
    CHECK(source.taken(source.give(std::move(records))));
    source.bed.sync();
    CHECK(source.bed.calls.empty());
    CHECK(source.bed.core->stats().waiting_messages == 1);
    CHECK(source.bed.durable_rows(storage::Table::message) == 1);
}
