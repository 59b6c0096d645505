#include "protocol/codec.h"

#include "protocol/assert.h"
#include "protocol/request_reply.pb.h"
#include "protocol/wire_format.h"

#include <cstring>
#include <utility>

namespace sfg {

namespace wire = io::statefun::sdk::reqreply;
using wire_format::address_size;
using wire_format::field_size;
using wire_format::kMessageForm;
using wire_format::stored_typed_value;
using wire_format::text_field_size;
using wire_format::to_address;
using wire_format::typed_head_size;
using wire_format::varint_size;
using wire_format::write_message_head;
using wire_format::Writer;

namespace {

// Stored values up to this size are copied into the request; larger ones are referred to.
constexpr std::size_t kInlinePieceBytes = 4096;

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
        body_.keep(owner);
        body_.add(view);
    }

    Body finish() {
        cut();
        SFG_ASSERT(out_.at() == inline_.data() + inline_.size(), "the body was sized wrongly");
        body_.keep(std::move(inline_));
        return std::move(body_);
    }

private:
    void cut() {
        auto size = static_cast<std::size_t>(out_.at() - start_);
        if (size > 0) {
            body_.add({start_, size});
            start_ = out_.at();
        }
    }

    SharedBytes inline_;
    char* start_;
    Writer out_;
    Body body_;
};

// Takes the first field, a length-delimited one with a number below 16; returns what is in it.
std::string_view take_field(std::string_view& rest) {
    std::size_t size = 0;
    std::size_t at = 1;
    for (unsigned shift = 0; at < rest.size(); shift += 7) {
        auto byte = static_cast<unsigned char>(rest[at++]);
        size |= static_cast<std::size_t>(byte & 0x7fU) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    SFG_ASSERT(size <= rest.size() - at, "what is stored is whole");
    std::string_view value = rest.substr(at, size);
    rest.remove_prefix(at + size);
    return value;
}

std::size_t inlined(std::size_t bytes) {
    return bytes <= kInlinePieceBytes ? bytes : 0;
}

std::size_t state_entry_size(const StateEntry& state) {
    std::size_t size = text_field_size(state.name);
    return state.stored.empty() ? size : size + field_size(state.stored.size() - kStateHeadBytes);
}

}  // namespace

void OpenMessage::fill(std::string_view value) {
    SFG_ASSERT(value.size() == bytes.size() - value_at);
    if (!value.empty()) {
        std::memcpy(bytes.mutable_data() + value_at, value.data(), value.size());
    }
}

SharedBytes make_message(PartitionId home, const Address* caller, const TypedValue& argument) {
    OpenMessage open = make_open_message(home, caller, argument.type_name, argument.value.size());
    open.fill(argument.value);
    return std::move(open.bytes);
}

SharedBytes make_record(PartitionId home, std::string_view typed_value) {
    SharedBytes bytes = SharedBytes::uninitialized(kMessageHeadBytes + typed_value.size());
    Writer out(bytes.mutable_data());
    write_message_head(out, home);
    out.raw(typed_value);
    return bytes;
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
        std::string_view value = take_field(rest);
        if (field == 2) {
            return value;
        }
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

std::string_view state_type_name(std::string_view state) {
    std::string_view typed = state_typed_value(state);
    SFG_ASSERT(typed.starts_with('\x0a'), "its typename comes first");
    return take_field(typed);
}

std::string Body::flatten() const {
    std::string bytes;
    bytes.reserve(size);
    for (std::string_view view : views()) {
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
