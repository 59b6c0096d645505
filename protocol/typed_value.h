// Typed values: what an argument, a state or a reply is made of, and the text forms of the
// built-in types.
//
// Threads:  pure functions and values.
// Source:   StateFun's types.proto; io.statefun.types/{bool,int,long,float,double,string} stand for
//           the wrapper messages. Zero, false and "" are zero bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sfg {

struct TypedValue {
    std::string type_name;
    bool has_value = false;
    std::string value;

    bool operator==(const TypedValue&) const = default;
};

inline constexpr std::string_view kStringType = "io.statefun.types/string";

[[nodiscard]] bool is_primitive_type(std::string_view type_name);

// Encodes text ("42", "true", "1.5", any UTF-8 for string) as the SDKs encode the primitive type.
// On failure the alternative is a sentence that names the value and what is accepted.
// Requires: is_primitive_type(type_name).
struct TextError {
    std::string reason;
};

[[nodiscard]] std::variant<std::string, TextError>
encode_text(std::string_view type_name, std::string_view text);

// The text of an encoded primitive; nothing if the bytes are not one. Shortest form that reads
// back as the same number.
[[nodiscard]] std::optional<std::string>
decode_text(std::string_view type_name, std::string_view bytes);

// The JSON form of an encoded primitive (a number, a string, true, false); nothing as above, and
// for NaN and infinity, which JSON lacks.
[[nodiscard]] std::optional<std::string>
decode_json(std::string_view type_name, std::string_view bytes);

}  // namespace sfg
