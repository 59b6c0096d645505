// Whether a value is one that librdkafka takes.
//
// Threads:  pure functions.
#pragma once

#include "protocol/kafka_known.h"

#include <optional>
#include <string>
#include <string_view>

namespace sfg::kafka {

struct Checked {
    std::optional<std::string> value;  // As librdkafka takes it; nothing if there is no way.
    std::string problem;               // What is accepted, or what was made of the value.
};

// Numbers past librdkafka's range become its nearest: the Java client's ranges are wider.
[[nodiscard]] Checked check_value(const Known& known, std::string_view written);

}  // namespace sfg::kafka
