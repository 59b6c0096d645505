// What operators hear of without asking: at once, but not before it is durable.
#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;
using engine::Happening;
using engine::HappeningKind;

namespace {

std::vector<HappeningKind> kinds(const EngineBed& bed) {
    std::vector<HappeningKind> all;
    for (const Happening& one : bed.happenings) {
        all.push_back(one.kind);
    }
    return all;
}

using Kinds = std::vector<HappeningKind>;

}  // namespace

TEST_CASE("R34 R36 that an entity is parked is told when it is durable", "[operators]") {
    EngineBed bed(with_policy(OnPoison::park, 2));
    WaiterId sent = bed.send("f", "a", "poison");
    bed.sync();
    bed.fail_with(0, refused());
    bed.advance(seconds(1));
    bed.fail_with(0, refused());
    REQUIRE(bed.entity("f", "a")->waits == WaitReason::parked);
    CHECK(bed.happenings.empty());
    bed.sync();
    REQUIRE(kinds(bed) == Kinds{HappeningKind::parked});
    CHECK(bed.happenings[0].entity.text() == "t/f/a");
    CHECK(bed.happenings[0].error == "http://f/ answered 500");
    CHECK(bed.happenings[0].attempts == 2);
    CHECK(bed.happenings[0].message_id == id_of(bed, sent));
    CHECK(bed.happenings[0].wall_ms > 0);
    // Not again with each try.
    bed.advance(minutes(12));
    REQUIRE(bed.calls.size() == 1);
    bed.fail_with(0, refused());
    bed.sync();
    CHECK(bed.happenings.size() == 1);
    bed.core->for_each_function([](const engine::FunctionType& type) {
        CHECK(type.stats.parked == 1);
    });
    bed.advance(minutes(12));
    bed.answer(done());
    CHECK(bed.happenings.size() == 1);
    bed.sync();
    CHECK(kinds(bed) == Kinds{HappeningKind::parked, HappeningKind::resumed});
}

TEST_CASE("R34 R36 what a lost store undoes is not told", "[operators]") {
    EngineBed bed(with_policy(OnPoison::park, 1));
    bed.send("f", "a", "poison");
    bed.sync();
    bed.fail_with(0, refused());
    reset(bed);
    bed.sync();
    CHECK(bed.happenings.empty());
    // It comes to the same end again, and that is told.
    REQUIRE(bed.calls.size() == 1);
    bed.fail_with(0, refused());
    bed.sync();
    CHECK(kinds(bed) == Kinds{HappeningKind::parked});
}

TEST_CASE("R34 dead letters are told, with how many messages they are", "[operators]") {
    EngineBed bed(with_policy(OnPoison::dead_letter, 1));
    std::string first = poison(bed, "a");
    REQUIRE(kinds(bed) == Kinds{HappeningKind::dead_letter});
    CHECK(bed.happenings[0].messages == 1);
    CHECK(bed.happenings[0].message_id == first);
    bed.options.failure.on_poison = OnPoison::park;
    bed.crash();
    bed.happenings.clear();
    std::string head = poison(bed, "b");
    bed.send("f", "b", "2");
    WaiterId purge = order(bed, "b", EntityAction::purge_to_dead_letters);
    for (int round = 0; round < 10 && !bed.answered(purge); ++round) {
        bed.advance(milliseconds(1));
        bed.sync();
    }
    CHECK(
        kinds(bed) ==
        Kinds{HappeningKind::parked, HappeningKind::dead_letter, HappeningKind::resumed}
    );
    CHECK(bed.happenings[1].messages == 2);
    CHECK(bed.happenings[1].message_id == head);
}

TEST_CASE("R34 that an endpoint is down or up is told once", "[operators]") {
    EngineBed bed;
    for (int i = 0; i < 10; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    for (int round = 0; round < 20; ++round) {
        while (!bed.calls.empty()) {
            bed.fail(FailureKind::down, "http://f/ connection refused");
        }
        bed.sync();
        bed.advance(seconds(1));
    }
    REQUIRE(kinds(bed) == Kinds{HappeningKind::endpoint_down});
    CHECK(bed.happenings[0].endpoint == "t/*");
    CHECK(bed.happenings[0].error == "http://f/ connection refused");
    for (int round = 0; round < 5; ++round) {
        bed.advance(seconds(1));
        bed.run([](const Asked&) { return done(); });
    }
    CHECK(kinds(bed) == Kinds{HappeningKind::endpoint_down, HappeningKind::endpoint_up});
}

TEST_CASE("R34 that a type refuses everybody, and no longer, is told once", "[operators]") {
    EngineBed bed(with_policy(OnPoison::park, 2));
    for (int i = 0; i < 50; ++i) {
        bed.send("bad", std::to_string(i), "x");
    }
    bool is_mended = false;
    for (int second = 0; second < 60; ++second) {
        is_mended = second >= 30;
        while (!bed.calls.empty()) {
            is_mended ? bed.answer(done()) : bed.fail_with(0, refused());
        }
        bed.sync();
        bed.advance(seconds(1));
    }
    REQUIRE(kinds(bed) == Kinds{HappeningKind::type_down, HappeningKind::type_up});
    CHECK(bed.happenings[0].entity.type.text() == "t/bad");
    CHECK(bed.happenings[0].error == "http://f/ answered 500");
}

TEST_CASE("R34 news that wait for the disk are bounded, and the rest is counted", "[operators]") {
    EngineBed bed;
    engine::News news(bed);
    for (std::size_t i = 0; i < engine::News::kHeldMax + 7; ++i) {
        news.tell({}, CommitNumber{i + 1});
    }
    CHECK(news.lost() == 7);
    news.settle(CommitNumber{3});
    CHECK(bed.happenings.size() == 3);
    news.tell({});
    news.clear();
    news.settle(CommitNumber{0});
    CHECK(bed.happenings.size() == 4);
}

TEST_CASE("R34 parked entities are counted also where they are on disk alone", "[operators]") {
    engine::EngineOptions options = with_policy(OnPoison::park, 1);
    options.memory_budget_bytes = 1;
    EngineBed bed(options);
    std::string head = poison(bed, "a");
    bed.send("f", "c", "x");
    seen_by_all(bed);  // Others of the type do well.
    poison(bed, "b");
    bed.send("f", "c", "x");
    seen_by_all(bed);
    REQUIRE(bed.entity("f", "a") == nullptr);
    CHECK(bed.core->stats().parked_entities == 2);
    reset(bed);
    CHECK(bed.core->stats().parked_entities == 2);
    bed.crash();
    CHECK(bed.core->stats().parked_entities == 2);
    order(bed, "a", EntityAction::skip, head);
    bed.sync();
    CHECK(bed.core->stats().parked_entities == 1);
    WaiterId retry = order(bed, "b", EntityAction::retry);
    seen_by_all(bed);
    CHECK(changed(bed, retry));
    CHECK(bed.core->stats().parked_entities == 0);
}
