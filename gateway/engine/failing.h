// Failing: what is remembered of an entity whose calls fail, until one succeeds.
//
// Threads:    the engine's.
// Lifetime:   made by the first failure; gone with the success of the batch that failed, or when
//             its cause was parked away or set aside.
// Invariants: while `batch` is not 0, the next call carries at most that many messages: a failed
//             batch is repeated as it was, until it is searched.
//
// It is kept in the entity's row while the entity is parked, and when the entity leaves memory
// between two attempts: else a type that fails for everybody would either fill the memory or be
// searched from the beginning after each eviction. Attempts count for the epoch in which they were
// made: a start begins anew, as with those that never left memory.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/failure_note.h"
#include "protocol/ids.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::engine {

struct Failing {
    std::uint32_t batch = 0;  // Messages of the batch that failed.
    // The batch is searched: the cause is among the first `range` messages. Each call is a probe.
    std::uint32_t range = 0;
    std::uint32_t refusals = 0;  // Of this batch, counted against the policy's attempts.
    std::uint32_t in_a_row = 0;  // Failures since the last success; the pause grows with them.

    // Calls that were cut off or timed out, each while others to the endpoint succeeded.
    std::uint32_t cut_offs = 0;
    std::uint64_t endpoint_answers = 0;  // Of the endpoint, when the last one was,
    EndpointId endpoint = 0;             // which is this one.

    bool is_asked = false;  // What the function declares, since it was refused.

    // Evidence that it is this message and not the function.
    bool part_succeeded = false;
    std::uint64_t type_successes = 0;  // Of the type, when this began.
    bool was_asked_since = false;      // Once more after such a success.

    FailureNote note;
    bool is_parked = false;
    std::int64_t next_try_ms = 0;  // Wall time, while parked.
    SteadyMs noticed_at{0};        // The last line in the log.
    bool is_noticed = false;

    bool is_in_row = false;    // The entity's row says something of it, as it is or as it was;
    bool row_is_true = false;  // as it is.

    // Whether a call has told something about the batch that the next one should know.
    [[nodiscard]] bool is_worth_keeping() const { return batch > 0 || is_searched(); }

    [[nodiscard]] std::size_t memory_bytes() const {
        return sizeof(Failing) + heap_bytes(note.error) + heap_bytes(note.response);
    }

    [[nodiscard]] bool is_searched() const { return range > 0; }

    // How many messages the next call may carry; 0: any.
    [[nodiscard]] std::uint32_t most() const { return is_searched() ? (range + 1) / 2 : batch; }
};

// How long a parked entity waits before it is tried again, at least and at most.
inline constexpr std::chrono::minutes kParkedPause{10};
inline constexpr std::chrono::minutes kParkedPauseMax{11};

// The stored forms (EntityRow::detail): of a parked one; of one that is repeated or searched, as it
// was at that commit. Nothing: it can't be understood.
[[nodiscard]] std::string encode_parked(const Failing& parked);
[[nodiscard]] Failing decode_parked(std::string_view detail);

struct Attempts {
    Failing failing;
    CommitNumber number{};
};

[[nodiscard]] std::string encode_attempts(const Failing& failing, CommitNumber number);
[[nodiscard]] std::optional<Attempts> decode_attempts(std::string_view detail);

}  // namespace sfg::engine
