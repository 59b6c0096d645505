// Values as an operator writes them: addresses, sizes, counts. Durations are parse_duration's.
//
// Threads:  pure functions.
// A failure is a sentence without the value and its place; the caller puts both in front.
#pragma once

#include "gateway/config.h"
#include "protocol/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace sfg::cli {

// What is wrong and what is accepted.
struct BadValue {
    std::string reason;
};

template <typename T>
using Parsed = Result<T, BadValue>;

// "127.0.0.1:8070", "[::1]:8070", "localhost:0".
[[nodiscard]] Parsed<HostPort> parse_host_port(std::string_view text);

// Digits and a unit: none or B (bytes), KiB MiB GiB TiB or KB MB GB TB, all powers of 1024, in any
// case, blanks allowed before the unit.
[[nodiscard]] Parsed<std::uint64_t> parse_size(std::string_view text);

// Digits, with _ allowed between them: 1_000_000.
[[nodiscard]] Parsed<std::uint64_t> parse_count(std::string_view text);

// "24MiB", "1000"; the largest unit that divides.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace sfg::cli
