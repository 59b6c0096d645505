// Types: how a C++ value becomes the bytes of a message or of a state, and back.
//
// A Type<T> is a typename and two plain functions. The six built-in types of StateFun have theirs
// already (BuiltIn, built_in<T>()); protobuf messages get one from protobuf.h; any other is written
// by hand:
//
//     constexpr statefun::Type<Login> kLogin{"my_company/Login", &encode_login, &decode_login};
//
// Threads:  values and pure functions.
// Lifetime: a name is not copied: use a literal, or text that outlives the type.
// Errors:   decode() returns nothing for bytes that are not a T; whoever asked then throws
//           TypeError, which fails the batch (see functions.h).
#pragma once

#include "protocol/address.h"
#include "protocol/typed_value.h"

#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace statefun {

using sfg::Address;
using sfg::TypedValue;
using sfg::TypeName;

// A value is not of the type that the function asked for, or cannot be encoded as it.
class TypeError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

template <typename T>
struct Type {
    std::string_view name;  // "namespace/name"
    std::string (*encode)(const T& value) = nullptr;
    std::optional<T> (*decode)(std::string_view bytes) = nullptr;

    [[nodiscard]] TypedValue value_of(const T& value) const {
        return TypedValue{std::string(name), true, encode(value)};
    }
};

// The types that every StateFun SDK shares: bool, int, long, float, double, string.
template <typename T>
concept BuiltIn =
    std::same_as<T, bool> || std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t> ||
    std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::string>;

namespace detail {

// Defined in type.cc for the built-in types only.
template <BuiltIn T>
[[nodiscard]] std::string encode_built_in(const T& value);
template <BuiltIn T>
[[nodiscard]] std::optional<T> decode_built_in(std::string_view bytes);

template <BuiltIn T>
inline constexpr std::string_view kBuiltInName;
template <>
inline constexpr std::string_view kBuiltInName<bool> = "io.statefun.types/bool";
template <>
inline constexpr std::string_view kBuiltInName<std::int32_t> = "io.statefun.types/int";
template <>
inline constexpr std::string_view kBuiltInName<std::int64_t> = "io.statefun.types/long";
template <>
inline constexpr std::string_view kBuiltInName<float> = "io.statefun.types/float";
template <>
inline constexpr std::string_view kBuiltInName<double> = "io.statefun.types/double";
template <>
inline constexpr std::string_view kBuiltInName<std::string> = "io.statefun.types/string";

[[noreturn]] void throw_not_decodable(std::string_view type_name);

}  // namespace detail

template <BuiltIn T>
[[nodiscard]] constexpr Type<T> built_in() {
    return {
        detail::kBuiltInName<T>,
        &detail::encode_built_in<T>,
        &detail::decode_built_in<T>,
    };
}

// What a function sends: a typed value, a built-in, text, or {type, value}. Implicit on purpose, so
// that a call reads context.reply(42) or context.send(target, {kLogin, login}).
class Argument {
public:
    Argument(TypedValue value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)

    template <BuiltIn T>
    Argument(const T& value)  // NOLINT(google-explicit-constructor)
        : value_(built_in<T>().value_of(value)) {}

    Argument(std::string_view text)  // NOLINT(google-explicit-constructor)
        : Argument(std::string(text)) {}

    Argument(const char* text)  // NOLINT(google-explicit-constructor)
        : Argument(std::string(text)) {}

    template <typename T>
    Argument(const Type<T>& type, const T& value) : value_(type.value_of(value)) {}

    [[nodiscard]] TypedValue& value() { return value_; }

private:
    TypedValue value_;
};

}  // namespace statefun
