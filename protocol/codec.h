// The codec: between stored bytes and the request-reply wire.
//
// A message is stored as a small head and the encoded ToFunction.Invocation; a state as a write
// stamp and the encoded TypedValue. A request is spliced from such bytes, and a response is parsed
// straight into them, so that nothing is encoded twice (design section 7).
//
// Threads:  pure functions; parse_response of a large body is a helper thread's work.
// Limits:   the caller bounds body sizes; parse_response bounds the number of effects.
// Source:   request_reply.proto. Fields that we do not know in an argument are kept.
#pragma once

#include "protocol/address.h"
#include "protocol/egress_lane.h"
#include "protocol/shared_bytes.h"
#include "protocol/typed_value.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sfg {

// ---- Stored forms. Part of the on-disk format.

// What stands before the invocation in a stored message: one byte of form (1) and the partition
// whose commit sent it (its origin; number and index are those of its key), little-endian.
inline constexpr std::size_t kMessageHeadBytes = 3;

// Builds the stored form of a message. `caller` absent: it came from outside.
[[nodiscard]] SharedBytes
make_message(PartitionId home, const Address* caller, const TypedValue& argument);

// The same around a value of `value_bytes` bytes that the reader of a body writes in place: the
// value's bytes are the last of the message. The caller's id, if any, ends at `id_end`, so that an
// id of fixed length can be written before the message is shared.
struct OpenMessage {
    SharedBytes bytes;
    std::size_t value_at = 0;
    std::size_t id_end = 0;

    // Writes the value. Requires: it has the size that the message was made for.
    void fill(std::string_view value);
};

[[nodiscard]] OpenMessage make_open_message(
    PartitionId home,
    const Address* caller,
    std::string_view type_name,
    std::size_t value_bytes
);

// The stored form of an egress record: the same head before the encoded TypedValue.
[[nodiscard]] SharedBytes make_record(PartitionId home, std::string_view typed_value);

[[nodiscard]] PartitionId message_home(std::string_view message);
[[nodiscard]] std::string_view message_invocation(std::string_view message);
// The encoded TypedValue inside. Requires: a stored message.
[[nodiscard]] std::string_view message_argument(std::string_view message);

// What stands before the typed value in a stored state: its write stamp (ms), little-endian.
inline constexpr std::size_t kStateHeadBytes = 8;

[[nodiscard]] std::int64_t state_stamp(std::string_view state);
void set_state_stamp(SharedBytes& state, std::int64_t stamp_ms);
[[nodiscard]] std::string_view state_typed_value(std::string_view state);
// Requires: as a response's mutation has it.
[[nodiscard]] std::string_view state_type_name(std::string_view state);

// ---- Requests.

// A body in pieces: what was made for it, and large stored values that are only referred to. Most
// are one piece, and ask for no memory beside it.
class Body {
public:
    std::size_t size = 0;

    // In order; together the body. Valid while this is where it is, and nothing is added.
    [[nodiscard]] std::span<const std::string_view> views() const {
        return more_.empty() ? std::span(&first_, first_.empty() ? 0 : 1) : std::span(more_);
    }

    // The next part of it.
    void add(std::string_view view) {
        size += view.size();
        if (first_.empty()) {
            first_ = view;
            return;
        }
        if (more_.empty()) {
            more_.push_back(first_);
        }
        more_.push_back(view);
    }

    // What views refer to lives as long as this.
    void keep(SharedBytes owner) {
        if (owner_.empty()) {
            owner_ = std::move(owner);
        } else {
            more_owners_.push_back(std::move(owner));
        }
    }

    [[nodiscard]] std::string flatten() const;

private:
    SharedBytes owner_;
    std::string_view first_;
    std::vector<SharedBytes> more_owners_;
    std::vector<std::string_view> more_;  // All, if they are several.
};

struct StateEntry {
    std::string_view name;
    SharedBytes stored;  // Empty: the state has no value.
};

// The ToFunction for a batch. `messages` are stored forms, in order of arrival.
[[nodiscard]] Body make_request(
    const Address& target,
    const std::vector<StateEntry>& states,
    const std::vector<SharedBytes>& messages
);

// ---- Responses.

enum class ExpireMode : std::uint8_t { none, after_write, after_invoke };

struct StateSpec {
    std::string name;
    std::string type_name;  // io.statefun.types/unset where the function left it empty.
    ExpireMode mode = ExpireMode::none;
    std::int64_t expire_after_ms = 0;

    bool operator==(const StateSpec&) const = default;
};

struct StateMutation {
    std::string name;
    bool is_delete = false;
    // Of a write; its stamp is still 0. It has a typename: io.statefun.types/unset, where the
    // function left it empty.
    SharedBytes stored;
};

struct OutgoingMessage {
    Address target;
    SharedBytes stored;
};

struct DelayedMessage {
    std::int64_t delay_ms = 0;
    Address target;
    SharedBytes stored;
    bool is_cancellation = false;
    std::string token;
};

struct EgressRecord {
    TypeName egress;
    SharedBytes typed_value;  // The encoded TypedValue.
    LaneChoice choice;
};

// The effects that a function asks for; nothing of them is checked against what is known yet.
struct InvocationResult {
    std::vector<StateMutation> mutations;
    std::vector<OutgoingMessage> messages;
    std::vector<DelayedMessage> delayed;
    std::vector<EgressRecord> egress;
    std::size_t bytes = 0;  // Of all stored forms together.
};

struct IncompleteContext {
    std::vector<StateSpec> missing;
};

struct ResponseError {
    std::string reason;
};

using Response = std::variant<InvocationResult, IncompleteContext, ResponseError>;

// Parses the body of an answer for a call of `self`. An empty body, and one without either arm, is
// a result without effects (StateFun does the same).
[[nodiscard]] Response parse_response(const Address& self, PartitionId home, std::string_view body);

// ---- Typed values as bytes.

[[nodiscard]] SharedBytes encode_typed_value(const TypedValue& value);
[[nodiscard]] std::optional<TypedValue> decode_typed_value(std::string_view bytes);

struct DecodedInvocation {
    std::optional<Address> caller;
    TypedValue argument;
};

// The inverse of make_message, for inspection, replies and tests.
[[nodiscard]] std::optional<DecodedInvocation> decode_message(std::string_view stored);

}  // namespace sfg
