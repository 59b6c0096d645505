// What becomes of one record.
#include "protocol/limits.h"
#include "tests/unit/ingress/fake_port.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace sfg::test {
namespace {

using ingress::add_kafka_record;
using ingress::KafkaFate;
using ingress::KafkaMessageRules;
using ingress::KafkaOutcome;

struct Bed {
    KafkaTopic topic;
    KafkaMessageRules rules{128, 100};
    SourceBatch batch;

    Bed() {
        topic.topic = "t";
        topic.value_type = "shop/Order";
        topic.targets = {{"shop", "cart"}, {"shop", "audit"}};
        rules.id_header = "id";
        rules.type_header = "type";
    }

    KafkaOutcome add(const FakeRecord& record) {
        return add_kafka_record(record.view(), topic, rules, batch);
    }

    nlohmann::json refused() const { return nlohmann::json::parse(batch.refused.at(0).record); }
};

}  // namespace

TEST_CASE("a record becomes a message to each target, in their order", "[ingress][kafka]") {
    Bed bed;
    auto outcome = bed.add({"ann", "42"});
    CHECK(outcome.fate == KafkaFate::messages);
    CHECK(outcome.bytes > 0);
    REQUIRE(bed.batch.messages.size() == 2);
    CHECK(bed.batch.messages[0].target == Address{{"shop", "cart"}, "ann"});
    CHECK(bed.batch.messages[1].target == Address{{"shop", "audit"}, "ann"});
    auto decoded = decode_message(bed.batch.messages[1].stored.view());
    CHECK_FALSE(decoded->caller);
    CHECK(decoded->argument == TypedValue{"shop/Order", true, "42"});
    CHECK(message_home(bed.batch.messages[0].stored.view()) == partition_of("ann", 128));
}

TEST_CASE("an empty key is an id, an empty value a value", "[ingress][kafka]") {
    Bed bed;
    CHECK(bed.add({"", ""}).fate == KafkaFate::messages);
    CHECK(bed.batch.messages.at(0).target.id.empty());
    CHECK(decode_message(bed.batch.messages[0].stored.view())->argument.has_value);
}

TEST_CASE("headers say the id and the type where they are there", "[ingress][kafka]") {
    Bed bed;
    FakeRecord record{std::nullopt, "42", {{"id", "x"}, {"type", "a/B"}, {"id", "ann"}}};
    CHECK(bed.add(record).fate == KafkaFate::messages);
    CHECK(bed.batch.messages.at(0).target.id == "ann");
    CHECK(decode_message(bed.batch.messages[0].stored.view())->argument.type_name == "a/B");
    bed.batch = {};
    CHECK(bed.add({"bob", "42", {{"id", std::nullopt}}}).fate == KafkaFate::messages);
    CHECK(bed.batch.messages.at(0).target.id == "bob");
    CHECK(bed.add({"bob", "42", {{"type", ""}}}).fate == KafkaFate::refused);
}

TEST_CASE("what can't be a message is set aside with the reason", "[ingress][kafka]") {
    auto [record, reason] = GENERATE(table<FakeRecord, std::string>({
        {{std::nullopt, "v"}, "it has no key"},
        {{"\xff", "v"}, "its key is not UTF-8"},
        {{std::string(kIdBytesMax + 1, 'k'), "v"}, "more than the 65536 of an id"},
        {{"k", std::nullopt}, "a tombstone"},
        {{"k", std::string(101, 'v')}, "its value has 101 bytes, more than the 100"},
    }));
    Bed bed;
    auto outcome = bed.add(record);
    CHECK(outcome.fate == KafkaFate::refused);
    CHECK_THAT(outcome.reason, Catch::Contains(reason));
    CHECK(bed.batch.messages.empty());
    CHECK_THAT(bed.refused()["reason"].get<std::string>(), Catch::Contains(reason));
}

TEST_CASE("R28 a record that is set aside is kept whole, and null stays null", "[ingress][kafka]") {
    Bed bed;
    FakeRecord record{"\xff", std::nullopt, {{"h", "1"}, {"n", std::nullopt}}, 1'234};
    CHECK(bed.add(record).fate == KafkaFate::refused);
    auto json = bed.refused();
    CHECK(json["topic"] == "t");
    CHECK(json["partition"] == 0);
    CHECK(json["offset"] == 0);
    CHECK(json["timestamp"] == 1'234);
    CHECK(json["key"] == "/w==");
    CHECK(json["value"].is_null());
    CHECK(json["headers"][0]["value"] == "MQ==");
    CHECK(json["headers"][1]["value"].is_null());
}

TEST_CASE("of a value that is too large the beginning is kept, and its size", "[ingress][kafka]") {
    Bed bed;
    bed.rules.value_bytes_max = 200'000;
    CHECK(bed.add({"k", std::string(300'000, 'v')}).fate == KafkaFate::refused);
    CHECK(bed.refused()["value_is_cut_from_bytes"] == 300'000);
    CHECK(bed.batch.refused[0].record.size() < 100'000);
    bed.batch = {};
    CHECK(bed.add({std::nullopt, std::string(150'000, 'v')}).fate == KafkaFate::refused);
    CHECK(bed.refused()["value"].get<std::string>().size() == 200'000);
}

TEST_CASE("a forwarded record has its key as id if it can", "[ingress][kafka]") {
    Bed bed;
    bed.topic.invalid = {OnInvalidRecord::forward, SkipLog::warn, TypeName{"shop", "odd"}};
    auto forwarded = [&bed](const FakeRecord& record) {
        bed.batch = {};
        CHECK(bed.add(record).fate == KafkaFate::messages);
        REQUIRE(bed.batch.messages.size() == 1);
        return bed.batch.messages[0].target.id;
    };
    CHECK(forwarded({"ann", std::nullopt}) == "ann");
    CHECK(forwarded({std::nullopt, "v"}) == "none");
    CHECK(forwarded({"\xff", "v"}) == "none");
    SECTION("but for one that no message can hold") {
        bed.batch = {};
        CHECK(bed.add({"k", std::string(101, 'v')}).fate == KafkaFate::refused);
    }
}

}  // namespace sfg::test
