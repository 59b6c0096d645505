// Timers: delayed messages, from the turn that sends them until they are fired or cancelled.
//
// Arming, cancelling and firing are commits of the sender's partition. A cancellation names its
// timer by a token, whose scope is the sending address; the token's row is brought into memory and
// pinned before a response that uses it is applied. So whatever comes first in the order of commits
// holds: a cancel before the firing means that the message is never delivered, after it that the
// cancel does nothing. Firing deletes the timer and its token and appends the message to its
// target's mailbox, in one commit.
//
// Threads:    the engine's.
// Invariants: timers fire in the order of their keys (due time, then as they were armed), over all
//             partitions: the next one is taken only when every partition's first timer is known.
//             A token is pending as long as its timer is, in the same commits.
// Limits:     kFiredPerTick per Tick; none without credit (design D4) or on a full disk; while
//             memory is short only a trickle. The windows take about kBudgetShare of the memory
//             budget. Pending timers are bounded by the disk: below half of its reserve no call
//             starts.
// Source:     delays and tokens follow StateFun's DelaySink; see README for what differs.
#pragma once

#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/pinned_rows.h"
#include "gateway/engine/timer_row.h"
#include "gateway/engine/timer_window.h"
#include "protocol/codec.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sfg::engine {

class Timers {
public:
    static constexpr std::size_t kFiredPerTick = 32;
    static constexpr std::size_t kBudgetShare = 8;

    Timers(Core& core, Calls& calls);

    // ---- Partitions.

    // The partition is ours; `begin` is its row of timers_begin_key().
    void acquire(PartitionId id, const std::optional<SharedBytes>& begin);
    // It is being released: nothing of it fires any more, and what is armed goes to the store only.
    void forget(PartitionId id);
    // A new epoch.
    void clear();

    // ---- The delayed messages of a response.

    // Pins the tokens that it uses, and returns their rows' keys; give them to unpin() later.
    [[nodiscard]] std::vector<std::string>
    pin(const Entity& sender, const std::vector<DelayedMessage>& delayed);
    void unpin(const std::vector<std::string>& tokens);

    [[nodiscard]] bool known(const std::vector<std::string>& tokens) const;
    // Brings them into memory, then goes on. Requires: pinned, and not known().
    void need(const std::vector<std::string>& tokens, const std::function<void()>& then);

    // Why they can't be applied, all together and in their order; nothing: they can. Targets are
    // the caller's to check. Requires: their tokens are known.
    [[nodiscard]] std::optional<std::string>
    object(const Entity& sender, const std::vector<DelayedMessage>& delayed) const;

    // Requires: no objection.
    void apply(Draft& draft, const Entity& sender, const std::vector<DelayedMessage>& delayed);

    // ---- From outside.

    // When a message with this delay is due; nothing if the delay is negative or too long.
    [[nodiscard]] std::optional<std::uint64_t> due_after(std::int64_t delay_ms) const;

    // A message without sender and token; its timer lives in the target's partition.
    MessageKey
    arm(Draft& draft, std::uint64_t due_ms, const Address& target, std::string_view stored);

    // ---- Time.

    // Fires what is due, a portion of it.
    void fire();
    void on_durable();
    // After each event: starts the reads that are wanted; returns when to call fire() next.
    SteadyMs settle();

    // How late the next timer is; 0: it is not due.
    [[nodiscard]] std::uint64_t lag_ms() const;

    // ---- For checks.
    [[nodiscard]] const PinnedRows& tokens() const { return tokens_; }

    [[nodiscard]] std::size_t pinned_calls() const;
    [[nodiscard]] std::size_t window_bytes_in_use() const;

private:
    struct Box {
        bool open = false;
        TimerWindow window{0};
        TimerKey in_line = kNever;     // How it stands in line_; kNever: it doesn't.
        RequestId read{};              // Of the window.
        RequestId row_read{};          // Of a large row that is to fire.
        std::string pinned_call;       // A call that the first timer replies to,
        TimerKey pinned_for = kNever;  // which is this one.
        TimerKey begin;                // As the row of timers_begin_key() has it.
        std::uint32_t gone_since = 0;  // Timers fired or cancelled after that was written.
        std::size_t charged_bytes = 0;
    };

    TimerKey put(Draft& draft, PartitionId home, std::uint64_t due_ms, SharedBytes row);
    void gone(Draft& draft, PartitionId home);
    void write_begin(Draft& draft, PartitionId home, TimerKey begin);
    // After each change of a window.
    void refresh(PartitionId id);
    void start_read(PartitionId id);
    void unpin_call(Box& box);

    [[nodiscard]] bool may_fire() const;
    // False: nothing can be fired now.
    bool fire_first();
    void fire(PartitionId home, const TimerKey& key, TimerRow row);
    void bring_row(PartitionId id, const TimerKey& key);
    [[nodiscard]] bool bring_call(Box& box, const Address& target);
    void drop_damaged(PartitionId id, const TimerKey& key);
    [[nodiscard]] SteadyMs next_fire() const;

    [[nodiscard]] std::uint64_t wall_ms() const {
        return static_cast<std::uint64_t>(core_.wall_ms);
    }

    Core& core_;
    const std::size_t window_bytes_;
    Calls& calls_;
    PinnedRows tokens_;
    std::vector<Box> boxes_;                           // By partition.
    std::set<std::pair<TimerKey, PartitionId>> line_;  // By the first timer that may exist.
    std::set<PartitionId> hungry_;                     // Their windows want a read.
    std::size_t reads_out_ = 0;
    SteadyMs trickle_at_{0};
};

}  // namespace sfg::engine
