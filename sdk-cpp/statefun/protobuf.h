// protobuf_type<M>(name): the Type of a protobuf message.
//
//     constexpr auto kProfile = statefun::protobuf_type<Profile>("my_company/Profile");
//     constexpr statefun::ValueSpec<Profile> kState{"profile", kProfile};
//
// Threads:  values and pure functions.
// Limits:   protobuf's own: 2 GiB a message.
#pragma once

#include "statefun/type.h"
#include <google/protobuf/message_lite.h>

#include <concepts>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace statefun {

namespace detail {

template <typename M>
[[nodiscard]] std::string encode_protobuf(const M& message) {
    std::string bytes;
    if (!message.SerializeToString(&bytes)) {
        throw TypeError("a protobuf message cannot be serialised: " + message.GetTypeName());
    }
    return bytes;
}

template <typename M>
[[nodiscard]] std::optional<M> decode_protobuf(std::string_view bytes) {
    constexpr auto kBytesMax = static_cast<std::size_t>(std::numeric_limits<int>::max());
    std::optional<M> message(std::in_place);
    if (bytes.size() > kBytesMax ||
        !message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        message.reset();
    }
    return message;
}

}  // namespace detail

template <std::derived_from<google::protobuf::MessageLite> M>
[[nodiscard]] constexpr Type<M> protobuf_type(std::string_view name) {
    return {name, &detail::encode_protobuf<M>, &detail::decode_protobuf<M>};
}

}  // namespace statefun
