#include "tests/bench/request_template.h"

#include "protocol/assert.h"
#include "protocol/request_reply.pb.h"
#include "protocol/types.pb.h"

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
    const std::size_t slash = target.find('/');
    SFG_ASSERT(slash != std::string::npos);
    const std::string type = target.substr(slash + 1);
    wire::ToFunction request;
    auto& batch = *request.mutable_invocation();
    batch.mutable_target()->set_namespace_(target.substr(0, slash));
    batch.mutable_target()->set_type(type);
    batch.mutable_target()->set_id(std::string(kFirstId));
    add_state(batch, type, content.state_bytes);
    auto& argument = *batch.add_invocations()->mutable_argument();
    argument.set_typename_(std::string(kMessageType));
    argument.set_has_value(true);
    argument.set_value(argument_of(content));
    return request.SerializeAsString();
}

}  // namespace

std::optional<Mode> mode_of(std::string_view name) {
    if (name == "send") {
        return Mode::send;
    }
    if (name == "call") {
        return Mode::call;
    }
    return name == "direct" ? std::optional(Mode::direct) : std::nullopt;
}

RequestTemplate::RequestTemplate(
    Mode mode,
    std::string_view host,
    const std::string& target,
    const Content& content
) {
    if (mode == Mode::direct) {
        // The headers that the gateway sends to a function.
        const std::string headers =
            "Content-Type: application/octet-stream\r\nAccept: application/octet-stream\r\n"
            "User-Agent: statefun\r\nConnection: keep-alive\r\n";
        bytes_ = http_request("/", host, headers, to_function(target, content));
    } else {
        const std::string verb = mode == Mode::send ? "send" : "call";
        bytes_ = http_request(
            "/v1/" + verb + "/" + target + "/" + std::string(kFirstId),
            host,
            "Content-Type: application/octet-stream\r\nStateFun-Type: " +
                std::string(kMessageType) + "\r\n",
            argument_of(content)
        );
    }
    const std::size_t id_at = bytes_.find(kFirstId);
    SFG_ASSERT(id_at != std::string::npos);
    digits_at_ = id_at + kFirstId.size() - kDigits;
}

const std::string& RequestTemplate::for_id(std::uint32_t number) {
    for (std::size_t i = digits_at_ + kDigits; i > digits_at_; number /= 10) {
        bytes_[--i] = static_cast<char>('0' + number % 10);
    }
    return bytes_;
}

bool is_success(Mode mode, int status, std::string_view body) {
    switch (mode) {
        case Mode::send:
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
