// What the ingresses of all systems have: targets, types of values, dates.
//
// Threads:  one reader, one thread.
#pragma once

#include "protocol/module_components.h"
#include "protocol/module_fields.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace sfg::module_reader {

// The messages of one record are accepted together.
inline constexpr std::size_t kTargetsMax = 100;

// `targets` of a topic or stream: at least one function, none a pattern. Each is noted in `all`.
[[nodiscard]] std::vector<TypeName> read_targets(Fields& topic, std::vector<Target>& all);

// `valueType` of a topic or stream.
[[nodiscard]] std::optional<std::string> read_value_type(Fields& topic);

// The key of a starting position that holds a date.
[[nodiscard]] std::optional<std::chrono::sys_time<std::chrono::milliseconds>>
read_date(Fields& fields, std::string_view key);

}  // namespace sfg::module_reader
