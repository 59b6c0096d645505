// The functions of the benchmark's other workloads, on the server of reference_function.cc.
//
// All have one state, `blob`, which each turn writes anew; it has 8 bytes where nothing else is
// said.
//
//   bench/stateN  N bytes of state; answers a caller
//   bench/fanN    ten messages to fan(N-1), to ids that follow from its own; fan0 takes messages.
//   The
//                 message says from how many ids; the last of the last answers who called the first
//   bench/stageN  a message to stage(N+1) of the same id; stage4 answers who called stage1
//   bench/egress  a record for each message
//   bench/kafka   each message as a record to the topic "out", with the id as its key
//   bench/slow    answers a caller, after 100 ms
//   bench/timer   a message to bench/sink of the same id, half a second later
//   bench/arm     kArmed messages to bench/sink, from the Unix time on (ms) that its message says
//   bench/sink    takes messages
#include "protocol/egress.pb.h"
#include "protocol/request_reply.pb.h"
#include "tests/bench/function_server.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace {

namespace wire = io::statefun::sdk::reqreply;
using Batch = wire::ToFunction::InvocationBatchRequest;
using Effects = wire::FromFunction::InvocationResponse;
using std::chrono::milliseconds;

constexpr const char* kNamespace = "bench";
constexpr const char* kState = "blob";
constexpr const char* kStateType = "bench/blob";
constexpr const char* kMessageType = "bench/next";
constexpr std::uint64_t kFan = 10;
constexpr std::uint64_t kStages = 4;
constexpr std::uint64_t kArmed = 2000;
constexpr std::uint64_t kSinks = 2000;
constexpr milliseconds kSlow{100};
constexpr milliseconds kTimer{500};

// One message and where its effects go.
struct Turn {
    const wire::Address& self;
    std::uint64_t number;  // At the end of the type's name.
    const wire::ToFunction::Invocation& message;
    Effects& effects;
};

std::string id_of(std::uint64_t number) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "id-%08u", static_cast<unsigned>(number));
    return text.data();
}

std::uint64_t number_at_end(std::string_view text) {
    const std::size_t digits = text.find_last_not_of("0123456789") + 1;
    return std::strtoull(std::string(text.substr(digits)).c_str(), nullptr, 10);
}

void set_value(wire::TypedValue& value, const char* type, std::string bytes) {
    value.set_typename_(type);
    value.set_has_value(true);
    value.set_value(std::move(bytes));
}

// `message` is an invocation or a delayed one.
template <typename Message>
void address(Message& message, const std::string& type, const std::string& id, std::string text) {
    message.mutable_target()->set_namespace_(kNamespace);
    message.mutable_target()->set_type(type);
    message.mutable_target()->set_id(id);
    set_value(*message.mutable_argument(), kMessageType, std::move(text));
}

void answer_call(Effects& effects, const std::string& call) {
    auto& reply = *effects.add_outgoing_messages();
    address(reply, "call", call, "done");
    reply.mutable_target()->set_namespace_("io.statefun.gateway");
}

void answer_caller(const Turn& turn) {
    if (turn.message.has_caller()) {
        answer_call(turn.effects, turn.message.caller().id());
    }
}

// A message is "RANGE", or "RANGE CALL" on the way to the one that answers.
void fan(const Turn& turn) {
    const std::string& text = turn.message.argument().value();
    const std::size_t blank = text.find(' ');
    const std::string range = text.substr(0, blank);
    std::string call = blank == std::string::npos ? "" : text.substr(blank + 1);
    if (turn.number == 0) {
        return call.empty() ? void() : answer_call(turn.effects, call);
    }
    if (turn.message.has_caller() && turn.message.caller().namespace_() != kNamespace) {
        call = turn.message.caller().id();
    }
    const std::uint64_t ids = std::strtoull(range.c_str(), nullptr, 10);
    const std::uint64_t own = number_at_end(turn.self.id());
    const std::string type = "fan" + std::to_string(turn.number - 1);
    for (std::uint64_t n = 0; n < kFan; ++n) {
        const std::uint64_t id =
            (own * kFan + n + 1) * 2'654'435'761 % std::max<std::uint64_t>(ids, 1);
        const bool answers = n + 1 == kFan && !call.empty();
        address(
            *turn.effects.add_outgoing_messages(),
            type,
            id_of(id),
            answers ? range + " " + call : range
        );
    }
}

// A message to a later stage is the call that is to be answered.
void stage(const Turn& turn) {
    const std::string& text = turn.message.argument().value();
    if (turn.number == kStages) {
        return answer_call(turn.effects, text);
    }
    address(
        *turn.effects.add_outgoing_messages(),
        "stage" + std::to_string(turn.number + 1),
        turn.self.id(),
        turn.number == 1 && turn.message.has_caller() ? turn.message.caller().id() : text
    );
}

void record(const Turn& turn) {
    auto& record = *turn.effects.add_outgoing_egresses();
    record.set_egress_namespace("io.statefun.playground");
    record.set_egress_type("egress");
    set_value(
        *record.mutable_argument(),
        "io.statefun.playground/EgressRecord",
        R"({"topic":"greetings","payload":"Hello )" + turn.self.id() + "\"}"
    );
}

void kafka_record(const Turn& turn) {
    io::statefun::sdk::egress::KafkaProducerRecord made;
    made.set_topic("out");
    made.set_key(turn.self.id());
    made.set_value_bytes(turn.message.argument().value());
    auto& record = *turn.effects.add_outgoing_egresses();
    record.set_egress_namespace(kNamespace);
    record.set_egress_type("out");
    set_value(
        *record.mutable_argument(),
        "type.googleapis.com/io.statefun.sdk.egress.KafkaProducerRecord",
        made.SerializeAsString()
    );
}

void timer(const Turn& turn) {
    auto& delayed = *turn.effects.add_delayed_invocations();
    address(delayed, "sink", turn.self.id(), "late");
    delayed.set_delay_in_ms(kTimer.count());
}

void arm(const Turn& turn) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::int64_t due = std::strtoll(turn.message.argument().value().c_str(), nullptr, 10);
    const std::int64_t delay =
        std::max<std::int64_t>(due - std::chrono::duration_cast<milliseconds>(now).count(), 0);
    for (std::uint64_t n = 0; n < kArmed; ++n) {
        auto& delayed = *turn.effects.add_delayed_invocations();
        address(delayed, "sink", id_of(n % kSinks), std::string(50, 'x'));
        delayed.set_delay_in_ms(delay + static_cast<std::int64_t>(n % 1000));
    }
}

void take(const Turn&) {}

struct Behaviour {
    std::string_view name;  // Without the number.
    void (*on_message)(const Turn&);
};

constexpr std::array kBehaviours = {
    Behaviour{"state", answer_caller},
    Behaviour{"fan", fan},
    Behaviour{"stage", stage},
    Behaviour{"egress", record},
    Behaviour{"kafka", kafka_record},
    Behaviour{"slow", answer_caller},
    Behaviour{"timer", timer},
    Behaviour{"arm", arm},
    Behaviour{"sink", take},
};

// The number of messages so far, and then filler.
void write_state(const Batch& batch, std::size_t bytes, Effects& effects) {
    std::uint64_t count = 0;
    const std::string& before = batch.state(0).state_value().value();
    if (before.size() >= sizeof count) {
        std::memcpy(&count, before.data(), sizeof count);
    }
    count += static_cast<std::uint64_t>(batch.invocations_size());
    std::string after(std::max(bytes, sizeof count), 's');
    std::memcpy(after.data(), &count, sizeof count);
    auto& mutation = *effects.add_state_mutations();
    mutation.set_mutation_type(wire::FromFunction::PersistedValueMutation::MODIFY);
    mutation.set_state_name(kState);
    set_value(*mutation.mutable_state_value(), kStateType, std::move(after));
}

std::string turn(const Batch& batch, const Behaviour& behaviour, std::uint64_t number) {
    wire::FromFunction answer;
    if (batch.state_size() == 0) {
        auto& spec = *answer.mutable_incomplete_invocation_context()->add_missing_values();
        spec.set_state_name(kState);
        spec.set_type_typename(kStateType);
        return answer.SerializeAsString();
    }
    Effects& effects = *answer.mutable_invocation_result();
    for (const auto& message : batch.invocations()) {
        behaviour.on_message({batch.target(), number, message, effects});
    }
    write_state(batch, behaviour.name == "state" ? number : 0, effects);
    return answer.SerializeAsString();
}

bench::Answer answer(const std::string& body) {
    wire::ToFunction request;
    if (!request.ParseFromString(body)) {
        return {};
    }
    const Batch& batch = request.invocation();
    const std::string_view type = batch.target().type();
    const std::string_view name = type.substr(0, type.find_last_not_of("0123456789") + 1);
    for (const Behaviour& behaviour : kBehaviours) {
        if (behaviour.name == name) {
            return {
                turn(batch, behaviour, number_at_end(type)),
                name == "slow" ? kSlow : milliseconds(0)
            };
        }
    }
    return {};
}

}  // namespace

// workload_function [port or path]: where to serve; on a free port by default.
int main(int argc, char** argv) {
    bench::serve(argc > 1 ? argv[1] : "0", answer);
}
