// Clients: those who send and call from outside. A client that was not told what became of its
// request repeats it if it has an Idempotency-Key, until it knows, unless the key grows too old.
//
// Threads: one.
#pragma once

#include "tests/simulation/answer_audit.h"
#include "tests/simulation/commit_audit.h"
#include "tests/simulation/random.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sfg::sim {

class Clients {
public:
    Clients(const Scenario& scenario, Random& random) : scenario_(scenario), random_(random) {}

    // What goes to the engine, and what the auditor is told of it.
    struct Outgoing {
        engine::MessageArrived event;
        Attempt attempt;
        AnswerAudit::Waiter waiter;
    };

    struct OutgoingBulk {
        engine::BulkArrived event;
        std::vector<Attempt> attempts;
        AnswerAudit::Waiter waiter;
    };

    // A new request or a repeated one; nothing: enough are open.
    [[nodiscard]] std::optional<Outgoing> send(WaiterId waiter, std::int64_t wall_ms);
    // The same of several in one body.
    [[nodiscard]] std::optional<OutgoingBulk> send_bulk(WaiterId waiter, std::int64_t wall_ms);

    // A message that functions can process, to this entity, told once.
    [[nodiscard]] Outgoing pulse(WaiterId waiter, const Address& target);

    void answered(WaiterId waiter, const engine::Answer& answer);

    // Its connection was cut.
    void cut(WaiterId waiter);

    [[nodiscard]] bool open(WaiterId waiter) const { return open_.contains(waiter); }

    // A message id that was told to a client some time; empty: none was.
    [[nodiscard]] std::string some_id();

    // Some waiter of an open request, to be timed out or left.
    [[nodiscard]] std::optional<WaiterId> some_waiter();
    [[nodiscard]] std::optional<WaiterId> some_call();

private:
    struct Request {
        std::string uid;
        std::string text;
        Address target;
        bool is_call = false;
        std::string key;  // Empty: none.
        std::uint64_t hash = 0;
        std::optional<std::int64_t> delay_ms;
        std::int64_t first_ms = 0;
    };

    enum class Kind : std::uint8_t { any, send };

    [[nodiscard]] Request make(std::int64_t wall_ms, Kind kind);
    // A new one, or one that was made before.
    [[nodiscard]] Request choose(std::int64_t wall_ms, Kind kind);
    void forget_old(std::int64_t wall_ms);
    [[nodiscard]] Outgoing to_engine(const Request& request, WaiterId waiter) const;

    const Scenario& scenario_;
    Random& random_;
    std::uint64_t made_ = 0;
    std::map<WaiterId, Request> open_;
    std::vector<Request> repeatable_;  // With a key, whatever became of them.
    std::vector<std::string> ids_;
};

}  // namespace sfg::sim
