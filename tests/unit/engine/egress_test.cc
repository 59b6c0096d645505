// What leaves: egress records, their positions and lanes.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

TEST_CASE("R36 egress records leave in order, when durable, one at a time", "[engine][egress]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send_egress(response, "news", "one");
    send_egress(response, "news", "two");
    bed.answer(response);
    auto waiter = bed.ask_egress("news");
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    REQUIRE(bed.answer_of<engine::EgressOffer>(waiter) != nullptr);
    engine::EgressOffer offer = *bed.answer_of<engine::EgressOffer>(waiter);
    CHECK(offer.position == 1);
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("news")) != nullptr);
    bed.egress_taken(offer, true);
    auto second = bed.ask_egress("news");
    REQUIRE(bed.answer_of<engine::EgressOffer>(second) != nullptr);
    CHECK(bed.answer_of<engine::EgressOffer>(second)->position == 2);
}

TEST_CASE("a record whose answer could not be written stays at the head", "[engine][hazard-12]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send_egress(response, "news", "one");
    bed.answer(response);
    bed.sync();
    auto offer = *bed.answer_of<engine::EgressOffer>(bed.ask_egress("news"));
    bed.egress_taken(offer, false);
    auto again = bed.ask_egress("news");
    REQUIRE(bed.answer_of<engine::EgressOffer>(again) != nullptr);
    CHECK(bed.answer_of<engine::EgressOffer>(again)->position == 1);
}

TEST_CASE(
    "a lane goes on at its position after restarts, whether full or drained",
    "[engine][egress]"
) {
    EngineBed bed;
    auto emit = [&](const std::string& payload) {
        bed.send("f", "a", "x");
        auto response = done();
        send_egress(response, "news", payload);
        bed.answer(response);
        bed.sync();
    };
    emit("one");
    emit("two");
    bed.egress_taken(*bed.answer_of<engine::EgressOffer>(bed.ask_egress("news")), true);
    bed.sync();
    bed.crash();
    auto offer = *bed.answer_of<engine::EgressOffer>(bed.ask_egress("news"));
    CHECK(offer.position == 2);
    bed.egress_taken(offer, true);
    bed.sync();
    bed.crash();
    emit("three");
    CHECK(bed.answer_of<engine::EgressOffer>(bed.ask_egress("news"))->position == 3);
}

TEST_CASE("a lane with ten thousand records keeps few of them in memory", "[engine][egress]") {
    EngineBed bed;
    for (int i = 0; i < 100; ++i) {
        bed.send("f", "a", "x");
        auto response = done();
        for (int n = 0; n < 100; ++n) {
            send_egress(response, "news", std::to_string(i * 100 + n));
        }
        bed.answer(response);
        bed.sync();
    }
    for (std::uint64_t position = 1; position <= 10'000; ++position) {
        auto waiter = bed.ask_egress("news");
        const auto* offer = bed.answer_of<engine::EgressOffer>(waiter);
        REQUIRE(offer != nullptr);
        REQUIRE(offer->position == position);
        bed.egress_taken(engine::EgressOffer(*offer), true);
    }
    bed.sync();
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("news")) != nullptr);
}

TEST_CASE(
    "positions are dense per egress, each topic is read by itself, also after a restart",
    "[engine][egress]"
) {
    EngineBed bed;
    std::map<std::string, std::vector<std::uint64_t>> positions;
    for (std::uint64_t i = 1; i <= 900; ++i) {
        std::string topic = i % 300 == 0 ? "rare" : "news";
        positions[topic].push_back(i);
        bed.send("f", "a", "x");
        auto response = done();
        send_egress(response, topic, "x");
        bed.answer(response);
        bed.sync();
    }
    bed.crash();
    auto take = [&](const std::string& topic) {
        auto waiter = bed.ask_egress(topic);
        const auto* offer = bed.answer_of<engine::EgressOffer>(waiter);
        REQUIRE(offer != nullptr);
        std::uint64_t position = offer->position;
        bed.egress_taken(engine::EgressOffer(*offer), true);
        return position;
    };
    for (std::uint64_t position : positions["rare"]) {
        CHECK(take("rare") == position);
    }
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("rare")) != nullptr);
    for (std::size_t i = 0; i < positions["news"].size(); ++i) {
        REQUIRE(take("news") == positions["news"][i]);
        if (i == 400) {
            bed.sync();
            bed.crash();
        }
    }
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("news")) != nullptr);
}

TEST_CASE(
    "a record that the playground egress can't deliver is a dead letter",
    "[engine][egress]"
) {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send_egress(response, "news", "good");
    auto* record = response.mutable_invocation_result()->mutable_outgoing_egresses(0);
    record->mutable_argument()->set_value("not json");
    bed.answer(response);
    bed.sync();
    CHECK(bed.core->stats().dead_letters == 1);
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE(
    "a flood of undeclared topics is refused as a whole, declared ones stay readable",
    "[engine][egress]"
) {
    EngineBed bed;
    bed.module.playground_egress = PlaygroundEgressSpec{0, {"news"}, {}};
    bed.send("f", "good", "x");
    auto good = done();
    send_egress(good, "news", "one");
    bed.answer(good);
    bed.send("f", "flood", "x");
    auto flood = done();
    for (std::size_t i = 0; i <= engine::kLanesMax; ++i) {
        send_egress(flood, "t" + std::to_string(i), "x");
    }
    bed.answer(flood);
    CHECK(bed.error_of("f", "flood").find("topics") != std::string::npos);
    // As many as there may be, and the declared one still has its place.
    bed.send("f", "full", "x");
    auto full = done();
    for (std::size_t i = 0; i + 1 < engine::kLanesMax; ++i) {
        send_egress(full, "t" + std::to_string(i), "x");
    }
    bed.answer(full);
    bed.sync();
    bed.crash();
    auto waiter = bed.ask_egress("news");
    REQUIRE(bed.answer_of<engine::EgressOffer>(waiter) != nullptr);
    CHECK(bed.answer_of<engine::EgressOffer>(waiter)->position == 1);
}
