// Each binding of a module in a sentence, with what is in force: for `validate` and the start's
// log.
//
// Threads:  pure functions.
#pragma once

#include "protocol/module_spec.h"

#include <string>
#include <vector>

namespace sfg::cli {

[[nodiscard]] std::string sentence(const EndpointSpec& endpoint);
[[nodiscard]] std::string sentence(const PlaygroundIngressSpec& ingress);
[[nodiscard]] std::string sentence(const PlaygroundEgressSpec& egress);
// Tells where it starts, and whether that was declared or is the default.
[[nodiscard]] std::string sentence(const KafkaIngressSpec& ingress);
[[nodiscard]] std::string sentence(const KafkaTopic& topic);
[[nodiscard]] std::string sentence(const KafkaEgressSpec& egress);
[[nodiscard]] std::string sentence(const KinesisSpec& component);

// All of a module's, in the order of their kinds.
[[nodiscard]] std::vector<std::string> sentences(const ModuleSpec& spec);

}  // namespace sfg::cli
