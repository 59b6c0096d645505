// The kinds of options: how a size, a count, a duration, an address or a choice becomes a row of
// the table (options.h). The flag and the variable are spelt from the key here.
//
// Threads:  used while the table is built.
#pragma once

#include "gateway/cli/options.h"
#include "protocol/module_spec.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::cli {

struct Names {
    std::string_view key;
    std::string_view group;
    std::string_view help;
};

// A row with its names, without a parser.
[[nodiscard]] Option row(const Names& names, std::string_view value_name, std::string preset);

template <typename T>
struct Bounds {
    T least;
    T most;
};

using Milliseconds = std::chrono::milliseconds;

[[nodiscard]] Option address(const Names& names, HostPort Config::* member);

[[nodiscard]] Option
duration(const Names& names, Milliseconds Config::* member, Bounds<Milliseconds> bounds);

template <typename Integer>
[[nodiscard]] Option
size(const Names& names, Integer Config::* member, Bounds<std::uint64_t> bounds) {
    Option option = row(names, "SIZE", size_text(Config{}.*member));
    option.help += " (" + size_text(bounds.least) + " to " + size_text(bounds.most) + ")";
    option.set = [member, bounds](Config& config, std::string_view text) -> Parsed<void> {
        Parsed<std::uint64_t> parsed = parse_size(text);
        if (!parsed) {
            return parsed.error();
        }
        if (*parsed < bounds.least || *parsed > bounds.most) {
            return BadValue{
                "is out of range: " + size_text(bounds.least) + " to " + size_text(bounds.most)
            };
        }
        config.*member = static_cast<Integer>(*parsed);
        return {};
    };
    return option;
}

template <typename Integer>
[[nodiscard]] Option
count(const Names& names, Integer Config::* member, Bounds<std::uint64_t> bounds) {
    std::string range = std::to_string(bounds.least) + " to " + std::to_string(bounds.most);
    Option option = row(names, "COUNT", std::to_string(Config{}.*member));
    option.help += " (" + range + ")";
    option.set = [member, bounds, range](Config& config, std::string_view text) -> Parsed<void> {
        Parsed<std::uint64_t> parsed = parse_count(text);
        if (!parsed) {
            return parsed.error();
        }
        if (*parsed < bounds.least || *parsed > bounds.most) {
            return BadValue{"is out of range: " + range};
        }
        config.*member = static_cast<Integer>(*parsed);
        return {};
    };
    return option;
}

template <typename Enum>
using Choices = std::vector<std::pair<std::string_view, Enum>>;

template <typename Enum>
[[nodiscard]] Option
choice(const Names& names, Enum Config::* member, const Choices<Enum>& choices) {
    std::string value_name;
    std::string preset;
    std::vector<std::string_view> words;
    for (const auto& [word, value] : choices) {
        words.push_back(word);
        value_name += (value_name.empty() ? "" : "|") + std::string(word);
        if (value == Config{}.*member) {
            preset = word;
        }
    }
    Option option = row(names, value_name, preset);
    option.set = [=](Config& config, std::string_view text) -> Parsed<void> {
        for (const auto& [word, value] : choices) {
            if (word == text) {
                config.*member = value;
                return {};
            }
        }
        std::string_view near = nearest(text, words);
        std::string hint = near.empty() ? "" : "; did you mean '" + std::string(near) + "'?";
        return BadValue{"is not one of " + value_name + hint};
    };
    return option;
}

}  // namespace sfg::cli
