// How far an egress came, kept by Kafka in its own transactions: an offset that a group commits.
//
// A transaction commits one offset, on partition 0 of the last record's topic: the offset is the
// position, the metadata names who wrote it. So the offsets of the group may stand at several
// topics; the highest is the last commit.
//
// It is read by a client of its own: on a producer librdkafka 2.0 dies of a null pointer when a
// broker answers that the group's coordinator is elsewhere, or not ready.
//
// Threads: the producer's.
// Limits:  offsets of a group that nobody uses are kept for offsets.retention.minutes (7 days by
//          default).
#pragma once

#include "gateway/egress/kafka_handles.h"
#include "gateway/egress/kafka_producer.h"
#include "protocol/kafka_spec.h"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace sfg::kafka {

struct FailedRead {
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string what;
};

// Blocks for up to twice `patience`. Transactions that are not decided are waited for.
[[nodiscard]] std::variant<std::optional<egress::KafkaPosition>, FailedRead> read_position(
    const KafkaEgressSpec& spec,
    const std::string& group,
    std::chrono::milliseconds patience
);

// What send_offsets_to_transaction takes.
[[nodiscard]] Offsets position_offsets(
    rd_kafka_t* handle,
    const std::string& topic,
    const egress::KafkaPosition& position
);

}  // namespace sfg::kafka
