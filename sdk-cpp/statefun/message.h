// Message: one message for a function, typed and not yet decoded.
//
//     if (message.is<std::int32_t>()) { add(message.as<std::int32_t>()); }
//     else if (message.is(kLogin)) { login(message.as(kLogin)); }
//
// Threads:  a value that refers to the request; pure reads.
// Lifetime: valid during the call of the function; typed_value() is a copy that may be kept.
// Errors:   as() throws TypeError when the message is of another type, has no value, or its bytes
//           cannot be decoded.
#pragma once

#include "statefun/type.h"

#include <string>
#include <string_view>

namespace statefun {

class Message {
public:
    Message(std::string_view type_name, std::string_view bytes, bool has_value)
        : type_name_(type_name),
          bytes_(bytes),
          has_value_(has_value) {}

    [[nodiscard]] std::string_view type_name() const { return type_name_; }

    [[nodiscard]] std::string_view bytes() const { return bytes_; }

    // False for a message that carries a type only; zero bytes are a value.
    [[nodiscard]] bool has_value() const { return has_value_; }

    template <typename T>
    [[nodiscard]] bool is(const Type<T>& type) const {
        return type_name_ == type.name;
    }

    template <BuiltIn T>
    [[nodiscard]] bool is() const {
        return is(built_in<T>());
    }

    template <typename T>
    [[nodiscard]] T as(const Type<T>& type) const {
        require(type.name);
        auto value = type.decode(bytes_);
        if (!value) {
            detail::throw_not_decodable(type.name);
        }
        return *std::move(value);
    }

    template <BuiltIn T>
    [[nodiscard]] T as() const {
        return as(built_in<T>());
    }

    // A copy, to forward the message as it is or to keep it.
    [[nodiscard]] TypedValue typed_value() const {
        return TypedValue{std::string(type_name_), has_value_, std::string(bytes_)};
    }

private:
    // Throws TypeError unless this is a value of the type.
    void require(std::string_view type_name) const;

    std::string_view type_name_;
    std::string_view bytes_;
    bool has_value_;
};

}  // namespace statefun
