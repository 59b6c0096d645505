// What becomes of a record of Kafka: messages, one for each target, or what its topic says for
// those that can't be messages.
//
// Threads:  pure functions.
// Limits:   a record that is set aside is kept whole, but for a value over the limit of messages:
//           of it the first kCutValueBytes are kept, and how long it was.
// Source:   StateFun: the key is the id, the topic's valueType the typename, the value the bytes.
#pragma once

#include "gateway/ingress/kafka_consumer.h"
#include "gateway/ingress/source_port.h"
#include "protocol/address.h"
#include "protocol/kafka_spec.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sfg::ingress {

inline constexpr std::size_t kCutValueBytes = 64 * 1024;

// The id of a message that is forwarded and has no key that could be one.
inline constexpr const char* kNoKeyId = "none";

struct KafkaMessageRules {
    PartitionId partitions = 1;
    std::size_t value_bytes_max = 0;
    // Of KafkaIngressSpec.
    std::optional<std::string> id_header{};
    std::optional<std::string> type_header{};
};

enum class KafkaFate : std::uint8_t {
    messages,
    refused,  // Set aside.
    skipped,
    stopped,  // Nothing was added: the ingress stops in front of it.
};

struct KafkaOutcome {
    KafkaFate fate = KafkaFate::messages;
    std::string reason;     // Why it is no message as it should be; or empty.
    std::size_t bytes = 0;  // Of what was added.
};

// Adds what the record becomes, but for its position.
[[nodiscard]] KafkaOutcome add_kafka_record(
    const KafkaRecordView& record,
    const KafkaTopic& topic,
    const KafkaMessageRules& rules,
    SourceBatch& to
);

// The record as JSON, and why it was set aside.
[[nodiscard]] std::string describe_kafka_record(
    const KafkaRecordView& record,
    const std::string& reason,
    std::size_t value_bytes_max
);

}  // namespace sfg::ingress
