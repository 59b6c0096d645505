// The scalar half of Fields: text, whole numbers and durations.
#include "protocol/duration.h"
#include "protocol/module_fields.h"

#include <array>
#include <charconv>
#include <utility>

namespace sfg::module_reader {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Digits and underscores after an optional sign, as YAML 1.1 writes whole numbers.
bool is_whole(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    if (text.empty() || !is_digit(text.front())) {
        return false;
    }
    return text.find_first_not_of("0123456789_") == std::string_view::npos;
}

bool is_fraction(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    std::size_t digits = 0;
    std::size_t points = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool exponent = (text[i] == 'e' || text[i] == 'E') && i > 0;
        const bool sign = (text[i] == '-' || text[i] == '+') && i > 0 &&
                          (text[i - 1] == 'e' || text[i - 1] == 'E');
        digits += is_digit(text[i]) ? 1U : 0U;
        points += text[i] == '.' ? 1U : 0U;
        if (!is_digit(text[i]) && text[i] != '.' && text[i] != '_' && !exponent && !sign) {
            return false;
        }
    }
    return digits > 0 && points == 1;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

std::optional<std::int32_t> to_int(std::string_view text) {
    std::string digits;
    for (char c : text) {
        if (c != '_' && c != '+') {
            digits += c;
        }
    }
    std::int32_t number = 0;
    const char* end = digits.data() + digits.size();
    auto [stop, error] = std::from_chars(digits.data(), end, number);
    if (error != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

bool is_integer(const YamlNode& node) {
    return node.kind == YamlNode::Kind::scalar && node.plain && is_whole(node.text);
}

bool is_number_or_bool(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar || !node.plain) {
        return false;
    }
    for (std::string_view word : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
        if (node.text == word) {
            return true;
        }
    }
    return is_whole(node.text) || is_fraction(node.text);
}

bool Fields::is_scalar(std::string_view key, const YamlNode& value, std::string_view accepted) {
    if (value.kind == YamlNode::Kind::scalar) {
        return true;
    }
    if (is_reported(value)) {
        return false;
    }
    std::string message = "accepted: ";
    message += accepted;
    if (value.kind == YamlNode::Kind::null) {
        message = "empty; " + message + "; remove the key to leave it unset";
    }
    context_.report.error(place_of(key), std::move(message), {seen_text(value), {}});
    return false;
}

Setting<std::string> Fields::text(std::string_view key) {
    const YamlNode* value = take(key);
    if (value == nullptr) {
        return {};
    }
    if (!is_scalar(key, *value, "text")) {
        return {.present = true, .value = std::nullopt};
    }
    if (conversion_ == Conversion::none && is_number_or_bool(*value)) {
        context_.report.error(
            place_of(key),
            "accepted: text; YAML reads this as a number or truth value, so quote it",
            {seen_text(*value), "\"" + shortened(value->text) + "\""}
        );
        return {.present = true, .value = std::nullopt};
    }
    return {.present = true, .value = value->text};
}

Setting<std::int32_t> Fields::integer(std::string_view key) {
    constexpr std::string_view kAccepted = "a whole number from -2147483648 to 2147483647";
    const YamlNode* value = take(key);
    if (value == nullptr) {
        return {};
    }
    Setting<std::int32_t> setting{.present = true, .value = std::nullopt};
    if (!is_scalar(key, *value, kAccepted)) {
        return setting;
    }
    const std::string_view digits = trimmed(value->text);
    std::string message = "accepted: ";
    message += kAccepted;
    if (is_whole(digits) && !value->plain && conversion_ == Conversion::none) {
        context_.report.error(
            place_of(key), message + ", without quotes", {seen_text(*value), std::string(digits)}
        );
        return setting;
    }
    if (is_whole(digits)) {
        setting.value = to_int(digits);
    }
    if (!setting.value) {
        context_.report.error(place_of(key), std::move(message), {seen_text(*value), {}});
    }
    return setting;
}

Setting<std::chrono::milliseconds> Fields::duration(std::string_view key) {
    const YamlNode* value = take(key);
    if (value == nullptr) {
        return {};
    }
    Setting<std::chrono::milliseconds> setting{.present = true, .value = std::nullopt};
    if (!is_scalar(key, *value, kDurationAccepted)) {
        return setting;
    }
    if (conversion_ == Conversion::none && is_number_or_bool(*value)) {
        context_.report.error(
            place_of(key),
            "accepted here: a duration that is text; quote the number, or give it a unit",
            {seen_text(*value), "\"" + shortened(value->text) + "\""}
        );
        return setting;
    }
    setting.value = parse_duration(value->text);
    std::string message = "accepted: ";
    message += kDurationAccepted;
    if (!setting.value) {
        std::string suggestion(near_duration_unit(value->text));
        context_.report.error(
            place_of(key), std::move(message), {seen_text(*value), std::move(suggestion)}
        );
    } else if (*setting.value > kEndpointDurationMax) {
        setting.value.reset();
        context_.report.error(
            place_of(key), "longer than a year; " + message, {seen_text(*value), {}}
        );
    }
    return setting;
}

Setting<bool> Fields::boolean(std::string_view key) {
    const YamlNode* value = take(key);
    if (value == nullptr) {
        return {};
    }
    Setting<bool> setting{.present = true, .value = std::nullopt};
    if (!is_scalar(key, *value, "true or false")) {
        return setting;
    }
    if (value->text == "true" || value->text == "false") {
        setting.value = value->text == "true";
    } else {
        context_.report.error(place_of(key), "accepted: true or false", {seen_text(*value), {}});
    }
    return setting;
}

}  // namespace sfg::module_reader
