// An operator's orders about one entity: when they hold, when they are undone, what they leave.
#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

using Texts = std::vector<std::string>;

constexpr PartitionId kFew = 4;

// Entity "a" is parked by its first message; two wait behind it.
std::string park(EngineBed& bed) {
    std::string head = poison(bed, "a");
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    bed.sync();
    WaiterId page = ask(bed, "a");
    bed.sync();
    REQUIRE(shows(told(bed, page), "\"status\":\"parked\""));
    return head;
}

// In one process, and over two.
void lose_what_is_not_durable(EngineBed& bed, bool process_dies) {
    if (process_dies) {
        bed.crash();
    } else {
        reset(bed);
    }
}

engine::EngineOptions without_memory() {
    engine::EngineOptions options = with_policy(OnPoison::park, 1);
    options.memory_budget_bytes = 1;
    return options;
}

}  // namespace

TEST_CASE("an order that a crash undid before it was durable has changed nothing", "[operators]") {
    auto action = GENERATE(EntityAction::skip, EntityAction::dead_letter, EntityAction::pause);
    bool process_dies = GENERATE(false, true);
    EngineBed bed(with_policy(OnPoison::park, 1));
    std::string head = park(bed);
    WaiterId waiter = order(bed, "a", action, head);
    CHECK_FALSE(bed.answered(waiter));
    lose_what_is_not_durable(bed, process_dies);
    if (!process_dies) {
        CHECK(refusal(bed, waiter) == Errc::in_doubt);
    }
    WaiterId page = ask(bed, "a");
    CHECK(shows(told(bed, page), "\"status\":\"parked\""));
    CHECK(shows(told(bed, page), "\"message_id\":\"" + head + "\""));
    CHECK(shows(told(bed, page), "\"messages\":3"));
    CHECK(bed.durable_rows(storage::Table::dead_letter) == 0);
    CHECK(counters(bed, "a").waiting == 3);
    WaiterId again = order(bed, "a", EntityAction::retry);
    bed.sync();
    CHECK(changed(bed, again));
    CHECK(seen_by_all(bed) == Texts{"poison", "1", "2"});
}

TEST_CASE("an order that is durable holds after a crash; repeated, it is done", "[operators]") {
    auto action = GENERATE(EntityAction::skip, EntityAction::dead_letter, EntityAction::pause);
    bool process_dies = GENERATE(false, true);
    bool engine_knows = GENERATE(false, true);
    EngineBed bed(with_policy(OnPoison::park, 1));
    std::string head = park(bed);
    WaiterId waiter = order(bed, "a", action, head);
    bed.write_group();
    CHECK_FALSE(bed.answered(waiter));
    if (engine_knows) {
        bed.notice_durable();
        CHECK(changed(bed, waiter));
    }
    lose_what_is_not_durable(bed, process_dies);
    WaiterId again = order(bed, "a", action, head);
    bed.sync();
    CHECK_FALSE(changed(bed, again));
    bool aside = action == EntityAction::dead_letter;
    CHECK(bed.durable_rows(storage::Table::dead_letter) == (aside ? 1 : 0));
    CHECK(counters(bed, "a").set_aside == (aside ? 1 : 0));
    CHECK(counters(bed, "a").dropped == (action == EntityAction::skip ? 1 : 0));
    if (action == EntityAction::pause) {
        CHECK(bed.calls.empty());
        order(bed, "a", EntityAction::resume);
        order(bed, "a", EntityAction::retry);
        CHECK(seen_by_all(bed) == Texts{"poison", "1", "2"});
    } else {
        CHECK(seen_by_all(bed) == Texts{"1", "2"});
    }
    CHECK(counters(bed, "a").waiting == 0);
}

TEST_CASE("the same order twice at once counts once; both hear when it is durable", "[operators]") {
    auto action = GENERATE(EntityAction::skip, EntityAction::dead_letter, EntityAction::pause);
    EngineBed bed(with_policy(OnPoison::park, 1));
    std::string head = park(bed);
    WaiterId first = order(bed, "a", action, head);
    WaiterId second = order(bed, "a", action, head);
    CHECK_FALSE(bed.answered(first));
    CHECK_FALSE(bed.answered(second));
    bed.sync();
    CHECK(changed(bed, first));
    CHECK_FALSE(changed(bed, second));
    CHECK(counters(bed, "a").dropped + counters(bed, "a").set_aside <= 1);
}

TEST_CASE("orders for an entity that does not exist change nothing but a pause", "[operators]") {
    EngineBed bed;
    bed.send("f", "other", "1");
    seen_by_all(bed);
    std::string head = message_id(StoreId{0x1234}, {CommitNumber{1}, 0});
    for (EntityAction action : {EntityAction::skip, EntityAction::dead_letter}) {
        WaiterId waiter = order(bed, "nobody", action, head);
        bed.sync();
        CHECK_FALSE(changed(bed, waiter));
    }
    for (EntityAction action : {EntityAction::retry, EntityAction::resume}) {
        WaiterId waiter = order(bed, "nobody", action);
        bed.sync();
        CHECK_FALSE(changed(bed, waiter));
    }
    CHECK(bed.durable_rows(storage::Table::entity) == 0);
    WaiterId pause = order(bed, "nobody", EntityAction::pause);
    bed.sync();
    CHECK(changed(bed, pause));
    bed.crash();
    bed.send("f", "nobody", "kept");
    CHECK(bed.calls.empty());
    WaiterId resume = order(bed, "nobody", EntityAction::resume);
    CHECK(seen_by_all(bed) == Texts{"kept"});
    CHECK(changed(bed, resume));
}

TEST_CASE("an order brings a parked entity back that has left memory", "[operators]") {
    auto action = GENERATE(EntityAction::retry, EntityAction::skip, EntityAction::dead_letter);
    EngineBed bed(without_memory());
    std::string head = park(bed);
    bed.send("f", "b", "x");  // Another event, so that memory is looked at.
    bed.sync();
    REQUIRE(bed.entity("f", "a") == nullptr);
    WaiterId page = ask(bed, "a");
    bed.sync();
    CHECK(shows(told(bed, page), "\"in_memory\":false"));
    CHECK(shows(told(bed, page), "\"status\":\"parked\""));
    CHECK(shows(told(bed, page), "http://f/ answered 500"));
    WaiterId waiter = order(bed, "a", action, head);
    CHECK(bed.answered(waiter) == (action == EntityAction::retry));  // It changes nothing on disk.
    Texts seen = seen_by_all(bed);
    std::erase(seen, "x");
    CHECK(changed(bed, waiter));
    CHECK(seen == (action == EntityAction::retry ? Texts{"poison", "1", "2"} : Texts{"1", "2"}));
    if (action == EntityAction::dead_letter) {
        // It still says what has happened to it.
        WaiterId letters = ask_letters(bed);
        CHECK(shows(told(bed, letters), "\"reason\":\"http://f/ answered 500\""));
        CHECK(shows(told(bed, letters), "\"message_id\":\"" + head + "\""));
    }
}

TEST_CASE("an order for a partition that is not at hand is refused", "[operators]") {
    engine::EngineOptions options = without_memory();
    options.partitions = kFew;
    EngineBed bed(options);
    std::string head = park(bed);
    bed.send("f", elsewhere(bed), "x");
    bed.sync();
    REQUIRE(bed.entity("f", "a") == nullptr);
    auto home = partition_of("a", kFew);
    SECTION("because it was released before") {
        bed.core->on(engine::PartitionReleased{home});
        bed.sync();
        REQUIRE(bed.releases.size() == 1);
        WaiterId waiter = order(bed, "a", EntityAction::skip, head);
        CHECK(refusal(bed, waiter) == Errc::starting);
        CHECK(refusal(bed, ask(bed, "a")) == Errc::starting);
    }
    SECTION("because it is released while the entity is being loaded") {
        bed.hold_reads = true;
        WaiterId waiter = order(bed, "a", EntityAction::skip, head);
        REQUIRE_FALSE(bed.reads.empty());
        bed.core->on(engine::PartitionReleased{home});
        CHECK(refusal(bed, waiter) == Errc::starting);
        bed.hold_reads = false;
        bed.answer_reads();
        bed.sync();
        REQUIRE(bed.releases.size() == 1);
    }
    CHECK(counters(bed, "a").waiting == 3);
    CHECK(counters(bed, "a").dropped == 0);
}

TEST_CASE("a partition goes when the order that was carried out is durable", "[operators]") {
    engine::EngineOptions options = with_policy(OnPoison::park, 1);
    options.partitions = kFew;
    EngineBed bed(options);
    std::string head = park(bed);
    WaiterId waiter = order(bed, "a", EntityAction::dead_letter, head);
    bed.core->on(engine::PartitionReleased{partition_of("a", kFew)});
    CHECK(bed.releases.empty());
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    CHECK(changed(bed, waiter));
    CHECK(bed.releases.size() == 1);
    CHECK(bed.durable_rows(storage::Table::dead_letter) == 1);
}

TEST_CASE("the head of a healthy entity is not taken from its call", "[operators]") {
    auto action = GENERATE(EntityAction::skip, EntityAction::dead_letter);
    EngineBed bed;
    WaiterId sent = bed.send("f", "a", "1");
    bed.sync();
    WaiterId waiter = order(bed, "a", action, id_of(bed, sent));
    CHECK(refusal(bed, waiter) == Errc::conflict);
    WaiterId retry = order(bed, "a", EntityAction::retry);
    bed.sync();
    CHECK_FALSE(changed(bed, retry));
    CHECK(seen_by_all(bed) == Texts{"1"});
    CHECK(counters(bed, "a").consumed == 1);
}

TEST_CASE("the head of a failing entity is taken also while its call is out", "[operators]") {
    auto action = GENERATE(EntityAction::skip, EntityAction::dead_letter);
    EngineBed bed(with_policy(OnPoison::park, 100));
    WaiterId sent = bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    bed.sync();
    bed.fail_with(0, refused());
    bed.advance(seconds(1));
    REQUIRE(bed.calls.size() == 1);
    engine::StartCall out = bed.calls[0].call;
    WaiterId waiter = order(bed, "a", action, id_of(bed, sent));
    // The call is over; the next one is about what is behind.
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == Texts{"2"});
    CHECK_FALSE(bed.answered(waiter));
    Response late = parse_response(out.target, out.home, done().SerializeAsString());
    bed.core->on(engine::ResponseArrived{out.epoch, out.id, std::move(late)});
    CHECK(bed.core->stats().late_events == 1);
    bed.sync();
    CHECK(changed(bed, waiter));
    CHECK(seen_by_all(bed) == Texts{"2"});
    CHECK(counters(bed, "a").consumed == 1);
    CHECK(counters(bed, "a").waiting == 0);
}

TEST_CASE("a pause while a call is out lets it end and stops the next one", "[operators]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    WaiterId pause = order(bed, "a", EntityAction::pause);
    REQUIRE(bed.calls.size() == 1);
    auto response = done();
    send(response, "f", "b", "from a");
    bed.answer(response);
    bed.sync();
    CHECK(changed(bed, pause));
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.target.id == "b");
    CHECK(seen_by_all(bed) == Texts{"from a"});
    CHECK(bed.entity("f", "a")->waits == WaitReason::paused);
    order(bed, "a", EntityAction::resume);
    CHECK(seen_by_all(bed) == Texts{"2"});
}

TEST_CASE("an order names the first message, no other one", "[operators]") {
    EngineBed bed(with_policy(OnPoison::park, 1));
    std::string head = park(bed);
    WaiterId sent = bed.send("f", "a", "3");
    bed.sync();
    std::string behind = id_of(bed, sent);
    CHECK(refusal(bed, order(bed, "a", EntityAction::skip, behind)) == Errc::conflict);
    CHECK(refusal(bed, order(bed, "a", EntityAction::skip, "x")) == Errc::bad_parameter);
    std::string elsewhere = message_id(StoreId{1}, parse_message_id(head)->key);
    CHECK(refusal(bed, order(bed, "a", EntityAction::skip, elsewhere)) == Errc::bad_parameter);
    CHECK(counters(bed, "a").waiting == 4);
}

TEST_CASE("who waits for a message that is skipped hears so when that is durable", "[operators]") {
    EngineBed bed(with_policy(OnPoison::park, 100));
    WaiterId caller = bed.call("f", "a", "1");
    bed.sync();
    std::string id = bed.calls[0].batch.invocations(0).caller().id();
    bed.fail_with(0, refused());
    WaiterId waiter = order(bed, "a", EntityAction::skip, id);
    CHECK_FALSE(bed.answered(caller));
    bed.sync();
    CHECK(changed(bed, waiter));
    CHECK(refusal(bed, caller) == Errc::message_set_aside);
}
