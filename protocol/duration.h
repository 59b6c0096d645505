// Durations as Flink's TimeUtils reads them: digits, optional blanks, a unit.
//
// parse_duration() itself is declared in module_spec.h.
//
// Threads:  pure functions.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace sfg {

// What parse_duration accepts, for messages.
inline constexpr std::string_view kDurationAccepted =
    "a whole number and a unit (d, h, min, s, ms, micros, ns or their long names; no unit means "
    "ms), "
    "such as 30s, \"2 min\" or 1day";

// The unit that the text probably means ("5 minuts": minutes); empty if none is near.
[[nodiscard]] std::string_view near_duration_unit(std::string_view text);

// "2 min", "90 s", "1500 ms": the largest unit that leaves no rest.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

}  // namespace sfg
