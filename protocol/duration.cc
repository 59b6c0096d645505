#include "protocol/duration.h"

#include "protocol/module_spec.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace sfg {
namespace {

// A unit is a number of milliseconds or a part of one.
struct Unit {
    std::string_view label;
    std::int64_t millis;
    std::int64_t per_milli;
};

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;

constexpr std::array kUnits{
    Unit{"d", kDay, 1},
    Unit{"day", kDay, 1},
    Unit{"days", kDay, 1},
    Unit{"h", kHour, 1},
    Unit{"hour", kHour, 1},
    Unit{"hours", kHour, 1},
    Unit{"min", kMinute, 1},
    Unit{"m", kMinute, 1},
    Unit{"minute", kMinute, 1},
    Unit{"minutes", kMinute, 1},
    Unit{"s", kSecond, 1},
    Unit{"sec", kSecond, 1},
    Unit{"secs", kSecond, 1},
    Unit{"second", kSecond, 1},
    Unit{"seconds", kSecond, 1},
    Unit{"ms", 1, 1},
    Unit{"milli", 1, 1},
    Unit{"millis", 1, 1},
    Unit{"millisecond", 1, 1},
    Unit{"milliseconds", 1, 1},
    Unit{"\u00b5s", 1, 1000},
    Unit{"micro", 1, 1000},
    Unit{"micros", 1, 1000},
    Unit{"microsecond", 1, 1000},
    Unit{"microseconds", 1, 1000},
    Unit{"ns", 1, 1'000'000},
    Unit{"nano", 1, 1'000'000},
    Unit{"nanos", 1, 1'000'000},
    Unit{"nanosecond", 1, 1'000'000},
    Unit{"nanoseconds", 1, 1'000'000},
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Java's trim: everything up to the blank, control characters included.
std::string_view trim(std::string_view text) {
    auto is_blank = [](char c) {
        return static_cast<unsigned char>(c) <= ' ';
    };
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

struct Parts {
    std::string_view digits;
    std::string unit;  // Lower case.
};

Parts split(std::string_view text) {
    text = trim(text);
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) {
        ++digits;
    }
    Parts parts{text.substr(0, digits), std::string(trim(text.substr(digits)))};
    for (char& c : parts.unit) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return parts;
}

const Unit* find_unit(std::string_view label) {
    for (const Unit& unit : kUnits) {
        if (unit.label == (label.empty() ? "ms" : label)) {
            return &unit;
        }
    }
    return nullptr;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const Parts parts = split(text);
    const Unit* unit = find_unit(parts.unit);
    std::int64_t number = 0;
    const char* end = parts.digits.end();
    auto [stop, error] = std::from_chars(parts.digits.begin(), end, number);
    if (unit == nullptr || parts.digits.empty() || error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    if (number > std::numeric_limits<std::int64_t>::max() / unit->millis) {
        return std::nullopt;
    }
    return std::chrono::milliseconds{number * unit->millis / unit->per_milli};
}

std::string_view near_duration_unit(std::string_view text) {
    // Common words that no edit distance connects with the unit they mean.
    constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kAliases{{
        {"us", "micros"},
        {"hr", "h"},
        {"hrs", "hours"},
        {"mins", "min"},
        {"msec", "ms"},
    }};
    const Parts parts = split(text);
    if (parts.digits.empty() || find_unit(parts.unit) != nullptr) {
        return {};
    }
    for (const auto& [word, unit] : kAliases) {
        if (parts.unit == word) {
            return unit;
        }
    }
    std::vector<std::string_view> labels;
    labels.reserve(kUnits.size());
    for (const Unit& unit : kUnits) {
        labels.push_back(unit.label);
    }
    return nearest(parts.unit, labels);
}

std::string duration_text(std::chrono::milliseconds duration) {
    const std::int64_t millis = duration.count();
    for (const auto& [size, label] :
         {std::pair{kDay, " d"}, {kHour, " h"}, {kMinute, " min"}, {kSecond, " s"}}) {
        if (millis != 0 && millis % size == 0) {
            return std::to_string(millis / size) + label;
        }
    }
    return std::to_string(millis) + " ms";
}

}  // namespace sfg
