// Between librdkafka's objects and what the ingress knows.
//
// Threads:  pure functions.
// Source:   librdkafka 2.0, rdkafka.h.
#pragma once

#include "gateway/egress/kafka_handles.h"
#include "gateway/ingress/kafka_consumer.h"

#include <cstdint>
#include <vector>

namespace sfg::kafka {

[[nodiscard]] Offsets
list_of(const std::vector<ingress::KafkaPartition>& partitions, std::int64_t offset);
[[nodiscard]] Offsets list_of(const std::vector<ingress::KafkaPlace>& places);

// The first error of a partition, if there is one.
[[nodiscard]] rd_kafka_resp_err_t
read_list(const rd_kafka_topic_partition_list_t& list, std::vector<ingress::KafkaPlace>& places);

// Views into the message. Requires: it is a record.
[[nodiscard]] ingress::KafkaRecordView view_message(const rd_kafka_message_t& message);

// What a message says that is no record.
[[nodiscard]] ingress::KafkaConsumer::Next judge_message(const rd_kafka_message_t& message);

// What became of a commit to the group; empty: it is there.
[[nodiscard]] ingress::KafkaProblem judge_commit(rd_kafka_resp_err_t code);

}  // namespace sfg::kafka
