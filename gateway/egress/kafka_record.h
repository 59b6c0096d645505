// KafkaRecord: what a function sends to a Kafka egress, ready for the producer.
//
// Threads: pure functions.
// Source:  StateFun's GenericKafkaEgressSerializer: the argument's typename is
//          type.googleapis.com/io.statefun.sdk.egress.KafkaProducerRecord; an empty key is none.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sfg::egress {

inline constexpr std::string_view kKafkaRecordType =
    "type.googleapis.com/io.statefun.sdk.egress.KafkaProducerRecord";

struct KafkaRecord {
    std::string topic;
    std::optional<std::string> key;
    std::string value;
};

// `typed_value`: as the outbox holds it. The text says why it is no record.
[[nodiscard]] std::variant<KafkaRecord, std::string> parse_kafka_record(std::string_view typed_value
);

}  // namespace sfg::egress
