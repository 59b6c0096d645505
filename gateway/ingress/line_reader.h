// The names of a line of NDJSON with their values, before anybody asks what they mean.
//
// The value of `json` is cut out of the line as it stands there, so that numbers, the order of
// names and blanks arrive as they were written; the parser sees that it is JSON.
//
// Threads:  pure functions.
#pragma once

#include "gateway/ingress/request.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::ingress {

// What a scalar of JSON says, whatever its kind.
struct JsonScalar {
    enum class Kind : std::uint8_t { null, truth, number, text };

    Kind kind = Kind::null;
    std::string text;
};

struct LineParts {
    enum class Name : std::uint8_t {
        target,
        type_name,
        text,
        base64,
        json,
        idempotency_key,
        delay,
        kNames
    };

    static constexpr std::size_t kNames = static_cast<std::size_t>(Name::kNames);

    [[nodiscard]] bool has(Name name) const { return seen[static_cast<std::size_t>(name)]; }

    std::array<bool, kNames> seen{};
    std::string target;                                      // As one text, or
    std::array<std::optional<std::string>, 3> target_parts;  // as namespace, type and id.
    std::string type_name;
    std::string text;  // Of `text` or `base64`.
    std::string_view json;
    std::optional<JsonScalar> json_scalar;  // What `json` is, if it is one.
    std::string key;
    std::optional<std::chrono::milliseconds> delay;
};

// Refuses what is no JSON object, and names that are unknown, there twice, or of another kind.
[[nodiscard]] Parsed<LineParts> read_line(std::string_view line);

}  // namespace sfg::ingress
