// An operator has all that waits for an entity dropped, or set aside.
#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

using Texts = std::vector<std::string>;

constexpr PartitionId kFew = 4;

engine::EngineOptions options_with(std::size_t memory) {
    engine::EngineOptions options = with_policy(OnPoison::park, 1);
    options.partitions = kFew;
    options.memory_budget_bytes = memory;
    return options;
}

// A parked entity with so many messages behind its first one.
void pile_up(EngineBed& bed, const std::string& id, int messages) {
    poison(bed, id);
    for (int i = 1; i < messages; ++i) {
        bed.send("f", id, std::to_string(i));
        if (i % 100 == 0) {
            bed.sync();
        }
    }
    bed.sync();
    REQUIRE(counters(bed, id).waiting == static_cast<std::uint64_t>(messages));
}

// Until it is answered; how many commits that took.
std::size_t carry_on(EngineBed& bed, WaiterId waiter) {
    std::size_t before = bed.core->stats().commits;
    for (int round = 0; round < 10'000 && !bed.answered(waiter); ++round) {
        bed.advance(milliseconds(1));
        bed.sync();
    }
    REQUIRE(bed.answered(waiter));
    return bed.core->stats().commits - before;
}

}  // namespace

TEST_CASE("R32 a purge drops all that waits, counts it exactly, and is told once", "[operators]") {
    EngineBed bed(options_with(kMemoryBudgetBytes));
    pile_up(bed, "a", 20);
    bed.send("f", elsewhere(bed), "of another");
    WaiterId purge = order(bed, "a", EntityAction::purge);
    CHECK_FALSE(bed.answered(purge));
    carry_on(bed, purge);
    CHECK(shows(told(bed, purge), "20 messages are dropped"));
    CHECK(changed(bed, purge));
    CHECK(counters(bed, "a").waiting == 0);
    CHECK(counters(bed, "a").dropped == 20);
    CHECK(counters(bed, "a").waiting_bytes == 0);
    CHECK(bed.entity("f", "a")->failing == nullptr);
    WaiterId again = order(bed, "a", EntityAction::purge);
    carry_on(bed, again);
    CHECK_FALSE(changed(bed, again));
    bed.crash();
    bed.send("f", "a", "next");
    CHECK(seen_by_all(bed).back() == "next");
    CHECK(counters(bed, "a").dropped == 20);
}

TEST_CASE("R32 a purge to the dead letters keeps every message with its reason", "[operators]") {
    EngineBed bed(options_with(kMemoryBudgetBytes));
    pile_up(bed, "a", 5);
    WaiterId purge = order(bed, "a", EntityAction::purge_to_dead_letters);
    carry_on(bed, purge);
    CHECK(shows(told(bed, purge), "5 messages are dead letters"));
    CHECK(bed.durable_rows(storage::Table::dead_letter) == 5);
    CHECK(counters(bed, "a").set_aside == 5);
    CHECK(counters(bed, "a").dropped == 0);
    std::string letters = told(bed, ask_letters(bed));
    CHECK(shows(letters, "\"reason\":\"http://f/ answered 500\",\"attempts\":1"));
    CHECK(shows(letters, "\"reason\":\"set aside by an operator\",\"attempts\":0"));
}

TEST_CASE("R32 a mailbox that is on disk goes in portions, and new messages stay", "[operators]") {
    constexpr int kMessages = 5'000;
    EngineBed bed(options_with(1));
    pile_up(bed, "a", kMessages);
    bed.send("f", elsewhere(bed), "x");
    bed.sync();
    REQUIRE(bed.entity("f", "a") == nullptr);
    WaiterId purge = order(bed, "a", EntityAction::purge);
    bed.send("f", "a", "new");
    // The first portion went with the order.
    std::size_t commits = 1 + carry_on(bed, purge);
    CHECK(commits >= kMessages / engine::Purges::kPortionMessages);
    CHECK(shows(told(bed, purge), "5000 messages are dropped"));
    CHECK(counters(bed, "a").dropped == kMessages);
    Texts seen = seen_by_all(bed);
    std::erase(seen, "x");
    CHECK(seen == Texts{"new"});
    CHECK(bed.durable_rows(storage::Table::message) == 0);
}

TEST_CASE("R32 a crash in a purge keeps what was durable; repeated, it ends", "[operators]") {
    constexpr int kMessages = 3'000;
    bool process_dies = GENERATE(false, true);
    EngineBed bed(options_with(kMemoryBudgetBytes));
    pile_up(bed, "a", kMessages);
    WaiterId purge = order(bed, "a", EntityAction::purge);
    bed.advance(milliseconds(1));
    bed.sync();
    bed.advance(milliseconds(1));  // This portion is lost.
    CHECK_FALSE(bed.answered(purge));
    if (process_dies) {
        bed.crash();
    } else {
        reset(bed);
        CHECK(refusal(bed, purge) == Errc::in_doubt);
    }
    std::uint64_t dropped = counters(bed, "a").dropped;
    CHECK(dropped > 0);
    CHECK(counters(bed, "a").waiting == kMessages - dropped);
    CHECK(bed.durable_rows(storage::Table::message) == kMessages - dropped);
    bed.calls.clear();
    WaiterId again = order(bed, "a", EntityAction::purge);
    carry_on(bed, again);
    CHECK(shows(told(bed, again), std::to_string(kMessages - dropped) + " messages are dropped"));
    CHECK(counters(bed, "a").dropped == kMessages);
    CHECK(seen_by_all(bed).empty());
}

TEST_CASE("R32 a purge takes the messages of a call that is out as well", "[operators]") {
    EngineBed bed(options_with(kMemoryBudgetBytes));
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    bed.sync();
    engine::StartCall out = bed.calls.at(0).call;
    WaiterId purge = order(bed, "a", EntityAction::purge);
    CHECK(bed.calls.empty());
    auto response = done();
    send(response, "f", "b", "late");
    Response late = parse_response(out.target, out.home, response.SerializeAsString());
    bed.core->on(engine::ResponseArrived{out.epoch, out.id, std::move(late)});
    carry_on(bed, purge);
    CHECK(shows(told(bed, purge), "2 messages are dropped"));
    CHECK(bed.core->stats().late_events == 1);
    CHECK(bed.core->stats().calls_in_flight == 0);
    bed.send("f", "a", "3");
    CHECK(seen_by_all(bed) == Texts{"3"});
}

TEST_CASE("R32 who waits for a message that is purged hears so, also later", "[operators][D8]") {
    bool after_crash = GENERATE(false, true);
    auto action = GENERATE(EntityAction::purge, EntityAction::purge_to_dead_letters);
    EngineBed bed(options_with(kMemoryBudgetBytes));
    poison(bed, "a");
    WaiterId caller = bed.call("f", "a", "1");
    WaiterId other = bed.call("f", "a", "2");
    bed.sync();
    std::string id;
    if (after_crash) {
        // The records are in the store alone; whoever asks later is told.
        id = bed.rows(storage::Table::call).at(0).key.substr(storage::kPartitionPrefixBytes);
        bed.crash();
    }
    WaiterId purge = order(bed, "a", action);
    if (!after_crash) {
        CHECK_FALSE(bed.answered(caller));
    }
    carry_on(bed, purge);
    CHECK(changed(bed, purge));
    if (after_crash) {
        WaiterId later{4711};
        bed.core->on(engine::ReplyAsked{later, id});
        bed.answer_reads();
        CHECK(refusal(bed, later) == Errc::message_set_aside);
    } else {
        CHECK(refusal(bed, caller) == Errc::message_set_aside);
        CHECK(refusal(bed, other) == Errc::message_set_aside);
    }
}

TEST_CASE("R32 two purges at once drop everything once", "[operators]") {
    EngineBed bed(options_with(kMemoryBudgetBytes));
    pile_up(bed, "a", 1'200);
    WaiterId first = order(bed, "a", EntityAction::purge);
    WaiterId second = order(bed, "a", EntityAction::purge_to_dead_letters);
    carry_on(bed, second);
    CHECK(changed(bed, first));
    CHECK_FALSE(changed(bed, second));
    CHECK(counters(bed, "a").dropped == 1'200);
    CHECK(bed.durable_rows(storage::Table::dead_letter) == 0);
}

TEST_CASE("R32 a purge ends where its partition goes, and says how far it came", "[operators]") {
    EngineBed bed(options_with(kMemoryBudgetBytes));
    pile_up(bed, "a", 1'200);
    WaiterId purge = order(bed, "a", EntityAction::purge);
    bed.core->on(engine::PartitionReleased{partition_of("a", kFew)});
    bed.advance(milliseconds(1));
    CHECK(refusal(bed, purge) == Errc::starting);
    bed.sync();
    REQUIRE(bed.releases.size() == 1);
    bed.core->on(engine::PartitionAcquired{partition_of("a", kFew)});
    bed.answer_reads();
    WaiterId nobody = order(bed, "nobody", EntityAction::purge);
    carry_on(bed, nobody);
    CHECK_FALSE(changed(bed, nobody));
    WaiterId again = order(bed, "a", EntityAction::purge);
    carry_on(bed, again);
    CHECK(counters(bed, "a").waiting == 0);
    CHECK(counters(bed, "a").dropped == 1'200);
}

TEST_CASE("R32 a paused entity stays paused behind a purge, others are called", "[operators]") {
    EngineBed bed(options_with(kMemoryBudgetBytes));
    order(bed, "a", EntityAction::pause);
    for (int i = 0; i < 1'200; ++i) {
        bed.send("f", "a", std::to_string(i));
    }
    bed.sync();
    WaiterId purge = order(bed, "a", EntityAction::purge);
    bed.send("f", "b", "x");
    CHECK(bed.calls.size() == 1);
    WaiterId page = ask(bed, "a");
    bed.sync();
    CHECK(shows(told(bed, page), "as an operator has ordered"));
    CHECK(bed.core->stuck_entities() == 0);
    carry_on(bed, purge);
    bed.send("f", "a", "kept");
    CHECK(seen_by_all(bed) == Texts{"x"});
    order(bed, "a", EntityAction::resume);
    CHECK(seen_by_all(bed) == Texts{"kept"});
}

TEST_CASE("nobody is alone in its type while another one is being purged", "[operators]") {
    EngineBed bed(options_with(kMemoryBudgetBytes));
    bed.send("f", "bad", "poison");
    for (int i = 0; i < 1'200; ++i) {
        bed.send("f", "a", std::to_string(i));
    }
    bed.sync();
    WaiterId purge = order(bed, "a", EntityAction::purge);
    REQUIRE_FALSE(bed.answered(purge));
    bed.fail_with(0, refused());
    CHECK(bed.core->stats().parked_entities == 0);
    carry_on(bed, purge);
    for (int i = 0; i < 100 && bed.calls.empty(); ++i) {
        bed.advance(milliseconds(100));
    }
    REQUIRE(bed.calls.size() == 1);
    bed.fail_with(0, refused());
    CHECK(bed.core->stats().parked_entities == 1);
    CHECK(bed.core->leak().empty());
}
