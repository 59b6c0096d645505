#include "protocol/typed_value.h"

#include "protocol/address.h"
#include "protocol/types.pb.h"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <cmath>

namespace sfg {

namespace {

namespace types = io::statefun::sdk::types;

constexpr std::string_view kPrefix = "io.statefun.types/";
constexpr std::array<std::string_view, 6> kNames =
    {"bool", "int", "long", "float", "double", "string"};

std::string_view short_name(std::string_view type_name) {
    return type_name.starts_with(kPrefix) ? type_name.substr(kPrefix.size()) : std::string_view{};
}

template <typename Wrapper, typename Value>
std::variant<std::string, TextError> encode_number(std::string_view text, const char* accepted) {
    Value value{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return TextError{"'" + std::string(text.substr(0, 64)) + "' is not " + accepted};
    }
    Wrapper wrapper;
    wrapper.set_value(value);
    return wrapper.SerializeAsString();
}

std::variant<std::string, TextError> encode_bool(std::string_view text) {
    if (text != "true" && text != "false") {
        return TextError{"'" + std::string(text.substr(0, 64)) + "' is neither true nor false"};
    }
    types::BooleanWrapper wrapper;
    wrapper.set_value(text == "true");
    return wrapper.SerializeAsString();
}

std::variant<std::string, TextError> encode_string(std::string_view text) {
    if (!is_utf8(text)) {
        return TextError{"the text is not UTF-8"};
    }
    types::StringWrapper wrapper;
    wrapper.set_value(std::string(text));
    return wrapper.SerializeAsString();
}

template <typename Value>
std::string number_text(Value value) {
    std::array<char, 64> buffer;
    auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), result.ptr};
}

template <typename Wrapper>
bool parse(Wrapper& wrapper, std::string_view bytes) {
    return wrapper.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

template <typename Wrapper>
std::optional<std::string> decode_number(std::string_view bytes) {
    Wrapper wrapper;
    if (!parse(wrapper, bytes)) {
        return std::nullopt;
    }
    return number_text(wrapper.value());
}

}  // namespace

bool is_primitive_type(std::string_view type_name) {
    std::string_view name = short_name(type_name);
    for (std::string_view known : kNames) {
        if (name == known) {
            return true;
        }
    }
    return false;
}

std::variant<std::string, TextError>
encode_text(std::string_view type_name, std::string_view text) {
    std::string_view name = short_name(type_name);
    if (name == "bool") {
        return encode_bool(text);
    }
    if (name == "int") {
        return encode_number<types::IntWrapper, std::int32_t>(text, "a 32-bit whole number");
    }
    if (name == "long") {
        return encode_number<types::LongWrapper, std::int64_t>(text, "a 64-bit whole number");
    }
    if (name == "float") {
        return encode_number<types::FloatWrapper, float>(text, "a number that fits a float");
    }
    if (name == "double") {
        return encode_number<types::DoubleWrapper, double>(text, "a number that fits a double");
    }
    return encode_string(text);
}

std::optional<std::string> decode_text(std::string_view type_name, std::string_view bytes) {
    std::string_view name = short_name(type_name);
    if (name == "int") {
        return decode_number<types::IntWrapper>(bytes);
    }
    if (name == "long") {
        return decode_number<types::LongWrapper>(bytes);
    }
    if (name == "float") {
        return decode_number<types::FloatWrapper>(bytes);
    }
    if (name == "double") {
        return decode_number<types::DoubleWrapper>(bytes);
    }
    if (name == "bool") {
        types::BooleanWrapper wrapper;
        return parse(wrapper, bytes)
                   ? std::optional<std::string>(wrapper.value() ? "true" : "false")
                   : std::nullopt;
    }
    types::StringWrapper wrapper;
    return name == "string" && parse(wrapper, bytes) ? std::optional(wrapper.value())
                                                     : std::nullopt;
}

std::optional<std::string> decode_json(std::string_view type_name, std::string_view bytes) {
    auto text = decode_text(type_name, bytes);
    std::string_view name = short_name(type_name);
    if (!text) {
        return std::nullopt;
    }
    if (name == "string") {
        return nlohmann::json(*text).dump();
    }
    bool finite = name == "bool" || text->find('n') == std::string::npos;
    return finite ? text : std::nullopt;
}

}  // namespace sfg
