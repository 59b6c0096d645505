// The reference function server of the benchmark. FROZEN: every figure of the benchmark is a ratio
// to this program's CPU, so a change here, also a better one, makes old and new figures
// incomparable. If it must change, change the name of the program too and report both for a while.
//
// Plain protobuf on function_server.h: what a competent person writes in an afternoon. It depends
// on nothing of ours but the protocol's generated messages.
//
//   bench/counter  state `count` (long): adds one per message; answers a caller with the new count
//   bench/greeter  state `seen` (int): answers a caller, or else the egress, with a greeting
#include "protocol/request_reply.pb.h"
#include "protocol/types.pb.h"
#include "tests/bench/function_server.h"

#include <optional>
#include <string>

namespace {

namespace wire = io::statefun::sdk::reqreply;
namespace types = io::statefun::sdk::types;
using Batch = wire::ToFunction::InvocationBatchRequest;
using Effects = wire::FromFunction::InvocationResponse;

const wire::ToFunction::PersistedValue* find_state(const Batch& batch, const char* name) {
    for (const auto& entry : batch.state()) {
        if (entry.state_name() == name) {
            return &entry;
        }
    }
    return nullptr;
}

void ask_for(const char* name, const char* type_name, wire::FromFunction& answer) {
    auto& spec = *answer.mutable_incomplete_invocation_context()->add_missing_values();
    spec.set_state_name(name);
    spec.set_type_typename(type_name);
}

template <typename Wrapper>
auto value_of(const wire::ToFunction::PersistedValue& entry) {
    Wrapper wrapper;
    if (entry.state_value().has_value()) {
        wrapper.ParseFromString(entry.state_value().value());
    }
    return wrapper.value();
}

template <typename Wrapper, typename Value>
void put(wire::TypedValue& to, const char* type_name, const Value& value) {
    Wrapper wrapper;
    wrapper.set_value(value);
    to.set_typename_(type_name);
    to.set_has_value(true);
    wrapper.SerializeToString(to.mutable_value());
}

template <typename Wrapper, typename Value>
void modify(Effects& effects, const char* name, const char* type_name, const Value& value) {
    auto& mutation = *effects.add_state_mutations();
    mutation.set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    mutation.set_state_name(name);
    put<Wrapper>(*mutation.mutable_state_value(), type_name, value);
}

void count(const Batch& batch, wire::FromFunction& answer) {
    const char* type_name = "io.statefun.types/long";
    const auto* state = find_state(batch, "count");
    if (state == nullptr) {
        return ask_for("count", type_name, answer);
    }
    auto& effects = *answer.mutable_invocation_result();
    std::int64_t count = value_of<types::LongWrapper>(*state);
    for (const auto& invocation : batch.invocations()) {
        ++count;
        if (invocation.has_caller()) {
            auto& reply = *effects.add_outgoing_messages();
            *reply.mutable_target() = invocation.caller();
            put<types::LongWrapper>(*reply.mutable_argument(), type_name, count);
        }
    }
    modify<types::LongWrapper>(effects, "count", type_name, count);
}

void greet(const Batch& batch, wire::FromFunction& answer) {
    const char* type_name = "io.statefun.types/int";
    const auto* state = find_state(batch, "seen");
    if (state == nullptr) {
        return ask_for("seen", type_name, answer);
    }
    auto& effects = *answer.mutable_invocation_result();
    std::int32_t seen = value_of<types::IntWrapper>(*state);
    for (const auto& invocation : batch.invocations()) {
        ++seen;
        const std::string greeting =
            "Hello " + batch.target().id() + " for time " + std::to_string(seen);
        if (invocation.has_caller()) {
            auto& reply = *effects.add_outgoing_messages();
            *reply.mutable_target() = invocation.caller();
            put<types::StringWrapper>(
                *reply.mutable_argument(), "io.statefun.types/string", greeting
            );
        } else {
            auto& record = *effects.add_outgoing_egresses();
            record.set_egress_namespace("io.statefun.playground");
            record.set_egress_type("egress");
            record.mutable_argument()->set_typename_("io.statefun.playground/EgressRecord");
            record.mutable_argument()->set_has_value(true);
            record.mutable_argument()->set_value(
                R"({"topic":"greetings","payload":")" + greeting + "\"}"
            );
        }
    }
    modify<types::IntWrapper>(effects, "seen", type_name, seen);
}

// The answer to a ToFunction; nothing if it is not one for us.
std::optional<std::string> answer_to(const std::string& body) {
    wire::ToFunction request;
    wire::FromFunction answer;
    if (!request.ParseFromString(body)) {
        return std::nullopt;
    }
    const auto& target = request.invocation().target();
    if (target.namespace_() == "bench" && target.type() == "counter") {
        count(request.invocation(), answer);
    } else if (target.namespace_() == "bench" && target.type() == "greeter") {
        greet(request.invocation(), answer);
    } else {
        return std::nullopt;
    }
    return answer.SerializeAsString();
}

bench::Answer answer(const std::string& body) {
    return {answer_to(body)};
}

}  // namespace

// reference_function [port or path]: where to serve; on a free port by default.
int main(int argc, char** argv) {
    bench::serve(argc > 1 ? argv[1] : "0", answer);
}
