// AnswerAudit: what leaves the process, and whether it may.
//
// Checks: an answer leaves only when what it tells is durable (invariant 3); each waiter is
// answered once; an id, a reply and an egress record are those of the model; a record is offered in
// its order, to one reader at a time.
//
// Threads: one.
#pragma once

#include "tests/simulation/books.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace sfg::sim {

class AnswerAudit {
public:
    enum class Kind : std::uint8_t { send, bulk, call, reply, egress, order };

    struct Waiter {
        Kind kind = Kind::send;
        std::string uid;                           // Of a send or call.
        Address target;                            // Of it.
        std::string key;                           // Idempotency-Key; empty: none.
        std::uint64_t hash = 0;                    // Of the content, with a key.
        std::string message_id;                    // Of a reply that is asked for.
        MessageKey taken{};                        // Of an order that names one.
        std::optional<CommitNumber> purged_up_to;  // Of one that takes all messages of before.
        TypeName egress;
        std::string lane;
        bool was_ready = false;     // The engine owned everything when it was asked.
        std::vector<Waiter> parts;  // The messages of a body.
    };

    explicit AnswerAudit(Books& books) : books_(books) {}

    void waits(WaiterId id, Waiter waiter) { waiters_.emplace(id, std::move(waiter)); }

    void answered(WaiterId id, const engine::Answer& answer);

    // The reader said what became of its record.
    void taken(const TypeName& egress, const std::string& lane) { offered_.erase({egress, lane}); }

    // The process died with all its connections.
    void dropped_all();

    // The engine began anew, and with it every offer.
    void dropped_offers() { offered_.clear(); }

    [[nodiscard]] const std::map<WaiterId, Waiter>& waiting() const { return waiters_; }

    [[nodiscard]] bool only_calls_wait() const {
        return std::all_of(waiters_.begin(), waiters_.end(), [](const auto& waiter) {
            return waiter.second.kind == Kind::call;
        });
    }

    // Acknowledged messages: their uids with their ids.
    [[nodiscard]] const std::map<std::string, std::string>& acknowledged() const {
        return acknowledged_;
    }

private:
    void check(const Waiter& waiter, const engine::Accepted& answer);
    void check(const Waiter& waiter, const engine::BulkAccepted& answer);
    void check(const Waiter& waiter, const engine::Reply& answer);
    void check(const Waiter& waiter, const engine::StillOpen& answer);
    void check(const Waiter& waiter, const engine::Stored& answer);
    void check(const Waiter& waiter, const engine::Refused& answer);
    void check(const Waiter& waiter, const engine::EgressOffer& answer);
    void check(const Waiter& waiter, const engine::EgressEmpty& answer);
    void check(const Waiter& waiter, const engine::StreamAt& answer);
    void check(const Waiter& waiter, const engine::StreamRecords& answer);
    void check(const Waiter& waiter, const engine::SourceAt& answer);
    void check(const Waiter& waiter, const engine::SourceTaken& answer);
    void check(const Waiter& waiter, const engine::SourceLost& answer);
    void check(const Waiter& waiter, const engine::Told& answer);

    // Whether the store has the request under this message id.
    [[nodiscard]] bool has(const Waiter& waiter, const std::string& id) const;
    void acknowledge(const Waiter& waiter, const std::string& id);
    void check_bulk(const Waiter& waiter, const engine::Refused& answer);

    Books& books_;
    std::map<WaiterId, Waiter> waiters_;
    std::map<std::string, std::string> acknowledged_;
    std::set<std::pair<TypeName, std::string>> offered_;
    std::map<std::pair<TypeName, std::string>, std::uint64_t> furthest_;  // Over all lives.
};

}  // namespace sfg::sim
