// io.statefun.kafka.v1/egress: what is read, what is in force, and what is said.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <string>

using sfg::KafkaDelivery;
using sfg::KafkaEgressSpec;
using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;
using std::chrono::milliseconds;

namespace {

const std::string kEndpoint =
    "kind: io.statefun.endpoints.v2/http\nspec: {functions: shop/*, urlPathTemplate: "
    "'http://fn/'}\n---\n";

// An egress with more keys from line 8 on.
std::string egress(const std::string& more) {
    return kEndpoint + "kind: io.statefun.kafka.v1/egress\nspec:\n  id: shop/out\n" +
           "  address: broker:9092\n" + more;
}

KafkaEgressSpec read(const std::string& more) {
    const LoadedModules loaded = load(egress(more));
    for (const sfg::Diagnostic& each : loaded.diagnostics) {
        UNSCOPED_INFO(each.text());
    }
    REQUIRE(loaded.ok());
    REQUIRE(loaded.spec.kafka_egresses.size() == 1);
    return loaded.spec.kafka_egresses.front();
}

std::string value_of(const KafkaEgressSpec& spec, const std::string& name) {
    const auto found = std::ranges::find(spec.properties, name, &sfg::KafkaProperty::name);
    return found == spec.properties.end() ? "-" : found->value;
}

}  // namespace

TEST_CASE("an egress of Kafka is read with StateFun's defaults", "[module]") {
    check_reports(load(egress("")), {});
    const KafkaEgressSpec spec = read("");
    CHECK(spec.id.text() == "shop/out");
    CHECK(spec.brokers == "broker:9092");
    CHECK(spec.delivery == KafkaDelivery::at_least_once);
    CHECK(value_of(spec, "partitioner") == "murmur2_random");
    CHECK(value_of(spec, "enable.idempotence") == "true");
    CHECK(value_of(spec, "transaction.timeout.ms") == "-");
}

TEST_CASE("F42 every semantic, and both spellings of the time-out", "[module]") {
    const auto exactly = [](const std::string& timeout) {
        return read("  deliverySemantic: {type: exactly-once, " + timeout + "}\n");
    };
    CHECK(read("  deliverySemantic: {type: none}\n").delivery == KafkaDelivery::none);
    CHECK(
        read("  deliverySemantic: {type: at-least-once}\n").delivery == KafkaDelivery::at_least_once
    );
    CHECK(exactly("transactionTimeout: 15min").transaction_timeout == milliseconds(900'000));
    CHECK(exactly("transactionTimeout: 100000").transaction_timeout == milliseconds(100'000));
    CHECK(
        exactly("transactionTimeoutMillis: '900000'").transaction_timeout == milliseconds(900'000)
    );
    const KafkaEgressSpec spec = exactly("transactionTimeout: 5sec");
    CHECK(spec.delivery == KafkaDelivery::exactly_once);
    CHECK(value_of(spec, "transaction.timeout.ms") == "5000");
    CHECK(value_of(spec, "enable.idempotence") == "true");
}

TEST_CASE("how often an egress commits can be said", "[module]") {
    const std::string exactly =
        "  deliverySemantic: {type: exactly-once, transactionTimeout: 1s}\n";
    CHECK(read("").commit_interval == milliseconds(20));
    CHECK(read("  gateway: {commitInterval: 5ms}\n").commit_interval == milliseconds(5));
    CHECK(read("  gateway: {commitInterval: 1min}\n").commit_interval == milliseconds(60'000));
    CHECK(
        read(exactly + "  gateway: {commitInterval: 500}\n").commit_interval == milliseconds(500)
    );
    // No transaction is longer than it may be because nobody said how long.
    CHECK(
        read("  deliverySemantic: {type: exactly-once, transactionTimeout: 10ms}\n")
            .commit_interval == milliseconds(5)
    );
}

TEST_CASE("a commit interval out of its bounds is refused", "[module]") {
    const std::string exactly =
        "  deliverySemantic: {type: exactly-once, transactionTimeout: 1s}\n";
    const std::string at = "spec.gateway.commitInterval";
    check_reports(
        load(egress("  gateway: {commitInterval: 0}\n")),
        {{"error 8 " + at, "accepted: 1 ms to 1 min"}}
    );
    check_reports(
        load(egress("  gateway: {commitInterval: 2min}\n")),
        {{"error 8 " + at, "accepted: 1 ms to 1 min"}}
    );
    check_reports(
        load(egress(exactly + "  gateway: {commitInterval: 501ms}\n")),
        {{"error 9 " + at, "accepted: 1 ms to 500 ms, half of transactionTimeout"}}
    );
    check_reports(
        load(egress("  commitInterval: 5ms\n")),
        {{"warning 8 spec.commitInterval", "belongs under gateway"}}
    );
    check_reports(
        load(egress("  gateway: {comitInterval: 5ms}\n")),
        {{"warning 8 spec.gateway.comitInterval", "did you mean commitInterval?"}}
    );
}

TEST_CASE("milliseconds with a unit, as the documentation has them, are taken", "[module]") {
    const LoadedModules loaded =
        load(egress("  deliverySemantic: {type: exactly-once, transactionTimeoutMillis: 15min}\n"));
    check_reports(
        loaded,
        {{"warning 8 spec.deliverySemantic.transactionTimeoutMillis",
          "StateFun refuses this; taken as 15 min"}}
    );
    CHECK(loaded.spec.kafka_egresses.at(0).transaction_timeout == milliseconds(900'000));
    check_reports(
        load(egress("  deliverySemantic: {type: exactly-once, transactionTimeoutMillis: 1000, "
                    "transactionTimeout: 2s}\n")),
        {{"warning 8 spec.deliverySemantic.transactionTimeout", "is there and wins"}}
    );
}

TEST_CASE("a semantic that is none is refused", "[module]") {
    const std::string at = "error 8 spec.deliverySemantic";
    const std::array<std::pair<std::string, Expected>, 6> cases{{
        {"{}", {at + ".type", "the key type is missing"}},
        {"exactly-once", {at, "accepted: a map; found exactly-once"}},
        {"{type: exactly_once}", {at + ".type", "did you mean exactly-once?"}},
        {"{type: exactly-once}", {at + ".transactionTimeout", "exactly-once needs it"}},
        {"{type: exactly-once, transactionTimeout: 0}",
         {at + ".transactionTimeout", "accepted: a time above 0"}},
        {"{type: exactly-once, transactionTimeout: soon}",
         {at + ".transactionTimeout", "accepted: a whole number and a unit"}},
    }};
    for (const auto& [map, expected] : cases) {
        INFO(map);
        check_reports(load(egress("  deliverySemantic: " + map + "\n")), {expected});
    }
}

TEST_CASE("F26 M03 a semantic whose indent was lost names the lines", "[module]") {
    check_reports(
        load(egress("  deliverySemantic:\n  type: exactly-once\n  transactionTimeout: 5sec\n")),
        {{"error 8 spec.deliverySemantic",
          "empty; accepted: a map with the key type; type at line 9, transactionTimeout at line "
          "10: "
          "indent it below"}}
    );
}

TEST_CASE("a producer's settings that contradict its semantic", "[module]") {
    const std::string exactly =
        "  deliverySemantic: {type: exactly-once, transactionTimeout: 1min}\n  properties:\n";
    for (const char* property :
         {"acks: '1'",
          "enable.idempotence: false",
          "retries: 0",
          "max.in.flight.requests.per.connection: 6"}) {
        INFO(property);
        const LoadedModules loaded = load(egress(exactly + "  - " + property + "\n"));
        REQUIRE(loaded.diagnostics.size() == 1);
        CHECK_THAT(loaded.diagnostics[0].text(), Catch::Contains("exactly-once needs acks: all"));
    }
    check_reports(
        load(egress(exactly + "  - delivery.timeout.ms: 120000\n  - acks: all\n")),
        {{"warning 10 spec.properties[0].delivery.timeout.ms", "taken as 1 min"}}
    );
    check_reports(
        load(egress("  properties:\n  - acks: 0\n")),
        {{"warning 9 spec.properties[0].acks", "a record may be lost without its being known"}}
    );
    check_reports(
        load(egress("  properties:\n  - max.in.flight.requests.per.connection: 10\n")),
        {{"warning 9 spec.properties[0].max.in.flight.requests.per.connection",
          "may change the order of records"}}
    );
}

TEST_CASE("F11 the semantic's time-out wins over that of the properties", "[module]") {
    const LoadedModules loaded =
        load(egress("  deliverySemantic: {type: exactly-once, transactionTimeout: 15min}\n"
                    "  properties:\n  - transaction.timeout.ms: 7200000\n"));
    check_reports(
        loaded,
        {{"warning 10 spec.properties[0].transaction.timeout.ms",
          "deliverySemantic wins, with 900000 ms"}}
    );
    CHECK(value_of(loaded.spec.kafka_egresses.at(0), "transaction.timeout.ms") == "900000");
}

TEST_CASE("F09 M02 topics of an egress allow nothing and forbid nothing", "[module]") {
    check_reports(
        load(egress("  topics: [a, b]\n  consumerGroupId: g\n")),
        {{"warning 8 spec.topics", "each record names its own topic"},
         {"warning 9 spec.consumerGroupId", "belongs to an ingress; ignored"}}
    );
}

TEST_CASE("an id is given to one egress", "[module]") {
    check_reports(
        load(egress("---\nkind: io.statefun.kafka.v1/egress\nspec: {id: shop/out, address: 'b:1'}\n"
        )),
        {{"error 10 spec.id", "there is an egress of that id already at m.yaml:6"}}
    );
}

TEST_CASE("M10 an address in braces is a placeholder", "[module]") {
    check_reports(
        load("kind: io.statefun.kafka.v1/egress\nspec: {id: shop/out, address: {BROKER}}\n"),
        {{"error 2 spec.address", "found a map {BROKER}"}}
    );
}
