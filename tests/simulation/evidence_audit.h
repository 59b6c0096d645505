// EvidenceAudit: whether a message may be parked or set aside (design D6).
//
// A message may be judged when it was the last thing that its function refused, alone, and there
// is evidence that it is this message: since the calls of its entity began to fail, another entity
// of the type has succeeded before that last call began, or a part of the same batch has; or nobody
// else of the type waits. That a call was cut off or timed out counts as refused only if another
// one to the endpoint has succeeded since the one before was.
//
// Threads: one.
#pragma once

#include "tests/simulation/books.h"

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace sfg::sim {

class EvidenceAudit {
public:
    explicit EvidenceAudit(Books& books) : books_(books) {}

    // A call of the entity begins at this endpoint.
    void called(const Address& target, std::size_t endpoint);
    enum class End : std::uint8_t {
        refused,  // By the function, or the gateway refused its response.
        cut_off,  // By the batch, if other calls to the endpoint succeed.
        down,
    };

    void failed(const Address& target, const std::vector<MessageKey>& batch, End end);
    // Its effects are committed. False: the failure is over, and its row still says that it fails.
    [[nodiscard]] bool applied(const Address& target, const std::vector<MessageKey>& batch);

    // Whoever is told of it looks at the reason, too.
    [[nodiscard]] bool may_judge(const Address& target, MessageKey message);

    // What is known of its calls counts no more: its first message was judged, or taken away.
    void forget(const Address& target) { failing_.erase(target); }

    // The entity's row says from now on that its calls fail, or that they don't.
    [[nodiscard]] bool may_keep(const Address& target, bool fails);

    // A new epoch: nobody remembers a failure.
    void fence();

private:
    struct Failing {
        std::uint64_t since = 0;
        std::uint64_t cut_off = 0;        // When the last call was; 0: none was.
        std::size_t cut_off_at = 0;       // By which endpoint.
        std::uint64_t called = 0;         // When the last call began.
        std::vector<MessageKey> refused;  // Its batch; empty: it was not refused.
        MessageKey covers{};              // The last message that was refused, alone or not.
        bool part_succeeded = false;
        bool is_cut_off = false;  // Not refused.
    };

    [[nodiscard]] bool another_succeeded(const Address& target, const Failing& failing) const;
    [[nodiscard]] bool is_alone(const Address& target) const;

    Books& books_;
    std::uint64_t clock_ = 0;                        // Counts what happens.
    std::map<std::size_t, std::uint64_t> answered_;  // When an endpoint did well last.

    struct Called {
        std::uint64_t at = 0;
        std::size_t endpoint = 0;
    };

    std::map<Address, Called> called_;
    std::map<Address, Failing> failing_;
    std::set<Address> kept_;  // Whose rows say that they fail.
    std::map<TypeName, std::vector<std::pair<std::uint64_t, Address>>> successes_;
};

}  // namespace sfg::sim
