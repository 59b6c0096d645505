#include "tests/bench/request_template.h"

#include "protocol/assert.h"
#include "protocol/request_reply.pb.h"
#include "protocol/types.pb.h"

#include <array>
#include <utility>

namespace bench {

namespace {

namespace wire = io::statefun::sdk::reqreply;

constexpr std::size_t kDigits = 8;
constexpr std::string_view kFirstId = "id-00000000";
constexpr std::string_view kMessageType = "bench/increment";
// The tag of FromFunction.invocation_result.
constexpr std::string_view kResultTag = "\xa2\x06";

std::string http_request(
    const std::string& target,
    std::string_view host,
    const std::string& headers,
    const std::string& body
) {
    return "POST " + target + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// The two parts of "namespace/type".
std::pair<std::string, std::string> parts_of(const std::string& target) {
    const std::size_t slash = target.find('/');
    SFG_ASSERT(slash != std::string::npos);
    return {target.substr(0, slash), target.substr(slash + 1)};
}

std::string argument_of(const Content& content) {
    return content.argument.empty() ? std::string(content.argument_bytes, 'a') : content.argument;
}

template <typename Wrapper>
void set_number(wire::TypedValue& value, const char* type_name) {
    Wrapper wrapper;
    wrapper.set_value(41);
    value.set_typename_(type_name);
    value.set_value(wrapper.SerializeAsString());
}

// What the function finds: of reference_function.cc, or of workload_function.cc.
void add_state(
    wire::ToFunction::InvocationBatchRequest& batch,
    std::string_view type,
    std::size_t bytes
) {
    auto& state = *batch.add_state();
    wire::TypedValue& value = *state.mutable_state_value();
    value.set_has_value(true);
    if (type == "counter") {
        state.set_state_name("count");
        set_number<io::statefun::sdk::types::LongWrapper>(value, "io.statefun.types/long");
    } else if (type == "greeter") {
        state.set_state_name("seen");
        set_number<io::statefun::sdk::types::IntWrapper>(value, "io.statefun.types/int");
    } else {
        state.set_state_name("blob");
        value.set_typename_("bench/blob");
        value.set_value(std::string(bytes, 's'));
    }
}

std::string to_function(const std::string& target, const Content& content) {
    const auto [space, type] = parts_of(target);
    wire::ToFunction request;
    auto& batch = *request.mutable_invocation();
    batch.mutable_target()->set_namespace_(space);
    batch.mutable_target()->set_type(type);
    batch.mutable_target()->set_id(std::string(kFirstId));
    add_state(batch, type, content.state_bytes);
    auto& argument = *batch.add_invocations()->mutable_argument();
    argument.set_typename_(std::string(kMessageType));
    argument.set_has_value(true);
    argument.set_value(argument_of(content));
    return request.SerializeAsString();
}

// A size as protobuf writes it.
void append_size(std::string& to, std::size_t size) {
    for (; size >= 0x80; size >>= 7) {
        to += static_cast<char>((size & 0x7f) | 0x80);
    }
    to += static_cast<char>(size);
}

// A field of bytes as protobuf writes it.
void append_field(std::string& to, char number, std::string_view bytes) {
    to += static_cast<char>(number << 3 | 2);
    append_size(to, bytes.size());
    to += bytes;
}

std::string bulk_protobuf(const std::string& target, const Content& content) {
    const auto [space, type] = parts_of(target);
    std::string message;
    append_field(message, 1, space);
    append_field(message, 2, type);
    append_field(message, 3, kFirstId);
    append_field(message, 4, kMessageType);
    append_field(message, 5, argument_of(content));
    std::string body;
    for (std::size_t n = 0; n < content.bulk_messages; ++n) {
        append_size(body, message.size());
        body += message;
    }
    return body;
}

std::string bulk_ndjson(const std::string& target, const Content& content) {
    const std::string line = R"({"target":")" + target + "/" + std::string(kFirstId) +
                             R"(","typename":")" + std::string(kMessageType) + R"(","json":")" +
                             argument_of(content) + "\"}\n";
    std::string body;
    for (std::size_t n = 0; n < content.bulk_messages; ++n) {
        body += line;
    }
    return body;
}

struct NamedMode {
    std::string_view name;
    Mode mode;
};

constexpr std::array kModes = {
    NamedMode{"send", Mode::send},
    NamedMode{"ndjson", Mode::ndjson},
    NamedMode{"protobuf", Mode::protobuf},
    NamedMode{"call", Mode::call},
    NamedMode{"direct", Mode::direct},
};

}  // namespace

std::optional<Mode> mode_of(std::string_view name) {
    for (const NamedMode& one : kModes) {
        if (one.name == name) {
            return one.mode;
        }
    }
    return std::nullopt;
}

std::vector<std::string> mode_names() {
    std::vector<std::string> names;
    for (const NamedMode& one : kModes) {
        names.emplace_back(one.name);
    }
    return names;
}

RequestTemplate::RequestTemplate(
    Mode mode,
    std::string_view host,
    const std::string& target,
    const Content& content
) {
    const std::string typed =
        "Content-Type: application/octet-stream\r\nStateFun-Type: " + std::string(kMessageType) +
        "\r\n";
    const std::string entity = target + "/" + std::string(kFirstId);
    const std::string minimal = "Prefer: return=minimal\r\n";
    switch (mode) {
        case Mode::send:
            bytes_ = http_request("/v1/send/" + entity, host, typed, argument_of(content));
            break;
        case Mode::call:
            bytes_ = http_request("/v1/call/" + entity, host, typed, argument_of(content));
            break;
        case Mode::ndjson:
            bytes_ = http_request(
                "/v1/send",
                host,
                "Content-Type: application/x-ndjson\r\n" + minimal,
                bulk_ndjson(target, content)
            );
            break;
        case Mode::protobuf:
            bytes_ = http_request(
                "/v1/send",
                host,
                "Content-Type: application/vnd.google.protobuf; encoding=delimited\r\n" + minimal,
                bulk_protobuf(target, content)
            );
            break;
        case Mode::direct:
            // The headers that the gateway sends to a function.
            bytes_ = http_request(
                "/",
                host,
                "Content-Type: application/octet-stream\r\nAccept: application/octet-stream\r\n"
                "User-Agent: statefun\r\nConnection: keep-alive\r\n",
                to_function(target, content)
            );
            break;
    }
    for (std::size_t at = 0; (at = bytes_.find(kFirstId, at)) != std::string::npos;) {
        at += kFirstId.size();
        digits_at_.push_back(at - kDigits);
    }
    SFG_ASSERT(!digits_at_.empty());
}

const std::string& RequestTemplate::next(IdSource& ids) {
    for (const std::size_t first : digits_at_) {
        std::uint32_t number = ids.next();
        for (std::size_t i = first + kDigits; i > first; number /= 10) {
            bytes_[--i] = static_cast<char>('0' + number % 10);
        }
    }
    return bytes_;
}

bool is_success(Mode mode, int status, std::string_view body) {
    switch (mode) {
        case Mode::send:
        case Mode::ndjson:
        case Mode::protobuf:
            return status == 202;
        case Mode::call:
            return status == 200;
        case Mode::direct:
            // An "incomplete" answer would be cheaper than a turn, and no ceiling of anything.
            return status == 200 && body.starts_with(kResultTag);
    }
    return false;
}

}  // namespace bench
