// Arrivals: messages from outside become messages of a mailbox, or are refused with a reason.
//
// Threads:    the engine's.
// Invariants: nothing is accepted that can't be routed; what is refused has changed nothing. An
//             acceptance is told only when it is durable (D3), also to a repeat (D9).
// Limits:     those of EngineOptions, per entity and in total; half of the commit queue.
#pragma once

#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "gateway/engine/marks.h"
#include "gateway/engine/timers.h"

#include <optional>
#include <string>

namespace sfg::engine {

class Arrivals {
public:
    Arrivals(Core& core, Calls& calls, Marks& marks, Timers& timers)
        : core_(core),
          calls_(calls),
          marks_(marks),
          timers_(timers) {}

    // `ready`: every partition is there.
    void on(MessageArrived&& event, bool ready);

private:
    [[nodiscard]] std::optional<Refused> refuse(const MessageArrived& event, bool ready);
    [[nodiscard]] std::optional<Refused> refuse_for_load(const MessageArrived& event);
    void accept(MessageArrived& event);
    void meet(MessageArrived event);
    [[nodiscard]] bool still_waits(const MessageArrived& event);
    void answer_repeat(const MessageArrived& event, const Mark& mark, CommitNumber changed);

    Core& core_;
    Calls& calls_;
    Marks& marks_;
    Timers& timers_;
};

}  // namespace sfg::engine
