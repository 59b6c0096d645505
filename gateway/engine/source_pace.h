// SourcePace: whether sources run ahead of the functions.
//
// Records wait better where they come from than here, from where they go to disk and come back. A
// batch is ahead while calls are going on, and
// - kAheadMax messages that sources brought are ahead of all calls (no message as new as they are
//   is in a call), or
// - entities of an endpoint that it has messages for wait in the store, though they could be called
//   (backlog.h).
// Functions that are down hold nobody back by that: others' calls come past their messages, and
// their entities can't be called.
//
// Threads: the engine's.
// Limits:  what one batch may have (source_events.h); batches are noted by the commit.
#pragma once

#include "gateway/engine/backlog.h"
#include "gateway/engine/core.h"
#include "gateway/engine/source_events.h"

#include <cstddef>
#include <deque>
#include <vector>

namespace sfg::engine {

class SourcePace {
public:
    SourcePace(const Core& core, const Backlog& backlog) : core_(core), backlog_(backlog) {}

    // Whom the messages are for.
    [[nodiscard]] std::vector<EndpointId> targets_of(const SourceRecords& records) const;

    // So many messages were taken in that commit.
    void took(CommitNumber number, std::size_t messages);

    // After each event, before a batch is asked about: calls have come past some.
    void drop_called();

    // Whether a batch for them is ahead.
    [[nodiscard]] bool is_ahead(const std::vector<EndpointId>& targets) const;

    void clear();

private:
    // What was taken and no call has come past.
    struct Ahead {
        CommitNumber number{};
        std::size_t messages = 0;
    };

    const Core& core_;
    const Backlog& backlog_;
    std::deque<Ahead> ahead_;
    std::size_t messages_ = 0;  // Of all of these.
};

}  // namespace sfg::engine
