// Auditor: an independent witness of the gateway's promises (design, section 6).
//
// It sees the events that go in, the actions that come out, the requests that functions get and the
// rows of the store, and keeps its own books of what they add up to. It shares only the formats of
// the wire and of the store with the gateway, none of its bookkeeping.
//
// Threads: one.
#pragma once

#include "tests/simulation/answer_audit.h"
#include "tests/simulation/books.h"
#include "tests/simulation/call_audit.h"
#include "tests/simulation/commit_audit.h"
#include "tests/simulation/letter_audit.h"
#include "tests/simulation/source_audit.h"
#include "tests/simulation/stream_audit.h"

#include <optional>
#include <string>

namespace sfg::sim {

class Auditor {
public:
    Auditor(const Scenario& scenario, Trace& trace)
        : books(scenario, trace),
          evidence(books),
          calls(books, evidence),
          letters(books),
          sources(books),
          streams(books),
          commits(books, {calls, evidence, letters, sources, streams}),
          answers(books) {}

    Books books;
    EvidenceAudit evidence;
    CallAudit calls;
    LetterAudit letters;
    SourceAudit sources;
    StreamAudit streams;
    CommitAudit commits;
    AnswerAudit answers;

    void answered(WaiterId waiter, const engine::Answer& answer) {
        if (sources.has(waiter)) {
            sources.answered(waiter, answer);
            return;
        }
        if (streams.has(waiter)) {
            streams.answered(waiter, answer);
            return;
        }
        answers.answered(waiter, answer);
        letters.answered(waiter, answer);
        sources.told(waiter, answer);
        // What is in doubt may still be accepted.
        const auto* refused = std::get_if<engine::Refused>(&answer);
        if (refused == nullptr || refused->problem.code != Errc::in_doubt) {
            commits.closed(waiter);
        }
    }

    // The store said that the commits up to this one are durable, and holds these rows.
    void written(CommitNumber up_to, const Rows& rows);

    // The store was opened and holds these rows. `in_doubt`: the last commit of a group that may
    // have been written.
    void recovered(const Rows& rows, std::optional<CommitNumber> in_doubt);

    // What was not written never happened, what is in flight no longer counts.
    void epoch_begins();

    // The process ended, and with it its connections.
    void process_ended();

    // A process begins at this time of the wall.
    void clock_begins(std::int64_t wall_ms);
    // What the engine is told, so long after the process began.
    void clock_says(std::int64_t since_ms, std::int64_t engine_ms);

    // The partition is told to be let go of.
    void released(PartitionId partition);

    // At the end, when nothing more goes on: everything that was accepted has been applied.
    void finished();

    // A message that waits although its function is bound, or what is due by `until_ms`: a delayed
    // message, or a value whose time is over; empty: there is none.
    [[nodiscard]] std::string waits_in_vain(std::int64_t until_ms) const;

private:
    [[nodiscard]] std::string outlives(std::int64_t until_ms) const;

    // Whether the store holds just the timers and tokens that are pending.
    void check_timers(const Rows& rows);

    std::int64_t wall_at_start_ms_ = 0;
    std::optional<std::int64_t> engine_at_start_ms_;
};

}  // namespace sfg::sim
