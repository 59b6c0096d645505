// io.statefun.kafka.v1/ingress: what is read, what is in force, and what is said.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::KafkaFrom;
using sfg::KafkaIngressSpec;
using sfg::KafkaReset;
using sfg::LoadedModules;
using sfg::OnInvalidRecord;
using sfg::TopicMatch;
using sfg::TypeName;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;

namespace {

const std::string kEndpoint =
    "kind: io.statefun.endpoints.v2/http\nspec: {functions: shop/*, urlPathTemplate: "
    "'http://fn/'}\n---\n";

// An ingress on lines 4 and on, its spec's lines with two blanks in front.
std::string ingress(const std::string& spec) {
    return kEndpoint + "kind: io.statefun.kafka.v1/ingress\nspec:\n" + spec;
}

// A whole one with more keys from line 11 on.
std::string whole(const std::string& more) {
    return ingress(
        "  id: shop/in\n  address: broker:9092\n  consumerGroupId: shop\n  topics:\n"
        "  - {topic: orders, valueType: shop/Order, targets: [shop/orders, shop/audit]}\n" +
        more
    );
}

// The only ingress of a text that has no errors.
KafkaIngressSpec read(const std::string& text) {
    const LoadedModules loaded = load(text);
    for (const sfg::Diagnostic& each : loaded.diagnostics) {
        UNSCOPED_INFO(each.text());
    }
    REQUIRE(loaded.ok());
    REQUIRE(loaded.spec.kafka_ingresses.size() == 1);
    return loaded.spec.kafka_ingresses.front();
}

}  // namespace

TEST_CASE("an ingress of Kafka is read with StateFun's defaults", "[module]") {
    check_reports(load(whole("")), {});
    const KafkaIngressSpec spec = read(whole(""));
    CHECK(spec.id.text() == "shop/in");
    CHECK(spec.brokers == "broker:9092");
    CHECK(spec.group == "shop");
    CHECK(spec.start.from == KafkaFrom::latest);
    CHECK_FALSE(spec.start.is_declared);
    CHECK(spec.start.text() == "latest (default)");
    CHECK(spec.reset == KafkaReset::latest);
    CHECK(spec.properties.empty());
    CHECK(spec.where.line == 6);
    REQUIRE(spec.topics.size() == 1);
    CHECK(spec.topics[0].topic == "orders");
    CHECK(spec.topics[0].match == TopicMatch::name);
    CHECK(spec.topics[0].value_type == "shop/Order");
    CHECK(spec.topics[0].targets == std::vector<TypeName>{{"shop", "orders"}, {"shop", "audit"}});
    CHECK(spec.topics[0].invalid.action == OnInvalidRecord::dead_letter);
    CHECK_FALSE(spec.topics[0].forward_headers);
}

TEST_CASE("address and group may come from the properties, and win over them", "[module]") {
    const std::string topics =
        "  topics:\n  - {topic: orders, valueType: shop/Order, targets: [shop/orders]}\n";
    const std::string properties =
        "  properties:\n  - bootstrap.servers: other:9092\n  - group.id: others\n";
    const KafkaIngressSpec bare = read(ingress("  id: shop/in\n" + topics + properties));
    CHECK(bare.brokers == "other:9092");
    CHECK(bare.group == "others");
    const KafkaIngressSpec both = read(whole(properties));
    CHECK(both.brokers == "broker:9092");
    CHECK(both.group == "shop");
}

TEST_CASE("what an ingress of Kafka needs is asked for", "[module]") {
    check_reports(
        load(ingress("  startupPosition: {type: earliest}\n")),
        {{"error 5 spec.id", "the key id is missing"},
         {"error 5 spec.address", "the key address is missing"},
         {"error 5 spec.consumerGroupId", "the key consumerGroupId is missing"},
         {"error 5 spec.topics", "there is none to read from"}}
    );
    check_reports(
        load(ingress("  id: broker:9092\n  address: ''\n  consumerGroupId: g\n  topics: []\n")),
        {{"error 6 spec.id", "accepted: namespace/name of an ingress; found \"broker:9092\""},
         {"error 7 spec.address", "empty"},
         {"error 9 spec.topics", "there is none to read from"}}
    );
}

TEST_CASE("what is wrong with a topic is told at its place", "[module]") {
    const std::string head =
        ingress("  id: shop/in\n  address: b:9092\n  consumerGroupId: g\n  topics:\n  - ");
    const std::string path = "spec.topics[0]";
    std::string crowd = "shop/f";
    for (int i = 0; i < 100; ++i) {
        crowd += ", shop/f";
    }
    const std::array<std::pair<std::string, Expected>, 9> cases{{
        {"orders", {"error 10 " + path, "accepted: a map with the keys topic, valueType"}},
        {"{valueType: shop/O, targets: [shop/f]}", {"error 10 " + path + ".topic", "is missing"}},
        {"{topic: t, targets: [shop/f]}", {"error 10 " + path + ".valueType", "is missing"}},
        {"{topic: t, valueType: shop/O}", {"error 10 " + path + ".targets", "there is none"}},
        {"{topic: t, valueType: shop/O, targets: []}",
         {"error 10 " + path + ".targets", "there is none"}},
        {"{topic: t, valueType: shop/O, targets: [shop]}",
         {"error 10 " + path + ".targets[0]", "not a name of two parts"}},
        {"{topic: 'orders.*', valueType: shop/O, targets: [shop/f]}",
         {"error 10 " + path + ".topic", "stand under spec.gateway.topicPatterns"}},
        {"{topic: t, valueType: shop/O, targets: [io.statefun.gateway/call]}",
         {"error 10 " + path + ".targets[0]", "is reserved for the gateway"}},
        {"{topic: t, valueType: shop/O, targets: [" + crowd + "]}",
         {"error 10 " + path + ".targets", "101 functions; accepted: up to 100"}},
    }};
    for (const auto& [text, expected] : cases) {
        INFO(text);
        const LoadedModules loaded = load(head + text + "\n");
        REQUIRE_FALSE(loaded.diagnostics.empty());
        CHECK(sfg::test::head_of(loaded.diagnostics[0]) == expected.head);
        CHECK_THAT(loaded.diagnostics[0].text(), Catch::Contains(expected.part));
    }
}

TEST_CASE("F34 a pattern is no target", "[module]") {
    const LoadedModules loaded =
        load(ingress("  id: shop/in\n  address: b:9092\n  consumerGroupId: g\n"
                     "  topics: [{topic: t, valueType: shop/O, targets: [shop/*]}]\n"));
    REQUIRE_FALSE(loaded.diagnostics.empty());
    CHECK_THAT(
        loaded.diagnostics[0].text(), Catch::Contains("a pattern, not a function; accepted: ")
    );
}

TEST_CASE("a target that no endpoint serves is warned of, whatever the order", "[module]") {
    const std::string kafka =
        "kind: io.statefun.kafka.v1/ingress\nspec: {id: shop/in, address: 'b:9092', "
        "consumerGroupId: g, topics: [{topic: t, valueType: shop/O, targets: [shop/f, ship/g]}]}\n";
    const LoadedModules loaded =
        sfg::load_modules({{"kafka.yaml", kafka}, {"functions.yaml", kEndpoint}});
    check_reports(
        loaded, {{"warning 2 spec.topics[0].targets[1]", "no endpoint serves this function"}}
    );
    CHECK(loaded.diagnostics[0].where.file == "kafka.yaml");
}

TEST_CASE("of a topic that is there twice the last counts", "[module]") {
    const LoadedModules loaded =
        load(whole("  - {topic: orders, valueType: shop/New, targets: [shop/orders]}\n"));
    check_reports(loaded, {{"warning 11 spec.topics[1].topic", "the last one counts"}});
    REQUIRE(loaded.spec.kafka_ingresses.at(0).topics.size() == 1);
    CHECK(loaded.spec.kafka_ingresses.at(0).topics[0].value_type == "shop/New");
}

TEST_CASE("every position to start from", "[module]") {
    const auto start = [](const std::string& map) {
        return read(whole("  startupPosition: " + map + "\n")).start;
    };
    CHECK(start("{type: latest}").text() == "latest");
    CHECK(start("{type: earliest}").text() == "earliest");
    CHECK(start("{type: group-offsets}").from == KafkaFrom::group_offsets);
    CHECK(
        start("{type: specific-offsets, offsets: [orders/1: 20, orders/0: 91]}").text() ==
        "offsets orders/0: 91, orders/1: 20"
    );
    CHECK(
        start("{type: date, date: '2020-02-01 04:15:00.500 +0100'}").text() ==
        "date 2020-02-01 03:15:00.500 UTC"
    );
}

TEST_CASE("a position that is none is refused", "[module]") {
    const std::string at = "error 11 spec.startupPosition";
    const std::array<std::pair<std::string, Expected>, 8> cases{{
        {"{}", {at + ".type", "the key type is missing"}},
        {"latest", {at, "accepted: a map; found latest"}},
        {"{type: group_offsets}", {at + ".type", "did you mean group-offsets?"}},
        {"{type: specific-offsets}", {at + ".offsets", "the key offsets is missing"}},
        {"{type: specific-offsets, offsets: []}", {at + ".offsets", "there is none"}},
        {"{type: specific-offsets, offsets: [orders: 1]}",
         {at + ".offsets[0].orders", "accepted: topic/partition: offset"}},
        {"{type: specific-offsets, offsets: [orders/0: -1]}",
         {at + ".offsets[0].orders/0", "both numbers from 0"}},
        {"{type: date, date: yesterday}", {at + ".date", "accepted: a date such as"}},
    }};
    for (const auto& [map, expected] : cases) {
        INFO(map);
        check_reports(load(whole("  startupPosition: " + map + "\n")), {expected});
    }
    check_reports(
        load(whole("  startupPosition: {type: specific-offsets, offsets: [other/0: 1]}\n")),
        {{"warning 11 spec.startupPosition.offsets[0].other/0", "no topic of this ingress"}}
    );
    check_reports(
        load(whole("  startupPosition: {type: earliest, date: '2020-02-01 04:15:00.000 +0000'}\n")),
        {{"warning 11 spec.startupPosition.date", "has an effect with type: date only"}}
    );
}

TEST_CASE("the reset position is a word in any case", "[module]") {
    CHECK(read(whole("  autoOffsetResetPosition: EARLIEST\n")).reset == KafkaReset::earliest);
    check_reports(
        load(whole("  autoOffsetResetPosition: earlest\n")),
        {{"error 11 spec.autoOffsetResetPosition", "did you mean earliest?"}}
    );
}

TEST_CASE("records that can't be messages: a rule for all, and one for a topic", "[module]") {
    const KafkaIngressSpec spec = read(
        whole("  - topic: strict\n    valueType: shop/O\n    targets: [shop/f]\n"
              "    invalidRecordHandling: {type: fail}\n"
              "  - topic: told\n    valueType: shop/O\n    targets: [shop/f]\n"
              "    invalidRecordHandling: {type: forward, target: shop/broken}\n"
              "    forwardHeaders: false\n"
              "  invalidRecordHandling: {type: skip, logLevel: error}\n  forwardHeaders: true\n")
    );
    REQUIRE(spec.topics.size() == 3);
    CHECK(spec.topics[0].invalid.action == OnInvalidRecord::skip);
    CHECK(spec.topics[0].invalid.log == sfg::SkipLog::error);
    CHECK(spec.topics[0].forward_headers);
    CHECK(spec.topics[1].invalid.action == OnInvalidRecord::fail);
    CHECK(spec.topics[2].invalid.function == TypeName{"shop", "broken"});
    CHECK_FALSE(spec.topics[2].forward_headers);
    check_reports(
        load(whole("  invalidRecordHandling: {type: drop}\n")),
        {{"error 11 spec.invalidRecordHandling.type", "accepted: deadLetter, skip, forward or fail"}
        }
    );
    check_reports(
        load(whole("  invalidRecordHandling: {type: forward}\n")),
        {{"error 11 spec.invalidRecordHandling.target", "is missing"}}
    );
    check_reports(
        load(whole("  invalidRecordHandling: {type: skip, logLevel: loud}\n")),
        {{"error 11 spec.invalidRecordHandling.logLevel", "accepted: debug, info, warn, error"}}
    );
}

TEST_CASE("the gateway's section has patterns of topics, and headers", "[module]") {
    const KafkaIngressSpec spec =
        read(ingress("  id: shop/in\n  address: b:9092\n  consumerGroupId: g\n  gateway:\n"
                     "    topicPatterns:\n"
                     "    - {pattern: 'orders-[0-9]+', valueType: shop/O, targets: [shop/f]}\n"
                     "    headers: {id: order-id, type: order-type}\n"));
    REQUIRE(spec.topics.size() == 1);
    CHECK(spec.topics[0].match == TopicMatch::pattern);
    CHECK(spec.topics[0].topic == "orders-[0-9]+");
    CHECK(spec.id_header == "order-id");
    CHECK(spec.type_header == "order-type");
    check_reports(
        load(whole("  gateway:\n    topicPatterns: [{pattern: '(', valueType: shop/O, targets: "
                   "[shop/f]}]\n")),
        {{"error 12 spec.gateway.topicPatterns[0].pattern", "found \"(\""}}
    );
    check_reports(
        load(whole("  gateway: {topicPattern: []}\n")),
        {{"warning 11 spec.gateway.topicPattern", "did you mean topicPatterns?"}}
    );
}

TEST_CASE("an id is given to one ingress, an egress may bear it too", "[module]") {
    const LoadedModules twice = load(
        whole("---\nkind: io.statefun.kafka.v1/ingress\nspec: {id: shop/in, address: 'b:9092', "
              "consumerGroupId: g, topics: [{topic: t, valueType: shop/O, targets: [shop/f]}]}\n")
    );
    check_reports(twice, {{"error 13 spec.id", "of that id already at m.yaml:6; found shop/in"}});
    CHECK(twice.spec.kafka_ingresses.size() == 1);
    check_reports(
        load(whole("---\nkind: io.statefun.kafka.v1/egress\nspec: {id: shop/in, address: 'b:1'}\n")
        ),
        {}
    );
}

TEST_CASE("keys of other components of Kafka are ignored with a warning", "[module]") {
    check_reports(
        load(whole("  deliverySemantic: {type: none}\n  startupPositions: {type: earliest}\n")),
        {{"warning 11 spec.deliverySemantic", "belongs to an egress; ignored"},
         {"warning 12 spec.startupPositions", "did you mean startupPosition?"}}
    );
}
