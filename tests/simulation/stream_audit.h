// StreamAudit: an egress whose records are delivered in order by somebody who keeps the position
// outside, with the records, as a Kafka transaction does.
//
// Checks: what is given is durable, in order and without gaps behind what was delivered or set
// aside; what is outside has each record once and in order; the store lets go of a record only when
// it is outside, or with its dead letter (D9).
//
// Threads: one.
#pragma once

#include "tests/simulation/books.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sfg::sim {

// What is outside: it outlives every crash.
struct OutsideLog {
    std::vector<std::pair<std::uint64_t, std::string>> records;
    std::uint64_t position = 0;  // In one transaction with the records.
};

class StreamAudit {
public:
    explicit StreamAudit(Books& books) : books_(books) {}

    void opened(WaiterId waiter) { ask(waiter, {Kind::open, 0, 0}); }

    // `behind`: what the reader has, delivered or not.
    void pulled(WaiterId waiter, std::uint64_t behind) { ask(waiter, {Kind::pull, behind, 0}); }

    void refused(WaiterId waiter, std::uint64_t position) {
        ask(waiter, {Kind::refuse, 0, position});
        refused_.insert(position);
    }

    // The reader asks again from its position, or anew: what is out is over.
    void rewound();

    [[nodiscard]] bool has(WaiterId waiter) const { return open_.contains(waiter); }

    void answered(WaiterId waiter, const engine::Answer& answer);

    // A commit that lets records go, and may set one aside.
    void check_taken(const Effects& effects, const std::string& where);

    void epoch_begins() {
        rewound();
        is_open_ = false;
    }

    void dropped_all() {
        open_.clear();
        is_open_ = false;
    }

    // At the end.
    void finished();

    OutsideLog outside;

private:
    enum class Kind : std::uint8_t { open, pull, refuse };

    struct Question {
        Kind kind = Kind::open;
        std::uint64_t behind = 0;
        std::uint64_t position = 0;
        bool is_over = false;   // What it follows on is given again.
        bool is_early = false;  // In this epoch nobody has opened the stream yet.
    };

    void ask(WaiterId waiter, Question question) {
        question.is_early = !is_open_;
        open_[waiter] = question;
    }

    void check_given(const Question& question, const engine::StreamRecords& given);

    void expect(bool holds, const std::string& what) { books_.expect(holds, what + where_); }

    Books& books_;
    std::map<WaiterId, Question> open_;
    bool is_open_ = false;
    std::set<std::uint64_t> refused_;    // Of these the reader said so.
    std::set<std::uint64_t> set_aside_;  // And these have dead letters, which are durable.
    std::string where_;
};

}  // namespace sfg::sim
