// CallAudit: the calls of functions, as their requests and responses are seen on the wire.
//
// Checks: one call in flight per entity; a batch is exactly the head of the entity's mailbox, in
// order; states are those of the last turn; nothing is called for a partition that was released,
// while stopping, or while the store is lost. It remembers which response counts: the first one of
// the call that is out.
//
// Threads: one.
#pragma once

#include "tests/simulation/books.h"
#include "tests/simulation/evidence_audit.h"
#include "tests/support/engine_bed.h"

#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace sfg::sim {

namespace wire = test::wire;

using CallSeq = std::uint64_t;  // The simulation's own number of a call.

class CallAudit {
public:
    enum class Stage : std::uint8_t {
        out,       // No response that counts has arrived.
        answered,  // It has; its effects may be committed once.
        over,      // Applied, failed, cancelled, or of an epoch that ended.
    };

    struct Call {
        RequestId id{};
        Address target;
        std::vector<MessageKey> batch;
        bool has_states = false;
        std::int64_t built_ms = 0;    // When its request was.
        std::int64_t touched_ms = 0;  // When the last one of its turn with states was; 0: none.
        bool unsure = false;          // Whether those two are of this turn.
        std::set<std::string> gone;   // States whose values had expired for a request of the turn.
        Stage stage = Stage::out;
        bool valid = false;         // Of the response: the gateway may apply it.
        bool reuses_token = false;  // It may also refuse it: a token was pending when it came.
        wire::FromFunction response;
    };

    CallAudit(Books& books, EvidenceAudit& evidence) : books_(books), evidence_(evidence) {}

    CallSeq started(const test::Asked& asked);
    // It may be answered, and wait for what its response needs.
    void cancelled(RequestId id);

    enum class Validity : std::uint8_t { valid, invalid };
    void responded(CallSeq call, const wire::FromFunction& response, Validity validity);
    void failed(CallSeq call, EvidenceAudit::End end);

    // Everything that is in flight no longer counts.
    void fence();

    // The answered call of an entity, to compare its commit with; nullptr: there is none.
    [[nodiscard]] const Call* answered(const Address& target) const;
    // Its effects were committed.
    void applied(const Address& target);

    // Whether a call of it is out, or has a response that will be applied.
    [[nodiscard]] bool in_turn(const Address& target) const;

    // What functions of the type have said of a state last; nothing: they have not.
    [[nodiscard]] const SpecModel* declared(const TypeName& type, const std::string& state) const;

    // Whether a call of the partition has not got its response.
    [[nodiscard]] bool any_out(PartitionId partition) const;

private:
    void check_may_start(const Address& target);
    void check_batch(const test::Asked& asked, Call& call);
    void check_states(const test::Asked& asked, Call& call);
    void check_state(const Call& call, const std::string& name, const wire::TypedValue* sent);
    void check_refused(const Call& call);
    void go_on(const Call& before, bool has_states, Call& call);
    [[nodiscard]] bool is_computed_blindly(const Call& call) const;
    [[nodiscard]] bool reuses_token(const Call& call) const;

    void forget(CallSeq call);

    Books& books_;
    EvidenceAudit& evidence_;
    std::map<CallSeq, Call> calls_;  // Out or answered.
    std::map<Address, CallSeq> latest_;
    std::map<std::pair<TypeName, std::string>, SpecModel> declared_;
    CallSeq last_ = 0;
};

}  // namespace sfg::sim
