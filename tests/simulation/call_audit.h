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
#include "tests/support/engine_bed.h"

#include <cstdint>
#include <map>
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
        Stage stage = Stage::out;
        bool valid = false;         // Of the response: the gateway may apply it.
        bool reuses_token = false;  // It may also refuse it: a token was pending when it came.
        wire::FromFunction response;
    };

    explicit CallAudit(Books& books) : books_(books) {}

    CallSeq started(const test::Asked& asked);
    // It may be answered, and wait for what its response needs.
    void cancelled(RequestId id);

    enum class Validity : std::uint8_t { valid, invalid };
    void responded(CallSeq call, const wire::FromFunction& response, Validity validity);
    void failed(CallSeq call);

    // Everything that is in flight no longer counts.
    void fence();

    // The answered call of an entity, to compare its commit with; nullptr: there is none.
    [[nodiscard]] const Call* answered(const Address& target) const;
    // Its effects were committed.
    void applied(const Address& target);

    // Whether a call of the partition has not got its response.
    [[nodiscard]] bool any_out(PartitionId partition) const;

private:
    void check_may_start(const Address& target);
    void check_batch(const test::Asked& asked, Call& call);
    void check_states(const test::Asked& asked, Call& call);
    void check_refused(const Call& call);
    [[nodiscard]] bool reuses_token(const Call& call) const;

    Books& books_;
    std::map<CallSeq, Call> calls_;  // Out or answered.
    std::map<Address, CallSeq> latest_;
    CallSeq last_ = 0;
};

}  // namespace sfg::sim
