// The half of the codec that reads answers: a FromFunction becomes stored bytes.
#include "protocol/assert.h"
#include "protocol/codec.h"
#include "protocol/limits.h"
#include "protocol/request_reply.pb.h"
#include "protocol/response_parts.h"
#include "protocol/response_scan.h"
#include "protocol/wire_format.h"

#include <google/protobuf/arena.h>

#include <utility>

namespace sfg {

namespace wire_format {

SharedBytes stored_typed_value(const wire::TypedValue& value, std::size_t head_bytes) {
    std::size_t size = value.ByteSizeLong();
    SharedBytes bytes = SharedBytes::uninitialized(head_bytes + size);
    if (bytes.empty()) {
        return bytes;
    }
    std::memset(bytes.mutable_data(), 0, head_bytes);
    auto* at = reinterpret_cast<std::uint8_t*>(bytes.mutable_data()) + head_bytes;
    value.SerializeWithCachedSizesToArray(at);
    return bytes;
}

}  // namespace wire_format

namespace wire = io::statefun::sdk::reqreply;
using wire_format::address_size;
using wire_format::field_size;
using wire_format::kUnsetType;
using wire_format::stored_typed_value;
using wire_format::to_address;
using wire_format::write_message_head;
using wire_format::Writer;

namespace {

// The stored form of a message whose argument arrives as a parsed TypedValue.
SharedBytes
stored_message(PartitionId home, const Address& self, const wire::TypedValue& argument) {
    std::size_t caller_size = address_size(self);
    std::size_t argument_size = argument.ByteSizeLong();
    SharedBytes bytes = SharedBytes::uninitialized(
        kMessageHeadBytes + field_size(caller_size) + field_size(argument_size)
    );
    Writer out(bytes.mutable_data());
    write_message_head(out, home);
    out.head(1, caller_size);
    out.address(self);
    out.head(2, argument_size);
    argument.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.at()));
    return bytes;
}

std::string type_or_unset(const std::string& type_name) {
    return type_name.empty() ? std::string(kUnsetType) : type_name;
}

// A state is present whatever has_value says (StateFun stores the bytes regardless), and it comes
// back with the registered typename and has_value set.
StateMutation to_mutation(wire::FromFunction::PersistedValueMutation& from) {
    StateMutation mutation;
    mutation.name = from.state_name();
    mutation.is_delete = from.mutation_type() == wire::FromFunction::PersistedValueMutation::DELETE;
    if (!mutation.is_delete) {
        wire::TypedValue* value = from.mutable_state_value();
        value->set_typename_(type_or_unset(value->typename_()));
        value->set_has_value(true);
        mutation.stored = stored_typed_value(*value, kStateHeadBytes);
    }
    return mutation;
}

DelayedMessage to_delayed(
    const wire::FromFunction::DelayedInvocation& from,
    const Address& self,
    PartitionId home
) {
    DelayedMessage delayed;
    delayed.delay_ms = from.delay_in_ms();
    delayed.target = to_address(from.target());
    delayed.is_cancellation = from.is_cancellation_request();
    delayed.token = from.cancellation_token();
    if (!delayed.is_cancellation) {
        delayed.stored = stored_message(home, self, from.argument());
    }
    return delayed;
}

bool known_mutation_types(const wire::FromFunction::InvocationResponse& result) {
    for (const auto& mutation : result.state_mutations()) {
        if (!wire::FromFunction::PersistedValueMutation::MutationType_IsValid(
                mutation.mutation_type()
            )) {
            return false;
        }
    }
    return true;
}

Response
to_result(wire::FromFunction::InvocationResponse& from, const Address& self, PartitionId home) {
    if (!known_mutation_types(from)) {
        return ResponseError{"a state mutation is neither MODIFY nor DELETE"};
    }
    InvocationResult result;
    for (auto& mutation : *from.mutable_state_mutations()) {
        result.mutations.push_back(to_mutation(mutation));
        result.bytes += result.mutations.back().stored.size();
    }
    for (const auto& message : from.outgoing_messages()) {
        SharedBytes stored = stored_message(home, self, message.argument());
        result.bytes += stored.size();
        result.messages.push_back({to_address(message.target()), std::move(stored)});
    }
    for (const auto& message : from.delayed_invocations()) {
        result.delayed.push_back(to_delayed(message, self, home));
        result.bytes += result.delayed.back().stored.size();
    }
    for (const auto& record : from.outgoing_egresses()) {
        SharedBytes value = stored_typed_value(record.argument(), 0);
        result.bytes += value.size();
        TypeName egress{record.egress_namespace(), record.egress_type()};
        LaneChoice choice = choose_lane(egress, value.view());
        result.egress.push_back({std::move(egress), std::move(value), std::move(choice)});
    }
    return result;
}

IncompleteContext to_incomplete(const wire::FromFunction::IncompleteInvocationContext& from) {
    IncompleteContext incomplete;
    for (const auto& value : from.missing_values()) {
        StateSpec spec{value.state_name(), type_or_unset(value.type_typename())};
        const auto& expiration = value.expiration_spec();
        if (expiration.mode() == wire::FromFunction::ExpirationSpec::AFTER_WRITE) {
            spec.mode = ExpireMode::after_write;
        } else if (expiration.mode() == wire::FromFunction::ExpirationSpec::AFTER_INVOKE) {
            spec.mode = ExpireMode::after_invoke;
        }
        spec.expire_after_ms = spec.mode == ExpireMode::none ? 0 : expiration.expire_after_millis();
        incomplete.missing.push_back(std::move(spec));
    }
    return incomplete;
}

}  // namespace

Response parse_response(const Address& self, PartitionId home, std::string_view body) {
    Response usual;
    if (scan_result(self, home, body, std::get<InvocationResult>(usual))) {
        return usual;
    }
    // Before they become objects, each many times its bytes.
    if (std::size_t parts = count_parts(body); parts > kEffectsPerResponseMax) {
        return ResponseError{
            "the response has " + std::to_string(parts) + " effects or missing states, at most " +
            std::to_string(kEffectsPerResponseMax) + " are accepted"
        };
    }
    google::protobuf::Arena arena;
    auto* response = google::protobuf::Arena::CreateMessage<wire::FromFunction>(&arena);
    if (!response->ParseFromArray(body.data(), static_cast<int>(body.size()))) {
        return ResponseError{"the body is not a FromFunction message"};
    }
    if (response->has_incomplete_invocation_context()) {
        return to_incomplete(response->incomplete_invocation_context());
    }
    return to_result(*response->mutable_invocation_result(), self, home);
}

}  // namespace sfg
