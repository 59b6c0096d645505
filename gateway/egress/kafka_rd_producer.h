// The KafkaProducer on librdkafka.
//
// With transactions the position is an offset that the group `position_group` has committed, in the
// transaction itself: offset and metadata say the position and who wrote it. So it needs no topic
// of its own; the broker has to allow Write on the transactional id, Read on the group (to commit
// offsets), Describe on both, and Write and Read on the topics. Offsets of a group that nobody uses
// are kept for offsets.retention.minutes (7 days by default); past them the store's own position
// counts, which is as good unless the process was killed within the last moment.
//
// Threads:    one; librdkafka's own deliver reports to it through poll.
// Limits:     librdkafka's queue (queue.buffering.max.*): a full one waits for room.
// Source:     librdkafka 2.0; Kafka's protocol of transactions (KIP-98, KIP-447).
#pragma once

#include "gateway/egress/kafka_producer.h"
#include "protocol/kafka_spec.h"

#include <chrono>
#include <memory>
#include <string>

namespace sfg::egress {

struct RdProducerOptions {
    std::string transactional_id;  // Of exactly_once.
    std::string position_group;    // The same.
    std::string writer;
    std::chrono::milliseconds patience{30'000};  // With the broker, for one step.
};

[[nodiscard]] std::unique_ptr<KafkaProducer>
make_rd_producer(const KafkaEgressSpec& spec, RdProducerOptions options);

}  // namespace sfg::egress
