// wire: requests as the gateway writes them, and answers as it reads them, for the SDK's tests.
#pragma once

#include "protocol/request_reply.pb.h"
#include "protocol/types.pb.h"

#include "statefun/functions.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sdk_test {

namespace wire = io::statefun::sdk::reqreply;
namespace types = io::statefun::sdk::types;

inline std::string long_bytes(std::int64_t value) {
    types::LongWrapper wrapper;
    wrapper.set_value(value);
    return wrapper.SerializeAsString();
}

inline std::string string_bytes(std::string_view value) {
    types::StringWrapper wrapper;
    wrapper.set_value(std::string(value));
    return wrapper.SerializeAsString();
}

inline constexpr const char* kLong = "io.statefun.types/long";
inline constexpr const char* kString = "io.statefun.types/string";

class RequestTo {
public:
    RequestTo(const char* ns, const char* type, const char* id) {
        auto& target = *batch().mutable_target();
        target.set_namespace_(ns);
        target.set_type(type);
        target.set_id(id);
    }

    RequestTo& absent_state(const char* name) {
        batch().add_state()->set_state_name(name);
        return *this;
    }

    RequestTo& state(const char* name, const char* type_name, const std::string& bytes) {
        auto& entry = *batch().add_state();
        entry.set_state_name(name);
        put(*entry.mutable_state_value(), type_name, bytes);
        return *this;
    }

    RequestTo& message(const char* type_name, const std::string& bytes) {
        put(*batch().add_invocations()->mutable_argument(), type_name, bytes);
        return *this;
    }

    // Gives the last message a caller.
    RequestTo& from(const char* ns, const char* type, const char* id) {
        auto& caller = *batch().mutable_invocations()->rbegin()->mutable_caller();
        caller.set_namespace_(ns);
        caller.set_type(type);
        caller.set_id(id);
        return *this;
    }

    [[nodiscard]] std::string bytes() const { return request_.SerializeAsString(); }

private:
    wire::ToFunction::InvocationBatchRequest& batch() { return *request_.mutable_invocation(); }

    static void put(wire::TypedValue& to, const char* type_name, const std::string& bytes) {
        to.set_typename_(type_name);
        to.set_has_value(true);
        to.set_value(bytes);
    }

    wire::ToFunction request_;
};

// The answer of a call that must succeed; without either arm if the bytes are not an answer.
inline wire::FromFunction
answer_of(const statefun::Functions& functions, const RequestTo& request) {
    wire::FromFunction answer;
    auto bytes = functions.handle(request.bytes());
    if (!bytes || !answer.ParseFromString(*bytes)) {
        return {};
    }
    return answer;
}

// The error of a call that must fail.
inline std::optional<statefun::HandlerError>
error_of(const statefun::Functions& functions, std::string_view bytes) {
    auto answer = functions.handle(bytes);
    return answer ? std::nullopt : std::optional(answer.error());
}

}  // namespace sdk_test
