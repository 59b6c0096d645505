#include "protocol/egress_lane.h"

#include "protocol/codec.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace sfg {

namespace {

const TypeName kPlayground{"io.statefun.playground", "egress"};

LaneChoice lane_of(const std::string& json) {
    SharedBytes record = encode_typed_value({"io.statefun.playground/EgressRecord", true, json});
    return choose_lane(kPlayground, record.view());
}

}  // namespace

TEST_CASE("a playground record's lane is its topic", "[protocol]") {
    CHECK(lane_of(R"({"topic": "greetings", "payload": "hi"})").lane == "greetings");
    CHECK(lane_of(R"({"payload": "", "topic": ""})").lane == "");
    CHECK(lane_of(R"( {"topic":"\u00e4\n","payload":"x"} )").lane == "\u00e4\n");
}

TEST_CASE("what is not exactly a topic and a payload has no lane, and a reason", "[protocol]") {
    for (const char* json :
         {"",
          "null",
          "7",
          "\"topic\"",
          "[]",
          "{}",
          R"({"topic": "t"})",
          R"({"payload": "p"})",
          R"({"topic": 1, "payload": "p"})",
          R"({"topic": "t", "payload": null})",
          R"({"topic": "t", "payload": "p", "more": "m"})",
          R"({"topic": "t", "payload": {"topic": "t", "payload": "p"}})",
          R"([{"topic": "t", "payload": "p"}])",
          R"({"topic": "t", "payload": "p"} x)",
          R"({"topic": "t", "payload": "p")"}) {
        INFO(json);
        CHECK_FALSE(lane_of(json).lane);
        CHECK(lane_of(json).reason.find("a record must be JSON") != std::string::npos);
    }
}

TEST_CASE("other egresses are not looked into", "[protocol]") {
    CHECK(choose_lane({"my", "egress"}, "nonsense").lane == "");
    SharedBytes other = encode_typed_value({"t/x", true, "{}"});
    CHECK(choose_lane(kPlayground, other.view()).reason.find("takes") != std::string::npos);
}

TEST_CASE("ten megabytes of brackets are refused at the first of them", "[protocol]") {
    std::string brackets(10'000'000, '[');
    auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(lane_of(brackets).lane);
    CHECK_FALSE(lane_of(R"({"topic": "t", "payload": )" + brackets).lane);
    // Half a second when it built what it read; the margin is for a busy machine.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(250));
}

}  // namespace sfg
