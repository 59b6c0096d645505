// Context: what a function may look at and do while it processes one message.
//
// Nothing happens at once: sends, replies, egress records and state changes are collected over the
// batch and answered to the gateway, which makes all of them durable in one step, then delivers
// them. If the function throws, none of them happens and the gateway calls again later.
//
// Threads:    the one that runs the function.
// Lifetime:   valid during the call of the function; do not keep it.
// Invariants: messages leave in the order of the calls, from one sender to one receiver.
// Limits:     the gateway refuses an answer with more than 100,000 effects or over 32 MiB.
#pragma once

#include "statefun/state.h"
#include "statefun/type.h"

#include <optional>
#include <string_view>

namespace statefun {

namespace detail {
struct Batch;
}

class Context {
public:
    Context(detail::Batch& batch, std::optional<Address> caller)
        : batch_(batch),
          caller_(std::move(caller)) {}

    // The entity that the message is for.
    [[nodiscard]] const Address& self() const;

    // Who sent the message; nobody if it came in from outside without waiting for a reply.
    [[nodiscard]] const std::optional<Address>& caller() const { return caller_; }

    // The state that was declared with this spec. Throws std::logic_error for any other.
    template <typename T>
    [[nodiscard]] ValueState<T> state(const ValueSpec<T>& spec) {
        return ValueState<T>(cell(spec.name, spec.type.name), spec.type);
    }

    // Sends a message to another entity (or to this one: it comes in a later batch).
    void send(const Address& target, Argument argument);

    // Sends a message to the caller, which for POST /v1/call is the answer to the HTTP request.
    // Without a caller nothing is sent and the answer is false.
    bool reply(Argument argument);

    // Sends a record to an egress, "namespace/name" as in module.yaml.
    void send_egress(std::string_view egress, Argument argument);

private:
    [[nodiscard]] detail::Cell& cell(std::string_view name, std::string_view type_name);

    detail::Batch& batch_;
    std::optional<Address> caller_;
};

}  // namespace statefun
