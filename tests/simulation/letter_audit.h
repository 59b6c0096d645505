// LetterAudit: dead letters, as operators list, replay and drop them.
//
// Checks: a list has every letter of its range that is durable, once, in order, as it is stored,
// and nothing else; a letter goes once, because somebody said so, and what becomes of it is in the
// same commit: a replayed one is the last message of its mailbox, a dropped one is gone; who
// ordered is told so when it is durable, and nobody is told of what was not done.
//
// Threads: one.
#pragma once

#include "tests/simulation/books.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace sfg::sim {

class LetterAudit {
public:
    // A page of the list, or (with `letter`) an order.
    struct Question {
        std::size_t limit = 100;
        std::optional<TypeName> type;
        std::optional<Address> entity;
        std::string cursor;    // As the last page named it.
        bool is_good = true;   // Else it must be refused.
        std::string letter{};  // The key of its row.
        bool replays = false;
        std::uint64_t since = 0;       // The writes of the store when it was asked.
        bool is_busy = false;          // Another order for the letter was open then.
        std::set<PartitionId> away{};  // Partitions that were not at hand at any time since.
    };

    explicit LetterAudit(Books& books) : books_(books) {}

    void asked(WaiterId waiter, Question question);
    void answered(WaiterId waiter, const engine::Answer& answer);

    // A partition is let go of.
    void released(PartitionId partition);

    // A commit that takes a letter away.
    void check(const Effects& effects, const std::string& where);
    // A commit that takes messages from a mailbox, before it counts.
    void check_taken(const Effects& effects);

    void epoch_begins() { ordered_.clear(); }

    // The process died with all its connections.
    void dropped_all();

    // Where the last list that was cut goes on; nothing: there is none.
    [[nodiscard]] const std::optional<Question>& next_page() const { return next_page_; }

private:
    void check_refused(const Question& question, const engine::Refused& answer);
    void check_list(const Question& question, const std::string& json);
    void check_told(const Question& question, const std::string& json);
    [[nodiscard]] bool is_in_range(const Question& question, const LetterModel& letter) const;

    Books& books_;
    std::map<WaiterId, Question> open_;
    std::set<std::pair<std::string, bool>> ordered_;  // Letters; true: to be replayed.
    std::map<std::string, MessageKey> replays_;       // What letters have become.
    std::map<std::string, std::uint64_t> emitted_;    // The same of records: their positions.
    std::set<std::string> done_;                      // Letters of which it was told.
    std::set<std::pair<Address, MessageKey>> replayed_;
    std::optional<Question> next_page_;
};

}  // namespace sfg::sim
