// What an API request asks for, read from its head: the target, the argument's type, the options.
//
// Threads:  pure functions; the module is only read.
// Limits:   ids kIdBytesMax, typenames kNameBytesMax, keys kIdempotencyKeyBytesMax, time-outs
//           kReplyTimeoutMax.
// Source:   design section 5; the content type application/vnd.<typename> is the playground's.
#pragma once

#include "gateway/runtime/http_types.h"
#include "protocol/address.h"
#include "protocol/errors.h"
#include "protocol/module_spec.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sfg::ingress {

inline constexpr std::chrono::minutes kReplyTimeoutMax{10};

template <typename T>
using Parsed = std::variant<T, Problem>;

// The entity named by the three segments behind a prefix ("/v1/send/"); an id may be empty.
[[nodiscard]] Parsed<Address> parse_target(std::string_view segments);

// Whether the parts of an address are what an address may be made of.
[[nodiscard]] std::optional<Problem> object_to_address(const Address& target);

// Whether the target may be addressed from outside and is served.
[[nodiscard]] std::optional<Problem>
object_to_target(const Address& target, const ModuleSpec& module);

// The media type of a Content-Type; and the value of one of its parameters ("charset", "q"), empty
// if it is not there.
[[nodiscard]] std::string_view media_type_of(std::string_view content_type);
[[nodiscard]] std::string_view parameter_of(std::string_view content_type, std::string_view name);

struct ArgumentType {
    std::string type_name;
    bool is_text = false;  // The body is text, to be encoded as this primitive type.
};

// Whether a body is something else than its bytes: packed, for example.
[[nodiscard]] std::optional<Problem> object_to_coding(const runtime::HttpHead& head);

[[nodiscard]] Parsed<ArgumentType> parse_argument_type(const runtime::HttpHead& head);

[[nodiscard]] std::optional<Problem> object_to_type_name(std::string_view type_name);

// 1 to kIdempotencyKeyBytesMax visible ASCII characters.
[[nodiscard]] bool is_good_key(std::string_view key);

// Idempotency-Key, or empty.
[[nodiscard]] Parsed<std::string> parse_key(const runtime::HttpHead& head);

struct Parameters {
    std::chrono::milliseconds timeout{0};
    std::optional<std::chrono::milliseconds> delay;  // Of a send.
};

// ?timeout= (`otherwise` where it is not given) and ?delay=, each once. Any other parameter is
// refused.
[[nodiscard]] Parsed<Parameters>
parse_parameters(std::string_view query, std::chrono::milliseconds otherwise);

// How a reply is to be written: by the weights of Accept, at equal ones what comes first.
enum class ReplyForm : std::uint8_t { bytes, text, json };
[[nodiscard]] ReplyForm parse_accept(const runtime::HttpHead& head);

}  // namespace sfg::ingress
