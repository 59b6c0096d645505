// The shapes of Kafka components that are in use, in our own words: what loads, and what is said.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <string>

using sfg::KafkaFrom;
using sfg::LoadedModules;
using sfg::OnInvalidRecord;
using sfg::test::check_reports;
using sfg::test::load;

namespace {

const std::string kEndpoint =
    "kind: io.statefun.endpoints.v2/http\nspec: {functions: shop/*, urlPathTemplate: "
    "'http://fn/'}\n---\n";

}  // namespace

TEST_CASE("F13 F27 M06 seven ingresses may share a group, each with its own start", "[module]") {
    std::string text = kEndpoint;
    for (int i = 0; i < 7; ++i) {
        text += "kind: io.statefun.kafka.v1/ingress\nspec:\n  id: shop/in-" + std::to_string(i) +
                "\n  address: 192.168.1.9:9092\n  consumerGroupId: my-group-id\n" +
                (i == 0 ? "  startupPosition:\n    type: earliest\n" : "") +
                "  topics:\n  - topic: topic-" + std::to_string(i) +
                "\n    valueType: shop/Event\n    targets:\n    - shop/f\n    - shop/g\n---\n";
    }
    const LoadedModules loaded = load(text);
    check_reports(loaded, {});
    REQUIRE(loaded.spec.kafka_ingresses.size() == 7);
    CHECK(loaded.spec.kafka_ingresses[0].start.text() == "earliest");
    CHECK(loaded.spec.kafka_ingresses[6].start.text() == "latest (default)");
}

TEST_CASE("F20 keys at wrong places in Kafka components bring a warning each", "[module]") {
    const LoadedModules loaded = load(kEndpoint + R"(---
kind: io.statefun.kafka.v1/ingress
spec:
  id: shop/in
  address: broker:9092
  consumerGroupId: g
  topics:
    - topic: t
      valueType: shop/E
      targets:
        - shop/f
  deliverySemantic:
    type: at-least-once
---
kind: io.statefun.kafka.v1/egress
spec:
  id: shop/out
  address: broker:9092
  consumerGroupId: g
  topics: [a, b]
  deliverySemantic:
    type: at-least-once
    transactionTimeoutMillis: 15min)");
    check_reports(
        loaded,
        {{"warning 15 spec.deliverySemantic", "belongs to an egress"},
         {"warning 22 spec.consumerGroupId", "belongs to an ingress"},
         {"warning 23 spec.topics", "each record names its own topic"},
         {"warning 26 spec.deliverySemantic.transactionTimeoutMillis", "type: exactly-once only"}}
    );
    CHECK(loaded.ok());
}

TEST_CASE("F35 a broker's address as an id, and Java's key stores", "[module]") {
    check_reports(
        load(kEndpoint + R"(kind: io.statefun.kafka.v1/ingress
spec:
  id: broker.example:9093
  consumerGroupId: g
  topics: [{topic: t, valueType: shop/E, targets: [shop/f]}]
  properties:
    - bootstrap.servers: broker.example:9093
    - security.protocol: SSL
    - ssl.truststore.location: /etc/trust.jks
    - ssl.truststore.password: changeit
    - ssl.keystore.location: /etc/keys.jks
    - ssl.keystore.password: changeit
    - ssl.key.password: changeit
    - isolation.level: read_committed
)"),
        {{"error 6 spec.id", "not a name of two parts"},
         {"error 12 spec.properties[2].ssl.truststore.location", "ssl.ca.location: ca.pem"},
         {"error 14 spec.properties[4].ssl.keystore.location", "ssl.certificate.location"}}
    );
}

TEST_CASE("F54 M12 the words of StateFun's live fork are understood", "[module]") {
    const LoadedModules loaded = load(kEndpoint + R"(kind: io.statefun.kafka.v1/ingress
spec:
  id: shop/in
  address: broker:9092
  consumerGroupId: g
  startupPosition: { type: groupOffsets }
  forwardHeaders: true
  invalidRecordHandling: { type: skip, logLevel: warn }
  topics:
    - { topic: t, valueType: shop/E, targets: [shop/f], forwardHeaders: false }
    - { topic: u, valueType: shop/E, targets: [shop/f] }
  properties:
    - max.poll.records: "2000"
---
kind: io.statefun.kafka.v1/ingress
spec:
  id: shop/since
  address: broker:9092
  consumerGroupId: g
  startupPosition:
    type: at-timestamp
    timestamp: "2026-04-23T00:00:00.000Z"
  topics: [{ topic: v, valueType: shop/E, targets: [shop/f] }]
---
kind: io.statefun.kafka.v1/egress
spec:
  id: shop/out
  address: broker:9092
  deliverySemantic: { type: at-least-once }
  properties:
    - batch.size: "131072"
    - linger.ms: "30"
    - compression.type: "lz4"
    - max.in.flight.requests.per.connection: "5"
    - enable.idempotence: "true"
    - acks: "all"
    - retries: "2147483647"
    - max.request.size: "4194304"
    - request.timeout.ms: "60000"
    - delivery.timeout.ms: "300000"
)");
    check_reports(
        loaded,
        {{"warning 9 spec.startupPosition.type", "taken as group-offsets; the word is the fork's"},
         {"warning 10 spec.forwardHeaders", "functions get no headers"},
         {"warning 16 spec.properties[0].max.poll.records", "ignored: "},
         {"warning 24 spec.startupPosition.type", "taken as date"}}
    );
    REQUIRE(loaded.spec.kafka_ingresses.size() == 2);
    const sfg::KafkaIngressSpec& ingress = loaded.spec.kafka_ingresses[0];
    CHECK(ingress.start.from == KafkaFrom::group_offsets);
    CHECK_FALSE(ingress.topics.at(0).forward_headers);
    CHECK(ingress.topics.at(1).forward_headers);
    CHECK(ingress.topics.at(1).invalid.action == OnInvalidRecord::skip);
    CHECK(loaded.spec.kafka_ingresses[1].start.text() == "date 2026-04-23 00:00:00.000 UTC");
}

TEST_CASE("the samples of StateFun's documentation load", "[module]") {
    const LoadedModules loaded = load(R"(kind: io.statefun.endpoints.v2/http
spec: {functions: com.example.fns/*, urlPathTemplate: 'http://fn/'}
---
kind: io.statefun.kafka.v1/ingress
spec:
  id: com.example/users
  address: kafka-broker:9092
  consumerGroupId: my-consumer-group
  startupPosition:
    type: date
    date: 2020-02-01 04:15:00.00 Z
  topics:
    - topic: messages-1
      valueType: com.example/User
      targets:
        - com.example.fns/greeter
---
kind: io.statefun.kafka.v1/egress
spec:
  id: com.example/users
  address: kafka-broker:9092
  deliverySemantic:
    type: exactly-once
    transactionTimeoutMillis: 15min
  properties:
    - foo.config: bar
)");
    check_reports(
        loaded,
        {{"warning 11 spec.startupPosition.date", "StateFun refuses this form"},
         {"warning 24 spec.deliverySemantic.transactionTimeoutMillis", "taken as 15 min"},
         {"warning 26 spec.properties[0].foo.config", "known neither to librdkafka"}}
    );
}
