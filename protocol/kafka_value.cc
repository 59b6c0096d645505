#include "protocol/kafka_value.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>
#include <vector>

namespace sfg::kafka {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

template <typename Number>
std::optional<Number> parse(std::string_view text) {
    Number number{};
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc{} && stop == text.data() + text.size();
    return whole ? std::optional(number) : std::nullopt;
}

std::string range_text(const Known& known) {
    return std::to_string(known.min) + " to " + std::to_string(known.max);
}

template <typename Number>
Checked check_number(const Known& known, std::string_view text) {
    const std::optional<Number> number = parse<Number>(text);
    if (!number) {
        return {std::nullopt, "accepted: a number from " + range_text(known)};
    }
    if (*number < static_cast<Number>(known.min)) {
        return {
            std::to_string(known.min),
            "librdkafka takes " + range_text(known) + "; taken as " + std::to_string(known.min)
        };
    }
    if (*number > static_cast<Number>(known.max)) {
        return {
            std::to_string(known.max),
            "librdkafka takes " + range_text(known) + "; taken as " + std::to_string(known.max)
        };
    }
    return {std::string(text), {}};
}

Checked check_word(const Known& known, std::string word) {
    std::istringstream words{std::string(known.words)};
    std::string accepted;
    for (std::string each; words >> each;) {
        if (each == word) {
            return {std::move(word), {}};
        }
        accepted += (accepted.empty() ? "" : ", ") + each;
    }
    // The Java client's way of saying that the name of a certificate is not to be checked.
    if (word.empty() && known.name == "ssl.endpoint.identification.algorithm") {
        return {"none", {}};
    }
    return {std::nullopt, "accepted: " + accepted};
}

}  // namespace

Checked check_value(const Known& known, std::string_view written) {
    const std::string_view text = trimmed(written);
    switch (known.kind) {
        case ValueKind::whole:
            return check_number<std::int64_t>(known, text);
        case ValueKind::number:
            return check_number<double>(known, text);
        case ValueKind::word:
            return check_word(known, lower(text));
        case ValueKind::boolean: {
            std::string word = lower(text);
            if (word == "true" || word == "false") {
                return {std::move(word), {}};
            }
            return {std::nullopt, "accepted: true or false"};
        }
        case ValueKind::text:
            break;
    }
    return {std::string(written), {}};
}

}  // namespace sfg::kafka
