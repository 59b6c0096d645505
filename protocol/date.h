// Points in time as module.yaml writes them.
//
// Threads:  pure functions.
// Source:   StateFun's pattern "yyyy-MM-dd HH:mm:ss.SSS Z" with exactly three digits of a second
// and
//           an offset such as +0000; its documentation's "04:15:00.00 Z", which it refuses; and ISO
//           8601, which its fork takes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sfg {

inline constexpr std::string_view kDateAccepted =
    "a date such as 2020-02-01 04:15:00.000 +0000 or 2020-02-01T04:15:00Z";

// Whether StateFun itself reads the text.
enum class DateForm : std::uint8_t { statefun, other };

struct Date {
    std::chrono::sys_time<std::chrono::milliseconds> time;
    DateForm form = DateForm::statefun;
};

// Nothing if it is no date, or has no offset from UTC.
[[nodiscard]] std::optional<Date> parse_date(std::string_view text);

}  // namespace sfg
