// Sources: records of ingresses that keep them until we have taken them (source_events.h).
//
// What a source says becomes one commit, whose home is the system (design D10): messages for any
// partitions, refused records, and the positions behind them. It is taken in the event in which
// there is room; until then it is held, and its source waits: that is the back-pressure. A full
// mailbox keeps nothing back here, since one entity would stop all others of its part: its messages
// go to disk, and the totals bound them.
//
// Of what is ahead of the functions (source_pace.h) a batch is taken each kAheadPause only; sources
// that are not may overtake it.
//
// Threads:    the engine's.
// Invariants: messages and the position that passes them are durable together or not at all.
//             Positions never go back, unless the source begins a part anew.
//             SourceAt tells exactly what was taken when it was asked, once that is durable: so a
//             session that begins in the same epoch goes on behind what was taken, and what is told
//             outside is not undone.
//             Every waiter is answered once. A session ends with the epoch; its number is never
//             used again.
// Limits:     half of the room that requests have (admission.h); one held batch of each source, of
//             the size that source_events.h says, beside the memory budget; one is taken in an
//             event, and the first that came goes first. Positions are kept for as long as the
//             store is, also of a source that is bound no more.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/source_events.h"
#include "gateway/engine/source_pace.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::engine {

struct SourceStats {
    std::uint64_t batches = 0;   // Taken by this process.
    std::uint64_t messages = 0;  // The same.
    std::uint64_t refused = 0;   // Records that this process has set aside.
    std::uint64_t kept = 0;      // Refused records that an operator can look at.
    bool is_held = false;        // It waits for room.
};

class Sources {
public:
    Sources(Core& core, const Backlog& backlog) : core_(core), pace_(core, backlog) {}

    // One row of the table of positions, at a start.
    [[nodiscard]] bool restore(std::string_view key, std::string_view value);

    void on(SourceOpened event);
    void on(SourceRecords event);
    void on(SourceAsked event);

    // After each event: takes what is held. When to call this next.
    SteadyMs settle();

    // A refused record is dropped.
    void forget_refused(Draft& draft, const TypeName& source);

    // Nothing is taken any more.
    void stop();
    // What is not durable is in doubt.
    void give_up();
    // A new epoch: the store says anew where they stand.
    void clear();

    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const auto& [name, source] : sources_) {
            SourceStats stats = source.stats;
            stats.is_held = source.held.has_value();
            visit(name, stats);
        }
    }

private:
    struct Source {
        std::uint64_t session = 0;  // 0: none.
        std::map<std::string, std::uint64_t, std::less<>> positions;
        std::optional<SourceRecords> held;
        std::vector<EndpointId> targets;  // Whom its messages are for.
        CommitNumber taken{};             // The last commit of it.
        SourceStats stats;
    };

    [[nodiscard]] Source* find(const TypeName& name, std::uint64_t session);
    [[nodiscard]] std::string fault(const Source& source, const SourceRecords& records) const;
    void answer_at(const Source& source, WaiterId waiter);
    void end_session(Source& source);
    // What is held of it is not taken.
    void let_go(Source& source, Answer answer);
    // The first one whose batch may be taken now; nullptr: none. Requires: one is held.
    [[nodiscard]] Source* next();
    void take(Source& source);
    void put_count(Draft& draft, const TypeName& name, const Source& source);

    Core& core_;
    SourcePace pace_;
    std::map<TypeName, Source> sources_;
    std::deque<TypeName> line_;  // Those with something held, the first that came first.
    std::uint64_t last_session_ = 0;
    SteadyMs taken_at_{0};  // When one that stood first was taken last.
};

}  // namespace sfg::engine
