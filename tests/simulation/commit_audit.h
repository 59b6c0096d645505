// CommitAudit: each commit against what happened outside: the message that arrived, the response
// that a function gave, the record that was written out, the time that passed.
//
// Checks: numbers are never used twice; a turn's commit has all of its effects and nothing else, in
// the order of the response; a message is accepted once; a delayed one is delivered once, when its
// time has come and in its order, or cancelled; counters are those of invariant 9; what is deleted
// had to go; positions pass nothing that waits.
//
// Threads: one.
#pragma once

#include "tests/simulation/call_audit.h"
#include "tests/simulation/letter_audit.h"
#include "tests/simulation/source_audit.h"
#include "tests/simulation/stream_audit.h"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace sfg::sim {

// One request of a client, as it was handed to the engine.
struct Attempt {
    std::string uid;
    Address target;
    std::string text;
    bool is_call = false;
    std::optional<engine::Idempotency> idempotency;
    std::optional<std::int64_t> delay_ms;
};

class CommitAudit {
public:
    struct Parts {
        CallAudit& calls;
        EvidenceAudit& evidence;
        LetterAudit& letters;
        SourceAudit& sources;
        StreamAudit& streams;
    };

    CommitAudit(Books& books, const Parts& parts)
        : books_(books),
          calls_(parts.calls),
          evidence_(parts.evidence),
          letters_(parts.letters),
          sources_(parts.sources),
          streams_(parts.streams) {}

    // A request with one message, or with many in one body.
    void arrived(WaiterId waiter, std::vector<Attempt> attempts) {
        attempts_[waiter] = std::move(attempts);
    }

    // It was refused or the process died: it can't be accepted any more.
    void closed(WaiterId waiter) { attempts_.erase(waiter); }

    void closed_all() { attempts_.clear(); }

    // The offered record was written out: it may go.
    void written_out(const TypeName& egress, std::uint64_t position) {
        written_out_.insert({egress, position});
    }

    void committed(const engine::Commit& commit);

private:
    void check_number(CommitNumber number);
    void check_turn(Effects& effects);
    void check_sends(const Effects& effects, const CallAudit::Call& call);
    // Messages to calls: the ids of the calls, and the encoded values.
    using Replies = std::vector<std::pair<std::string, std::string>>;
    void check_replies(const Effects& effects, const Replies& sent);
    void check_egress(const Effects& effects, const CallAudit::Call& call);
    void check_states(const Effects& effects, const CallAudit::Call& call);
    void check_value(
        const std::pair<Address, std::string>& name,
        const std::optional<std::string>& expected,
        const Effects& effects
    );
    // What a turn leaves of the tokens that it uses.
    using Tokens = std::map<TokenName, std::optional<TimerName>>;
    void check_delayed(const Effects& effects, const CallAudit::Call& call);
    void check_armed(
        const std::pair<TimerName, TimerModel>& armed,
        const CallAudit::Call& call,
        const wire::FromFunction::DelayedInvocation& sent
    );
    void check_tokens(const Effects& effects, const Tokens& left);
    void check_firing(const Effects& effects);
    void check_may_fire(const TimerName& name);
    void check_timers_begin(const Effects& effects);

    // A message that came from outside: its mailbox's, or a delayed one.
    struct Arrival {
        MessageKey key{};
        const StoredMessage* message = nullptr;
        Address target;
        std::optional<TimerName> timer;
    };

    [[nodiscard]] static std::vector<Arrival> arrivals_of(const Effects& effects);
    [[nodiscard]] static bool
    is_it(const Effects& effects, const Arrival& arrival, const Attempt& sent);
    // The places of those attempts that the commit accepts; nothing: they are others.
    [[nodiscard]] static std::optional<std::vector<std::size_t>> match(
        const Effects& effects,
        const std::vector<Arrival>& arrivals,
        const std::vector<Attempt>& sent
    );
    void check_arrival(const Effects& effects);
    void check_content(const Effects& effects, const Arrival& arrival, const Attempt& sent);
    void check_mark(const Effects& effects, const Arrival& arrival, const Attempt& sent);
    [[nodiscard]] Fate fate_of(const Effects& effects) const;
    void check_taken(const Effects& effects);
    [[nodiscard]] bool is_purged(const Effects& effects) const;
    void check_letters(const Effects& effects, const std::string& what);
    void check_status(const Effects& effects);
    void check_type_pauses(const Effects& effects);
    void check_held(Effects& effects);
    void check_sweep(const Effects& effects);
    void check_expiries(const Effects& effects);
    void check_registry(const Effects& effects);
    void check_nothing_else(const Effects& effects);
    void check_seen(const Effects& effects);
    void check_sweeping(const Effects& effects);
    void check_rows(const Effects& effects);
    void check_source_rows(const Effects& effects);

    void expect(bool holds, const std::string& what) { books_.expect(holds, what + where_); }

    Books& books_;
    CallAudit& calls_;
    EvidenceAudit& evidence_;
    LetterAudit& letters_;
    SourceAudit& sources_;
    StreamAudit& streams_;
    std::map<WaiterId, std::vector<Attempt>> attempts_;
    std::pair<WaiterId, CommitNumber> last_arrival_{};
    std::uint64_t last_arrival_event_ = 0;
    bool is_last_arrival_sure_ = false;  // No other request can have brought it.
    std::set<std::pair<TypeName, std::uint64_t>> written_out_;
    std::string where_;  // Names the commit that is looked at.
};

}  // namespace sfg::sim
