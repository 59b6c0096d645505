// `properties` of Kafka components as they stand in a file.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

TEST_CASE("properties are a list of maps, a map, or a mistake", "[module]") {
    const std::string head =
        "kind: io.statefun.endpoints.v2/http\nspec: {functions: shop/*, urlPathTemplate: "
        "'http://fn/'}\n---\nkind: io.statefun.kafka.v1/egress\nspec:\n  id: shop/out\n"
        "  address: b:9092\n  properties:";
    using sfg::test::check_reports;
    using sfg::test::load;
    check_reports(load(head + "\n  - linger.ms: 5\n  - acks: \"all\"\n"), {});
    check_reports(
        load(head + " {linger.ms: 5}\n"),
        {{"warning 8 spec.properties", "StateFun takes only a list"}}
    );
    check_reports(
        load(head + "\n  - linger.ms: 5\n    acks: all\n"),
        {{"warning 9 spec.properties[0]", "StateFun reads only the first"}}
    );
    check_reports(
        load(head + "\n  - linger.ms\n  - acks:\n  - retries: [1]\n"),
        {{"error 9 spec.properties[0]", "accepted: a setting of Kafka's client"},
         {"error 10 spec.properties[1].acks", "empty"},
         {"error 11 spec.properties[2].retries", "found a list"}}
    );
}

TEST_CASE(
    "M09 F35 secrets are never shown, and every line of a secured ingress is judged",
    "[module]"
) {
    const auto loaded = sfg::test::load(R"(kind: io.statefun.endpoints.v2/http
spec: {functions: shop/*, urlPathTemplate: 'http://fn/'}
---
kind: io.statefun.kafka.v1/ingress
spec:
  id: shop/in
  address: broker:9093
  consumerGroupId: g
  topics: [{topic: t, valueType: shop/E, targets: [shop/f]}]
  properties:
    - security.protocol: SASL_SSL
    - sasl.mechanism: PLAIN
    - sasl.jaas.config: >-
        org.apache.kafka.common.security.plain.PlainLoginModule required
        username="u" password="p;\"x";
    - ssl.truststore.location: /etc/t.jks
    - ssl.keystore.password: verysecret
    - transaction.timeout.ms: 7200000
)");
    sfg::test::check_reports(
        loaded,
        {{"error 16 spec.properties[3].ssl.truststore.location", "ssl.ca.location: ca.pem"},
         {"warning 17 spec.properties[4].ssl.keystore.password", "found ***"},
         {"warning 18 spec.properties[5].transaction.timeout.ms", "of producers"}}
    );
    for (const sfg::Diagnostic& each : loaded.diagnostics) {
        CHECK(each.text().find("verysecret") == std::string::npos);
    }
    REQUIRE(loaded.spec.kafka_ingresses.size() == 1);
    const auto& properties = loaded.spec.kafka_ingresses[0].properties;
    CHECK(
        std::ranges::find(properties, sfg::KafkaProperty{"sasl.password", "p;\"x"}) !=
        properties.end()
    );
}
