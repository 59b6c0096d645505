#include "statefun/type.h"

#include "protocol/types.pb.h"

namespace statefun::detail {

namespace {

namespace types = io::statefun::sdk::types;

template <typename T>
struct WrapperOf;

template <>
struct WrapperOf<bool> {
    using Type = types::BooleanWrapper;
};

template <>
struct WrapperOf<std::int32_t> {
    using Type = types::IntWrapper;
};

template <>
struct WrapperOf<std::int64_t> {
    using Type = types::LongWrapper;
};

template <>
struct WrapperOf<float> {
    using Type = types::FloatWrapper;
};

template <>
struct WrapperOf<double> {
    using Type = types::DoubleWrapper;
};

template <>
struct WrapperOf<std::string> {
    using Type = types::StringWrapper;
};

}  // namespace

template <BuiltIn T>
std::string encode_built_in(const T& value) {
    if constexpr (std::same_as<T, std::string>) {
        // protobuf would only log it, and every reader would refuse the bytes.
        if (!sfg::is_utf8(value)) {
            throw TypeError("a string that is not UTF-8 cannot be sent or stored as a string");
        }
    }
    typename WrapperOf<T>::Type wrapper;
    wrapper.set_value(value);
    return wrapper.SerializeAsString();
}

template <BuiltIn T>
std::optional<T> decode_built_in(std::string_view bytes) {
    typename WrapperOf<T>::Type wrapper;
    if (!wrapper.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return std::nullopt;
    }
    return wrapper.value();
}

template std::string encode_built_in(const bool&);
template std::string encode_built_in(const std::int32_t&);
template std::string encode_built_in(const std::int64_t&);
template std::string encode_built_in(const float&);
template std::string encode_built_in(const double&);
template std::string encode_built_in(const std::string&);
template std::optional<bool> decode_built_in(std::string_view);
template std::optional<std::int32_t> decode_built_in(std::string_view);
template std::optional<std::int64_t> decode_built_in(std::string_view);
template std::optional<float> decode_built_in(std::string_view);
template std::optional<double> decode_built_in(std::string_view);
template std::optional<std::string> decode_built_in(std::string_view);

void throw_not_decodable(std::string_view type_name) {
    throw TypeError("the bytes are not a " + std::string(type_name));
}

}  // namespace statefun::detail
