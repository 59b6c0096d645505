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

// Whether the target may be addressed from outside and is served.
[[nodiscard]] std::optional<Problem>
object_to_target(const Address& target, const ModuleSpec& module);

struct ArgumentType {
    std::string type_name;
    bool is_text = false;  // The body is text, to be encoded as this primitive type.
};

[[nodiscard]] Parsed<ArgumentType> parse_argument_type(const runtime::HttpHead& head);

// Idempotency-Key, or empty.
[[nodiscard]] Parsed<std::string> parse_key(const runtime::HttpHead& head);

struct Parameters {
    std::chrono::milliseconds timeout{0};
    std::optional<std::chrono::milliseconds> delay;  // Of a send.
};

// ?timeout= (`otherwise` where it is not given) and ?delay=. Any other parameter is refused.
[[nodiscard]] Parsed<Parameters>
parse_parameters(std::string_view query, std::chrono::milliseconds otherwise);

// How a reply is to be written: by the weights of Accept, at equal ones what comes first.
enum class ReplyForm : std::uint8_t { bytes, text, json };
[[nodiscard]] ReplyForm parse_accept(const runtime::HttpHead& head);

}  // namespace sfg::ingress
