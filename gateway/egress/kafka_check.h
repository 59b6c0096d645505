// What `validate` says about the settings of Kafka's clients, as librdkafka judges them: a file of
// `ssl.*.location` that can't be read, two settings that exclude each other, a word that it lacks.
//
// Threads:  blocking; reads files, connects to nothing.
#pragma once

#include "protocol/kafka_spec.h"

#include <optional>
#include <string>

namespace sfg::kafka {

// Why its client can't be made, in librdkafka's words; nothing: it can.
[[nodiscard]] std::optional<std::string> check_settings(const KafkaIngressSpec& spec);
[[nodiscard]] std::optional<std::string> check_settings(const KafkaEgressSpec& spec);

}  // namespace sfg::kafka
