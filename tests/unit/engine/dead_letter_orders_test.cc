// An operator lists dead letters, replays and drops them: what is shown, what counts, what is
// undone.
#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

using Texts = std::vector<std::string>;

constexpr PartitionId kFew = 4;

engine::EngineOptions setting_aside() {
    engine::EngineOptions options = with_policy(OnPoison::dead_letter, 1);
    options.partitions = kFew;
    return options;
}

std::size_t letters(const EngineBed& bed) {
    return bed.durable_rows(storage::Table::dead_letter);
}

}  // namespace

TEST_CASE("a dead letter is listed when it is durable, not before", "[operators]") {
    EngineBed bed(setting_aside());
    bed.send("f", "a", "x");
    bed.fail_with(0, refused());
    CHECK(bed.core->stats().dead_letters == 1);
    CHECK(shows(told(bed, ask_letters(bed)), "\"dead_letters\":[]"));
    bed.sync();
    CHECK(shows(told(bed, ask_letters(bed)), "\"reason\":\"http://f/ answered 500\""));
}

TEST_CASE("an order for a dead letter that was not durable is undone by a crash", "[operators]") {
    auto action = GENERATE(DeadLetterAction::replay, DeadLetterAction::drop);
    bool process_dies = GENERATE(false, true);
    EngineBed bed(setting_aside());
    std::string id = poison(bed, "a");
    WaiterId waiter = order_letter(bed, "a", id, action);
    CHECK_FALSE(bed.answered(waiter));
    // What is shown is what is durable.
    CHECK(shows(told(bed, ask_letters(bed)), id));
    if (process_dies) {
        bed.crash();
    } else {
        reset(bed);
        CHECK(refusal(bed, waiter) == Errc::in_doubt);
    }
    CHECK(bed.calls.empty());
    CHECK(shows(told(bed, ask_letters(bed)), id));
    CHECK(counters(bed, "a").set_aside == 1);
    CHECK(counters(bed, "a").dropped == 0);
    CHECK(counters(bed, "a").waiting == 0);
    WaiterId again = order_letter(bed, "a", id, action);
    Texts seen = seen_by_all(bed);
    CHECK(changed(bed, again));
    CHECK(seen == (action == DeadLetterAction::replay ? Texts{"poison"} : Texts{}));
    CHECK(letters(bed) == 0);
}

TEST_CASE("an order for a dead letter that is durable holds and counts once", "[operators]") {
    auto action = GENERATE(DeadLetterAction::replay, DeadLetterAction::drop);
    bool process_dies = GENERATE(false, true);
    EngineBed bed(setting_aside());
    std::string id = poison(bed, "a");
    WaiterId waiter = order_letter(bed, "a", id, action);
    WaiterId at_once = order_letter(bed, "a", id, action);
    bed.write_group();
    CHECK_FALSE(bed.answered(waiter));
    bed.notice_durable();
    CHECK(changed(bed, waiter));
    CHECK_FALSE(changed(bed, at_once));
    if (process_dies) {
        bed.crash();
    } else {
        reset(bed);
    }
    WaiterId again = order_letter(bed, "a", id, action);
    bed.sync();
    CHECK_FALSE(changed(bed, again));
    bool replays = action == DeadLetterAction::replay;
    CHECK(counters(bed, "a").set_aside == 0);
    CHECK(counters(bed, "a").dropped == (replays ? 0 : 1));
    CHECK(seen_by_all(bed) == (replays ? Texts{"poison"} : Texts{}));
    CHECK(letters(bed) == 0);
    CHECK(counters(bed, "a").waiting == 0);
}

TEST_CASE("orders that meet while the letter is being read count once", "[operators]") {
    EngineBed bed(setting_aside());
    std::string id = poison(bed, "a");
    bed.hold_reads = true;
    WaiterId replay = order_letter(bed, "a", id, DeadLetterAction::replay);
    WaiterId drop = order_letter(bed, "a", id, DeadLetterAction::drop);
    bed.answer_reads();
    bed.hold_reads = false;
    CHECK(seen_by_all(bed) == Texts{"poison"});
    CHECK(changed(bed, replay));
    CHECK_FALSE(changed(bed, drop));
    CHECK(counters(bed, "a").dropped == 0);
}

TEST_CASE("an order for a dead letter that does not exist changes nothing", "[operators]") {
    auto action = GENERATE(DeadLetterAction::replay, DeadLetterAction::drop);
    EngineBed bed(setting_aside());
    std::string id = poison(bed, "a");
    WaiterId nobody = order_letter(bed, "nobody", id, action);
    bed.sync();
    CHECK_FALSE(changed(bed, nobody));
    CHECK(refusal(bed, order_letter(bed, "a", "x", action)) == Errc::bad_parameter);
    CHECK(letters(bed) == 1);
    CHECK(bed.calls.empty());
}

TEST_CASE("a replayed message waits behind a call that is out, and behind others", "[operators]") {
    EngineBed bed(setting_aside());
    std::string id = poison(bed, "a");
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    REQUIRE(bed.calls.size() == 1);
    WaiterId waiter = order_letter(bed, "a", id, DeadLetterAction::replay);
    REQUIRE(bed.calls.size() == 1);
    CHECK(seen_by_all(bed) == Texts{"1", "2", "poison"});
    CHECK(changed(bed, waiter));
    CHECK(counters(bed, "a").set_aside == 0);
}

TEST_CASE("a replayed message finds a parked entity that has left memory", "[operators]") {
    engine::EngineOptions options = setting_aside();
    options.memory_budget_bytes = 1;
    EngineBed bed(options);
    std::string aside = poison(bed, "a");
    bed.options.failure.on_poison = OnPoison::park;
    bed.crash();
    std::string head = poison(bed, "a");
    bed.send("f", "b", "x");
    bed.sync();
    REQUIRE(bed.entity("f", "a") == nullptr);
    WaiterId waiter = order_letter(bed, "a", aside, DeadLetterAction::replay);
    Texts seen = seen_by_all(bed);
    CHECK(seen == Texts{"x"});
    CHECK(changed(bed, waiter));
    CHECK(counters(bed, "a").waiting == 2);
    WaiterId page = ask(bed, "a");
    bed.sync();
    CHECK(shows(told(bed, page), "\"status\":\"parked\""));
    CHECK(shows(told(bed, page), "\"message_id\":\"" + head + "\""));
    order(bed, "a", EntityAction::skip, head);
    CHECK(seen_by_all(bed) == Texts{"poison"});
}

TEST_CASE("dead letters of a partition that is not at hand are left alone", "[operators]") {
    auto action = GENERATE(DeadLetterAction::replay, DeadLetterAction::drop);
    EngineBed bed(setting_aside());
    std::string id = poison(bed, "a");
    auto home = partition_of("a", kFew);
    SECTION("because it was released before") {
        bed.core->on(engine::PartitionReleased{home});
        bed.sync();
        REQUIRE(bed.releases.size() == 1);
        CHECK(refusal(bed, order_letter(bed, "a", id, action)) == Errc::starting);
    }
    SECTION("because it is released while the letter is being read") {
        bed.hold_reads = true;
        WaiterId waiter = order_letter(bed, "a", id, action);
        bed.core->on(engine::PartitionReleased{home});
        bed.hold_reads = false;
        bed.answer_reads();
        CHECK(refusal(bed, waiter) == Errc::starting);
        bed.sync();
        REQUIRE(bed.releases.size() == 1);
    }
    // Another process may own them: they are not listed here either.
    CHECK(shows(told(bed, ask_letters(bed)), "\"dead_letters\":[]"));
    bed.sync();
    CHECK(letters(bed) == 1);
    CHECK(counters(bed, "a").set_aside == 1);
    bed.core->on(engine::PartitionAcquired{home});
    bed.answer_reads();
    CHECK(shows(told(bed, ask_letters(bed)), id));
    WaiterId waiter = order_letter(bed, "a", id, action);
    seen_by_all(bed);
    CHECK(changed(bed, waiter));
    CHECK(letters(bed) == 0);
}

TEST_CASE("a partition goes when a letter's order that was carried out is durable", "[operators]") {
    EngineBed bed(setting_aside());
    std::string id = poison(bed, "a");
    WaiterId waiter = order_letter(bed, "a", id, DeadLetterAction::drop);
    bed.core->on(engine::PartitionReleased{partition_of("a", kFew)});
    CHECK(bed.releases.empty());
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    CHECK(changed(bed, waiter));
    CHECK(bed.releases.size() == 1);
    CHECK(letters(bed) == 0);
}

TEST_CASE("a list is read to its end over pages while letters come and go", "[operators]") {
    EngineBed bed(setting_aside());
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i) {
        ids.push_back(poison(bed, std::to_string(i)));
    }
    std::string cursor;
    std::set<std::string> listed;
    bool first = true;
    do {
        std::string page = told(bed, ask_letters(bed, cursor, 3));
        for (const std::string& id : ids) {
            if (shows(page, id)) {
                CHECK(listed.insert(id).second);
            }
        }
        if (first) {
            // The last one of the page, where the cursor stands, and one that is not listed yet.
            for (const std::string& id : ids) {
                order_letter(bed, std::to_string(&id - ids.data()), id, DeadLetterAction::drop);
                break;
            }
            bed.sync();
        }
        first = false;
        std::size_t at = page.find("\"next_cursor\":\"");
        cursor.clear();
        if (at != std::string::npos) {
            at += std::string_view("\"next_cursor\":\"").size();
            cursor = page.substr(at, page.find('"', at) - at);
        }
    } while (!cursor.empty());
    CHECK(listed.size() >= 9);
    CHECK(refusal(bed, ask_letters(bed, "bm90IG91cnM")) == Errc::bad_parameter);
}
