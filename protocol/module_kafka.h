// The kinds io.statefun.kafka.v1/ingress and egress.
//
// Beyond StateFun's keys an ingress knows those of its live fork (invalidRecordHandling,
// forwardHeaders, groupOffsets, at-timestamp) and a section that StateFun does not read:
//
//     gateway:
//       topicPatterns:               # as topics, with a regular expression for the name
//         - {pattern: "orders-.*", valueType: shop/Order, targets: [shop/orders]}
//       headers: {id: order-id, type: order-type}
//
// and so does an egress:
//
//     gateway: {commitInterval: 20ms}  # how long records are gathered into one transaction
//
// Threads:  one reader, one thread.
#pragma once

#include "protocol/kafka_properties.h"
#include "protocol/module_components.h"
#include "protocol/module_fields.h"

#include <optional>
#include <string>
#include <vector>

namespace sfg::module_reader {

// The specs, if their ids, addresses, groups and topics were understood.
[[nodiscard]] std::optional<KafkaIngressSpec>
read_kafka_ingress(Fields& fields, const Named& id, std::vector<Target>& targets);
[[nodiscard]] std::optional<KafkaEgressSpec> read_kafka_egress(Fields& fields, const Named& id);

// `topics` and `gateway.topicPatterns` of an ingress, with what holds for all of them.
[[nodiscard]] std::vector<KafkaTopic>
read_kafka_topics(Fields& ingress, Fields* gateway, std::vector<Target>& targets);

// `startupPosition`. Offsets of topics that the ingress does not have are warned of.
[[nodiscard]] KafkaStart read_kafka_start(Fields& ingress, const std::vector<KafkaTopic>& topics);

// The properties of a spec as librdkafka's, notes on them reported.
class KafkaProperties {
public:
    KafkaProperties(Fields& fields, kafka::Side user);

    [[nodiscard]] kafka::Translation& translation() { return translation_; }

    // The named field, or the property that stands for it, or nothing, which has been reported.
    [[nodiscard]] std::optional<std::string> brokers(Fields& fields);
    [[nodiscard]] std::optional<std::string> group(Fields& fields);

    // Reports the notes. The last call.
    [[nodiscard]] std::vector<KafkaProperty> finish(Report& report);

private:
    std::optional<std::string> named(
        Fields& fields,
        std::string_view key,
        std::string_view accepted,
        const std::optional<std::string>& property
    );

    std::vector<kafka::Setting> settings_;
    std::vector<Place> places_;
    kafka::Translation translation_;
};

}  // namespace sfg::module_reader
