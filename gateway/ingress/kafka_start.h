// Where the partitions of an ingress begin that were never read: numbers, found once.
//
// Threads: one; blocks as the consumer does.
// Source:  Flink's FlinkKafkaConsumer: a date without a later record means the end; an offset that
//          is not named is the group's; what the group has not committed is up to
//          auto.offset.reset.
#pragma once

#include "gateway/ingress/kafka_consumer.h"
#include "protocol/kafka_spec.h"

#include <string>
#include <vector>

namespace sfg::ingress {

struct KafkaBeginning {
    KafkaPlace place;
    std::string from;  // What it comes from, for the log: "latest (default)".
};

[[nodiscard]] KafkaConsumer::Or<std::vector<KafkaBeginning>> find_beginnings(
    KafkaConsumer& consumer,
    const KafkaStart& start,
    KafkaReset reset,
    const std::vector<KafkaPartition>& partitions
);

}  // namespace sfg::ingress
