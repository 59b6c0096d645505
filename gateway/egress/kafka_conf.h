// The settings of librdkafka's clients: module.yaml's, with what the gateway decides.
//
// Threads: pure functions; librdkafka logs from threads of its own.
#pragma once

#include "gateway/egress/kafka_handles.h"
#include "protocol/kafka_spec.h"

#include <string>
#include <variant>

namespace sfg::kafka {

// Of an egress. The text says which setting librdkafka does not take. `transactional_id` empty: no
// transactions.
[[nodiscard]] std::variant<Conf, std::string>
make_producer_conf(const KafkaEgressSpec& spec, const std::string& transactional_id);

// Of the client that reads the position of an egress, which is an offset of that group.
[[nodiscard]] std::variant<Conf, std::string>
make_position_conf(const KafkaEgressSpec& spec, const std::string& group);

// Of an ingress. What is fetched ahead is kept small, and records of transactions that are not
// committed are not read, unless the module says otherwise.
[[nodiscard]] std::variant<Conf, std::string> make_consumer_conf(const KafkaIngressSpec& spec);

}  // namespace sfg::kafka
