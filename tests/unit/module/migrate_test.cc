// Modules of old layouts, written anew.
#include "protocol/module_migrate.h"
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using sfg::LoadedModules;
using sfg::migrate_module;
using sfg::Migrated;
using sfg::Severity;
using sfg::test::load;

namespace {

Migrated migrate(const std::string& text) {
    return migrate_module({"old.yaml", text});
}

// The new file, as it loads; without errors.
LoadedModules reloaded(const std::string& old) {
    const Migrated migrated = migrate(old);
    for (const sfg::Diagnostic& each : migrated.diagnostics) {
        UNSCOPED_INFO(each.text());
    }
    UNSCOPED_INFO(migrated.text);
    REQUIRE_FALSE(migrated.text.empty());
    LoadedModules loaded = load(migrated.text);
    for (const sfg::Diagnostic& each : loaded.diagnostics) {
        UNSCOPED_INFO(each.text());
    }
    REQUIRE(loaded.ok());
    return loaded;
}

std::string error_of(const std::string& text) {
    const Migrated migrated = migrate(text);
    CHECK(migrated.text.empty());
    REQUIRE_FALSE(migrated.diagnostics.empty());
    CHECK(migrated.diagnostics[0].severity == Severity::error);
    return migrated.diagnostics[0].text();
}

// Two functions, an ingress that names its targets, an egress in transactions.
const std::string kLayout20 = R"(version: "2.0"
module:
  meta:
    type: remote
  spec:
    functions:
      - function:
          meta:
            kind: http
            type: shop/cart
          spec:
            endpoint: http://cart:8000/statefun
            states:
              - name: items
                expireAfter: 5min
              - name: total
            maxNumBatchRequests: 500
            timeout: 2min
      - function:
          meta:
            kind: http
            type: shop/stock
          spec:
            endpoint: https://gateway.example/fixed/path
    ingresses:
      - ingress:
          meta:
            type: statefun.kafka.io/routable-protobuf-ingress
            id: shop/orders
          spec:
            address: broker:9092
            consumerGroupId: my-group-id
            startupPosition:
              type: earliest
            topics:
              - topic: orders
                typeUrl: com.googleapis/shop.Order
                targets:
                  - shop/cart
                  - shop/stock
            properties:
              - security.protocol: SASL_SSL
              - sasl.jaas.config: >-
                  org.apache.kafka.common.security.plain.PlainLoginModule required
                  username="u" password="p;x";
    egresses:
      - egress:
          meta:
            type: statefun.kafka.io/generic-egress
            id: shop/receipts
          spec:
            address: broker:9092
            deliverySemantic:
              type: exactly-once
              transactionTimeoutMillis: 100000
)";

}  // namespace

TEST_CASE("F48 F49 F52 functions, ingresses and egresses of the layout 2.0 load anew", "[module]") {
    const LoadedModules loaded = reloaded(kLayout20);
    REQUIRE(loaded.spec.endpoints.size() == 2);
    CHECK(loaded.spec.endpoints[0].functions.text() == "shop/cart");
    CHECK(loaded.spec.endpoints[0].url_template == "http://cart:8000/statefun");
    CHECK(loaded.spec.endpoints[0].batch_messages_max == 500);
    CHECK(loaded.spec.endpoints[0].call_timeout == std::chrono::minutes(2));
    CHECK(loaded.spec.endpoints[1].url_template == "https://gateway.example/fixed/path");
    REQUIRE(loaded.spec.kafka_ingresses.size() == 1);
    const sfg::KafkaIngressSpec& ingress = loaded.spec.kafka_ingresses[0];
    CHECK(ingress.id.text() == "shop/orders");
    CHECK(ingress.start.text() == "earliest");
    REQUIRE(ingress.topics.size() == 1);
    CHECK(ingress.topics[0].value_type == "com.googleapis/shop.Order");
    CHECK(ingress.topics[0].targets.size() == 2);
    CHECK(
        std::ranges::find(ingress.properties, sfg::KafkaProperty{"sasl.password", "p;x"}) !=
        ingress.properties.end()
    );
    REQUIRE(loaded.spec.kafka_egresses.size() == 1);
    CHECK(loaded.spec.kafka_egresses[0].delivery == sfg::KafkaDelivery::exactly_once);
    CHECK(loaded.spec.kafka_egresses[0].transaction_timeout == std::chrono::seconds(100));
}

TEST_CASE("what a file can't say any more is a comment and a warning", "[module]") {
    const Migrated migrated = migrate(kLayout20);
    REQUIRE(migrated.diagnostics.size() == 1);
    CHECK_THAT(
        migrated.diagnostics[0].text(),
        Catch::StartsWith("old.yaml:14:") &&
            Catch::Contains("to do: declared in the function's code") &&
            Catch::Contains("states items (expireAfter 5min), total")
    );
    CHECK_THAT(migrated.text, Catch::StartsWith("# declared in the function's code"));
}

TEST_CASE("F46 routers, names of topics and placeholders of the layout 1.0", "[module]") {
    const std::string old =
        "version: \"1.0\"\r\n\r\nmodule:\r\n  meta:\r\n    type: remote\r\n  spec:\r\n"
        "    functions:\r\n    - function:\r\n        meta: {kind: http, type: shop/cart}\r\n"
        "        spec: {endpoint: 'http://cart:8000/', states: [items]}\r\n"
        "    routers:\r\n    - router:\r\n"
        "        meta: {type: org.apache.flink.statefun.sdk/protobuf-router}\r\n"
        "        spec:\r\n          ingress: shop/orders\r\n"
        "          target: \"shop/cart/{{$.user}}\"\r\n          messageType: shop.Order\r\n"
        "          descriptorSet: classpath:orders.desc\r\n"
        "    ingresses:\r\n    - ingress:\r\n"
        "        meta: {type: statefun.kafka.io/protobuf-ingress, id: shop/orders}\r\n"
        "        spec:\r\n          address: {BROKER}\r\n          consumerGroupId: g\r\n"
        "          topics:\r\n          - orders\r\n          - returns\r\n"
        "          messageType: shop.Order\r\n          descriptorSet: classpath:orders.desc\r\n";
    const LoadedModules loaded = reloaded(old);
    REQUIRE(loaded.spec.kafka_ingresses.size() == 1);
    const sfg::KafkaIngressSpec& ingress = loaded.spec.kafka_ingresses[0];
    CHECK(ingress.brokers == "${BROKER}");
    REQUIRE(ingress.topics.size() == 2);
    CHECK(ingress.topics[1].topic == "returns");
    CHECK(ingress.topics[1].value_type == "com.googleapis/shop.Order");
    CHECK(ingress.topics[1].targets == std::vector<sfg::TypeName>{{"shop", "cart"}});
    CHECK_THAT(
        migrate(old).text,
        Catch::Contains("# a router made the id from the message ({{$.user}}); now it is the "
                        "record's key, so producers have to set it")
    );
}

TEST_CASE("the layout 3.0 becomes documents with the same meaning", "[module]") {
    const std::string old = R"(version: '3.0'
module:
  meta: {type: remote}
  spec:
    endpoints:
    - endpoint:
        meta: {kind: http}
        spec: {functions: a/*, urlPathTemplate: 'http://fn/', timeouts: {call: '30000'}}
    ingresses:
    - ingress:
        meta: {type: io.statefun.kafka/ingress, id: a/in}
        spec:
          address: b:9092
          consumerGroupId: "007"
          topics: [{topic: t, valueType: a/T, targets: [a/f]}]
)";
    const LoadedModules before = load(old);
    const LoadedModules after = reloaded(old);
    REQUIRE(after.spec.endpoints.size() == 1);
    CHECK(after.spec.endpoints[0].transport == before.spec.endpoints[0].transport);
    CHECK(after.spec.endpoints[0].call_timeout == std::chrono::seconds(30));
    CHECK(after.spec.kafka_ingresses.at(0).id == before.spec.kafka_ingresses.at(0).id);
    CHECK(after.spec.kafka_ingresses.at(0).group == "007");
    CHECK(migrate(old).diagnostics.empty());
}

TEST_CASE("what can't be migrated is refused with its reason", "[module]") {
    CHECK_THAT(
        error_of("kind: io.statefun.playground.v1/ingress\nspec: {port: 1}\n"),
        Catch::Contains("nothing to migrate")
    );
    CHECK_THAT(error_of("version: '2.0'\nmodule: {}\n"), Catch::Contains("has no module.spec"));
    CHECK_THAT(
        error_of("version: '2.0'\nmodule: {spec: {functions: []}}\n"),
        Catch::Contains("declares no component")
    );
    CHECK_THAT(
        error_of("version: '2.0'\nmodule: {spec: {functions: [{function: {meta: {kind: grpc, "
                 "type: a/f}, spec: {}}}]}}\n"),
        Catch::Contains("accepted: kind: http")
    );
    CHECK_THAT(
        error_of("version: '2.0'\nmodule: {spec: {functions: [{meta: {}}]}}\n"),
        Catch::Contains("accepted: a map function with meta and spec")
    );
    CHECK_THAT(error_of("version: '2.0'\nmodule: [\n"), Catch::Contains("is not closed"));
}
