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
    purged,  // Messages of one entity, by an order for all of them.
    purged_aside,
    paused,
    type_paused,
    held_call,
    refused_batch,
    bulk,          // Messages of one body, accepted together.
    bulk_split,    // In several commits.
    bulk_repeats,  // Some of them were accepted before.
    bulk_refused,
    judged_by_part,    // Parked or set aside: a part of its batch had succeeded,
    judged_by_others,  // or another entity of its type,
    judged_alone,      // or there was none.
    type_broken,       // Its functions refuse everything.
    type_mended,
    type_held,       // Its entities wait for it.
    sibling_rested,  // At the end, while another type was still broken.
    endpoint_gone,
    reloaded,
    endpoint_held,      // Its entities wait for it.
    call_after_commit,  // It waited for what it rests on.
    attempts_kept,      // Those of an entity that leaves memory between two calls.
    cut_off_judged,     // Parked or set aside: its calls were cut off, others to the endpoint not.
    mended_message,     // Applied, though functions had refused it.
    letter_listed,
    letter_page,  // Not the first one of a list.
    letter_replayed,
    replay_applied,
    replay_aside,     // The message could not be processed again.
    replay_answered,  // A call whose message had been a dead letter.
    letter_dropped,
    record_dropped,
    stream_records,    // Given to the reader of a stream.
    stream_delivered,  // They are outside, and leave the store.
    stream_behind,     // The store did not know how far the outside is.
    stream_again,      // They were given again to somebody who has them.
    stream_doubt,      // The reader does not know what became of its transaction.
    stream_rewound,
    stream_set_aside,
    record_replayed,  // A dead letter went out again.
    source_taken,
    source_parts,    // Records of several parts at once.
    source_held,     // They waited for room.
    source_lost,     // Their session was over.
    source_wrong,    // They broke the rules.
    source_waited,   // It was told where it stands when that was durable.
    source_goes_on,  // A session that begins behind what another one took.
    source_anew,     // A part was made anew.
    source_stopped,  // They came while the gateway stopped.
    record_refused,
    refused_listed,
    refused_dropped,
    order_in_vain,  // For a letter that is gone, or that another order is for.
    kFacts,
};

inline constexpr std::size_t kFacts = static_cast<std::size_t>(Fact::kFacts);

inline constexpr std::array<std::string_view, kFacts> kFactNames = {
    "timers armed",
    "timers of clients",
    "timers fired",
    "timers in ties",
    "replies fired",
    "timers cancelled",
    "cancelled when due",
    "cancelled at once",
    "cancelled in vain",
    "tokens reused",
    "starts with timers",
    "clocks behind",
    "values expired",
    "values touched",
    "values swept",
    "values kept",
    "expirations changed",
    "parked",
    "set aside",
    "taken by order",
    "purged",
    "purged aside",
    "paused",
    "types paused",
    "calls held",
    "batches refused",
    "bodies",
    "bodies in parts",
    "bodies repeated",
    "bodies refused",
    "judged by a part",
    "judged by others",
    "judged alone",
    "types broken",
    "types mended",
    "types held",
    "siblings at rest",
    "endpoints gone",
    "reloads",
    "endpoints held",
    "calls after commit",
    "attempts kept",
    "cut off and judged",
    "messages mended",
    "letters listed",
    "pages of letters",
    "letters replayed",
    "replays applied",
    "replays set aside",
    "replays answered",
    "letters dropped",
    "records dropped",
    "records pulled",
    "records delivered",
    "streams ahead of the store",
    "records pulled again",
    "transactions in doubt",
    "streams rewound",
    "records of streams set aside",
    "records replayed",
    "records taken",
    "records of several parts",
    "records held",
    "records of sessions that were over",
    "records against the rules",
    "positions waited for",
    "sessions that go on",
    "parts made anew",
    "records while stopping",
    "records refused",
    "refused records listed",
    "refused records dropped",
    "orders in vain",
};

using Facts = std::array<std::uint64_t, kFacts>;

}  // namespace sfg::sim
