#include "protocol/codec.h"

#include "protocol/assert.h"
#include "protocol/limits.h"
#include "protocol/request_reply.pb.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>

#include <cstring>

namespace sfg {

namespace {

namespace wire = io::statefun::sdk::reqreply;

constexpr char kMessageForm = 1;
constexpr std::string_view kUnsetType = "io.statefun.types/unset";

// Stored values up to this size are copied into the request; larger ones are referred to.
constexpr std::size_t kInlinePieceBytes = 4096;

std::size_t varint_size(std::uint64_t value) {
    return google::protobuf::io::CodedOutputStream::VarintSize64(value);
}

std::size_t field_size(std::size_t payload) {
    return 1 + varint_size(payload) + payload;
}

std::size_t text_field_size(std::string_view text) {
    return text.empty() ? 0 : field_size(text.size());
}

// Writes protobuf fields into memory that was sized beforehand.
class Writer {
public:
    explicit Writer(char* at) : at_(at) {}

    void raw(std::string_view bytes) {
        std::memcpy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }

    void byte(unsigned value) { *at_++ = static_cast<char>(value); }

    void varint(std::uint64_t value) {
        while (value >= 0x80) {
            byte(static_cast<unsigned>(value | 0x80) & 0xff);
            value >>= 7;
        }
        byte(static_cast<unsigned>(value));
    }

    // The head of a length-delimited field with a number below 16.
    void head(unsigned field, std::size_t size) {
        byte(field << 3 | 2);
        varint(size);
    }

    void text_field(unsigned field, std::string_view text) {
        if (!text.empty()) {
            head(field, text.size());
            raw(text);
        }
    }

    void address(const Address& address) {
        text_field(1, address.type.ns);
        text_field(2, address.type.name);
        text_field(3, address.id);
    }

    [[nodiscard]] char* at() const { return at_; }

private:
    char* at_;
};

std::size_t address_size(const Address& address) {
    return text_field_size(address.type.ns) + text_field_size(address.type.name) +
           text_field_size(address.id);
}

// The size of a TypedValue up to the bytes of its value; `has_value` is set.
std::size_t typed_head_size(std::string_view type_name, std::size_t value_bytes) {
    std::size_t size = text_field_size(type_name) + 2;
    return value_bytes == 0 ? size : size + 1 + varint_size(value_bytes);
}

void write_message_head(Writer& out, PartitionId home) {
    out.byte(kMessageForm);
    out.byte(home & 0xffU);
    out.byte(home >> 8U);
}

Address to_address(const wire::Address& from) {
    return {{from.namespace_(), from.type()}, from.id()};
}

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
        mutation.type_name = type_or_unset(value->typename_());
        value->set_typename_(mutation.type_name);
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
    auto effects = static_cast<std::size_t>(
        from.state_mutations_size() + from.outgoing_messages_size() +
        from.delayed_invocations_size() + from.outgoing_egresses_size()
    );
    if (effects > kEffectsPerResponseMax) {
        return ResponseError{
            "the response has " + std::to_string(effects) + " effects, at most " +
            std::to_string(kEffectsPerResponseMax) + " are accepted"
        };
    }
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
        result.egress.push_back({std::move(egress), std::move(value)});
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

// Grows a body piece by piece; small things share a piece.
class BodyBuilder {
public:
    explicit BodyBuilder(std::size_t inline_bytes)
        : inline_(SharedBytes::uninitialized(inline_bytes)),
          start_(inline_.mutable_data()),
          out_(start_) {}

    Writer& out() { return out_; }

    // `view` is part of `owner`.
    void value(const SharedBytes& owner, std::string_view view) {
        if (view.size() <= kInlinePieceBytes) {
            out_.raw(view);
            return;
        }
        cut();
        body_.pieces.push_back(owner);
        body_.views.push_back(view);
        body_.size += view.size();
    }

    Body finish() {
        cut();
        SFG_ASSERT(out_.at() == inline_.data() + inline_.size(), "the body was sized wrongly");
        body_.pieces.push_back(std::move(inline_));
        return std::move(body_);
    }

private:
    void cut() {
        auto size = static_cast<std::size_t>(out_.at() - start_);
        if (size > 0) {
            body_.views.emplace_back(start_, size);
            body_.size += size;
            start_ = out_.at();
        }
    }

    SharedBytes inline_;
    char* start_;
    Writer out_;
    Body body_;
};

std::size_t inlined(std::size_t bytes) {
    return bytes <= kInlinePieceBytes ? bytes : 0;
}

std::size_t state_entry_size(const StateEntry& state) {
    std::size_t size = text_field_size(state.name);
    return state.stored.empty() ? size : size + field_size(state.stored.size() - kStateHeadBytes);
}

}  // namespace

SharedBytes make_message(PartitionId home, const Address* caller, const TypedValue& argument) {
    OpenMessage open = make_open_message(home, caller, argument.type_name, argument.value.size());
    if (!argument.value.empty()) {
        std::memcpy(
            open.bytes.mutable_data() + open.value_at, argument.value.data(), argument.value.size()
        );
    }
    return std::move(open.bytes);
}

OpenMessage make_open_message(
    PartitionId home,
    const Address* caller,
    std::string_view type_name,
    std::size_t value_bytes
) {
    std::size_t caller_size = caller == nullptr ? 0 : address_size(*caller);
    std::size_t argument_size = typed_head_size(type_name, value_bytes) + value_bytes;
    OpenMessage open;
    open.bytes = SharedBytes::uninitialized(
        kMessageHeadBytes + (caller == nullptr ? 0 : field_size(caller_size)) +
        field_size(argument_size)
    );
    char* start = open.bytes.mutable_data();
    Writer out(start);
    write_message_head(out, home);
    if (caller != nullptr) {
        out.head(1, caller_size);
        out.address(*caller);
        open.id_end = static_cast<std::size_t>(out.at() - start);
    }
    out.head(2, argument_size);
    out.text_field(1, type_name);
    out.byte(2 << 3);
    out.byte(1);
    if (value_bytes > 0) {
        out.head(3, value_bytes);
    }
    open.value_at = static_cast<std::size_t>(out.at() - start);
    return open;
}

PartitionId message_home(std::string_view message) {
    auto low = static_cast<unsigned char>(message[1]);
    auto high = static_cast<unsigned char>(message[2]);
    return static_cast<PartitionId>(low | high << 8U);
}

std::string_view message_invocation(std::string_view message) {
    return message.substr(kMessageHeadBytes);
}

std::string_view message_argument(std::string_view message) {
    std::string_view rest = message_invocation(message);
    while (!rest.empty()) {
        unsigned field = static_cast<unsigned char>(rest[0]) >> 3U;
        std::size_t size = 0;
        std::size_t at = 1;
        for (unsigned shift = 0; at < rest.size(); shift += 7) {
            auto byte = static_cast<unsigned char>(rest[at++]);
            size |= static_cast<std::size_t>(byte & 0x7fU) << shift;
            if (byte < 0x80) {
                break;
            }
        }
        SFG_ASSERT(size <= rest.size() - at, "a stored message is whole");
        if (field == 2) {
            return rest.substr(at, size);
        }
        rest.remove_prefix(at + size);
    }
    return {};
}

std::int64_t state_stamp(std::string_view state) {
    std::int64_t stamp = 0;
    std::memcpy(&stamp, state.data(), sizeof stamp);
    return stamp;
}

void set_state_stamp(SharedBytes& state, std::int64_t stamp_ms) {
    std::memcpy(state.mutable_data(), &stamp_ms, sizeof stamp_ms);
}

std::string_view state_typed_value(std::string_view state) {
    return state.substr(kStateHeadBytes);
}

std::string Body::flatten() const {
    std::string bytes;
    bytes.reserve(size);
    for (std::string_view view : views) {
        bytes += view;
    }
    return bytes;
}

Body make_request(
    const Address& target,
    const std::vector<StateEntry>& states,
    const std::vector<SharedBytes>& messages
) {
    std::size_t target_size = address_size(target);
    std::size_t batch_size = field_size(target_size);
    std::size_t inline_size = batch_size;
    for (const StateEntry& state : states) {
        std::size_t entry = state_entry_size(state);
        std::size_t value = state.stored.empty() ? 0 : state.stored.size() - kStateHeadBytes;
        batch_size += field_size(entry);
        inline_size += field_size(entry) - value + inlined(value);
    }
    for (const SharedBytes& message : messages) {
        std::size_t invocation = message.size() - kMessageHeadBytes;
        batch_size += field_size(invocation);
        inline_size += field_size(invocation) - invocation + inlined(invocation);
    }
    BodyBuilder builder(2 + varint_size(batch_size) + inline_size);
    Writer& out = builder.out();
    out.byte(0xa2);  // Field 100, length-delimited.
    out.byte(0x06);
    out.varint(batch_size);
    out.head(1, target_size);
    out.address(target);
    for (const StateEntry& state : states) {
        out.head(2, state_entry_size(state));
        out.text_field(1, state.name);
        if (!state.stored.empty()) {
            std::string_view value = state_typed_value(state.stored.view());
            out.head(2, value.size());
            builder.value(state.stored, value);
        }
    }
    for (const SharedBytes& message : messages) {
        std::string_view invocation = message_invocation(message.view());
        out.head(3, invocation.size());
        builder.value(message, invocation);
    }
    return builder.finish();
}

Response parse_response(const Address& self, PartitionId home, std::string_view body) {
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

SharedBytes encode_typed_value(const TypedValue& value) {
    wire::TypedValue encoded;
    encoded.set_typename_(value.type_name);
    encoded.set_has_value(value.has_value);
    encoded.set_value(value.value);
    return stored_typed_value(encoded, 0);
}

std::optional<TypedValue> decode_typed_value(std::string_view bytes) {
    wire::TypedValue value;
    if (!value.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return std::nullopt;
    }
    return TypedValue{value.typename_(), value.has_value(), value.value()};
}

std::optional<DecodedInvocation> decode_message(std::string_view stored) {
    if (stored.size() < kMessageHeadBytes || stored[0] != kMessageForm) {
        return std::nullopt;
    }
    std::string_view bytes = message_invocation(stored);
    wire::ToFunction::Invocation invocation;
    if (!invocation.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
        return std::nullopt;
    }
    DecodedInvocation decoded;
    if (invocation.has_caller()) {
        decoded.caller = to_address(invocation.caller());
    }
    const auto& argument = invocation.argument();
    decoded.argument = {argument.typename_(), argument.has_value(), argument.value()};
    return decoded;
}

}  // namespace sfg
