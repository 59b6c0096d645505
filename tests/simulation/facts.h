// Facts: what a run has met, to see that what the auditor judges did happen.
//
// Threads: values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sfg::sim {

enum class Fact : std::uint8_t {
    timer_armed,
    client_timer,  // Sent with a delay from outside.
    timer_fired,
    timer_tie,    // Fired while another one of its partition was due in the same millisecond.
    reply_fired,  // To a call.
    timer_cancelled,
    cancelled_when_due,  // The cancel came first, though its time had come.
    cancelled_at_once,   // In the response that sent it.
    cancelled_in_vain,   // No such token was pending.
    token_reused,        // While it was pending: an error of the turn.
    timer_survived,      // Pending at a start.
    clock_ahead,         // A start found that its clock was behind what the store remembers.
    expired_value,       // Not sent.
    touched_value,       // Sent, since its entity was called.
    swept_value,
    kept_value,  // Its entry was due, but it lives on.
    expiration_changed,
    parked,
    set_aside,
    taken_by_order,
    paused,
    held_call,
    refused_batch,
    bulk,          // Messages of one body, accepted together.
    bulk_split,    // In several commits.
    bulk_repeats,  // Some of them were accepted before.
    bulk_refused,
    kFacts,
};

inline constexpr std::size_t kFacts = static_cast<std::size_t>(Fact::kFacts);

inline constexpr std::array<std::string_view, kFacts> kFactNames = {
    "timers armed",       "timers of clients",   "timers fired",
    "timers in ties",     "replies fired",       "timers cancelled",
    "cancelled when due", "cancelled at once",   "cancelled in vain",
    "tokens reused",      "starts with timers",  "clocks behind",
    "values expired",     "values touched",      "values swept",
    "values kept",        "expirations changed", "parked",
    "set aside",          "taken by order",      "paused",
    "calls held",         "batches refused",     "bodies",
    "bodies in parts",    "bodies repeated",     "bodies refused",
};

using Facts = std::array<std::uint64_t, kFacts>;

}  // namespace sfg::sim
