// The settings of Java's client for TLS and logins, which are several to one of librdkafka's.
//
// Threads:  pure functions.
#pragma once

#include "protocol/kafka_properties.h"

#include <string_view>
#include <vector>

namespace sfg::kafka {

// Whether translate_security() is the one that knows what to make of it.
[[nodiscard]] bool is_for_security(std::string_view name);

// Key stores, trust stores and sasl.jaas.config: taken as librdkafka's settings, or refused with
// what to do. Reads the last of each name in `settings`.
void translate_security(const std::vector<Setting>& settings, Translation& to);

}  // namespace sfg::kafka
