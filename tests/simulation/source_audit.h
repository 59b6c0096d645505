// SourceAudit: what is taken of sources, where they are told to stand, and what becomes of records
// that were set aside.
//
// Checks: what is committed of a source is one batch that was given in its session, all of it and
// in its order, with the positions behind it; what lies between the position before and the one
// after is in it; it is taken only while there is room; positions are told as they were when they
// were asked for, once that is durable (D9, invariant 3); each question has one answer that fits.
//
// Threads: one.
#pragma once

#include "tests/simulation/books.h"
#include "tests/simulation/source_log.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sfg::sim {

class SourceAudit {
public:
    struct Given {
        LogMessage message;
        std::string part;
        std::uint64_t position = 0;
    };

    struct Batch {
        TypeName source;
        std::uint64_t session = 0;
        std::vector<Given> messages;
        std::vector<engine::SourceRefusal> refused;
        std::vector<engine::SourcePosition> positions;
        bool is_wrong = false;  // It breaks the rules of its driver.
        bool is_taken = false;
        bool is_held = false;  // It was not answered at once.
    };

    explicit SourceAudit(Books& books) : books_(books) {}

    void opened(WaiterId waiter, const TypeName& source);
    void asked(WaiterId waiter, const TypeName& source, std::uint64_t session);
    void given(WaiterId waiter, Batch batch);
    // The event with the batch is over.
    void was_given(WaiterId waiter);

    [[nodiscard]] bool has(WaiterId waiter) const { return open_.contains(waiter); }

    // Records with this waiter are held.
    [[nodiscard]] bool holds(WaiterId waiter) const {
        auto question = open_.find(waiter);
        return question != open_.end() && question->second.kind == Kind::give;
    }

    void answered(WaiterId waiter, const engine::Answer& answer);

    // A commit of a source.
    void check(const Effects& effects, const std::string& where);

    // The sessions of the epoch before are over.
    void epoch_begins() { sessions_.clear(); }

    void dropped_all();

    // ---- Refused records.

    // An operator lists them, or has the one with this key dropped.
    void operated(WaiterId waiter, std::string key, std::optional<TypeName> source);
    void told(WaiterId waiter, const engine::Answer& answer);
    void check_dropped(const Effects& effects, const std::string& where);

    // At the end: whether the source was read up to where its log ends.
    void finished(const TypeName& source, const SourceLog::Parts& log);

private:
    enum class Kind : std::uint8_t { open, ask, give };

    struct Question {
        Kind kind = Kind::open;
        TypeName source;
        std::uint64_t session = 0;
        SourceModel stood;     // Where it stood when it was asked.
        bool is_late = false;  // Not answered in its event.
        Batch batch;
    };

    struct Order {
        std::string key;  // Empty: a list.
        std::optional<TypeName> source;
        std::uint64_t since = 0;
    };

    // Half of what requests may leave waiting.
    [[nodiscard]] std::uint64_t most_waiting() const {
        return books_.scenario.options.waiting_messages_max / 2;
    }

    [[nodiscard]] bool is_opening(const TypeName& source) const;
    [[nodiscard]] bool is_over(const Question& question) const;
    void check_at(const Question& question, const engine::SourceAt& answer);
    void check_refused(const Question& question, const engine::Refused& answer);
    void check_batch(const Effects& effects, const Batch& batch);
    void check_reach(const Batch& batch);
    void check_list(const Order& order, const std::string& json);

    void expect(bool holds, const std::string& what) { books_.expect(holds, what + where_); }

    Books& books_;
    std::map<WaiterId, Question> open_;
    std::map<TypeName, std::uint64_t> sessions_;
    std::uint64_t last_session_ = 0;
    std::map<WaiterId, Order> orders_;
    std::set<std::string> to_drop_;
    std::string where_;
};

}  // namespace sfg::sim
