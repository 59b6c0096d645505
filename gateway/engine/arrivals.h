// Arrivals: messages from outside become messages of a mailbox, or are refused with a reason.
//
// The messages of one body are accepted all together, or none of them: each is looked at before the
// first one is taken, and their commits (one for each partition: a commit has one home, design D10)
// join each other in one group. Limits are looked at before the body, which may pass them by its
// own messages: else a body larger than a limit could never come.
//
// Threads:    the engine's.
// Invariants: nothing is accepted that can't be routed; what is refused has changed nothing. An
//             acceptance is told only when it is durable (D3), also to a repeat (D9).
// Limits:     those of EngineOptions, per entity and in total; half of the commit queue;
//             kBulkMessagesMax in one body.
#pragma once

#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "gateway/engine/marks.h"
#include "gateway/engine/timers.h"

#include <optional>
#include <utility>
#include <vector>

namespace sfg::engine {

class Arrivals {
public:
    Arrivals(Core& core, Calls& calls, Marks& marks, Timers& timers)
        : core_(core),
          calls_(calls),
          marks_(marks),
          timers_(timers) {}

    void on(MessageArrived&& event);
    void on(BulkArrived event);

private:
    using Refusal = std::optional<Refused>;

    [[nodiscard]] std::optional<Refused> refuse(const MessageArrived& event);
    [[nodiscard]] std::optional<Refused> refuse_for_load(const MessageArrived& event);
    void accept(MessageArrived& event);
    MessageKey take(Draft& draft, MessageArrived& event, Core::Origin origin);
    void meet(MessageArrived event);
    [[nodiscard]] bool still_waits(const MessageArrived& event);
    void answer_repeat(const MessageArrived& event, const Mark& mark, CommitNumber changed);

    // What the messages of a body turned out to be, in their order.
    struct Sorted {
        BulkAccepted answer;  // With the keys of repeats; the fresh ones have none yet.
        std::vector<bool> is_fresh;
        std::vector<std::pair<std::size_t, std::size_t>> same;  // Repeats within the body.
        CommitNumber changed{};                                 // The last one of repeats.
    };

    void meet_all(BulkArrived event);
    void decide(BulkArrived& bulk, const std::vector<Marks::Known>& keyed);
    [[nodiscard]] bool
    sort(const BulkArrived& bulk, const std::vector<Marks::Known>& keyed, Sorted& into);
    [[nodiscard]] Refusal
    refuse_for_load(const BulkArrived& bulk, const std::vector<bool>& is_fresh);
    [[nodiscard]] CommitNumber accept(BulkArrived& bulk, Sorted& sorted);

    Core& core_;
    Calls& calls_;
    Marks& marks_;
    Timers& timers_;
};

}  // namespace sfg::engine
