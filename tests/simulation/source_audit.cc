#include "tests/simulation/source_audit.h"

#include "protocol/codec.h"

#include <algorithm>

namespace sfg::sim {

// ---- Questions.

void SourceAudit::opened(WaiterId waiter, const TypeName& source) {
    sessions_.erase(source);  // Whether another one begins or not.
    open_[waiter] = {Kind::open, source, 0, books_.current.sources[source], false, {}};
}

void SourceAudit::asked(WaiterId waiter, const TypeName& source, std::uint64_t session) {
    open_[waiter] = {Kind::ask, source, session, books_.current.sources[source], false, {}};
}

void SourceAudit::given(WaiterId waiter, Batch batch) {
    const SourceModel& stood = books_.current.sources[batch.source];
    Question question{Kind::give, batch.source, batch.session, stood, false, {}};
    bool counts = !is_over(question) && !books_.stopping;
    bool moves = false;
    for (const engine::SourcePosition& position : batch.positions) {
        auto known = stood.positions.find(position.part);
        bool is_known = known != stood.positions.end();
        bool is_behind = is_known && position.next < known->second;
        batch.is_wrong = batch.is_wrong || (is_behind && !position.is_reset);
        moves = moves || !is_known || position.is_reset || position.next > known->second;
    }
    bool brings = !batch.messages.empty() || !batch.refused.empty();
    batch.is_wrong = batch.is_wrong || (!moves && brings);
    for (const auto& [other, held] : open_) {
        bool is_second = held.kind == Kind::give && held.source == batch.source && !is_over(held);
        batch.is_wrong = batch.is_wrong || is_second;
    }
    if (batch.is_wrong && counts) {
        sessions_.erase(batch.source);
        books_.met(Fact::source_wrong);
    }
    question.batch = std::move(batch);
    open_[waiter] = std::move(question);
}

void SourceAudit::was_given(WaiterId waiter) {
    if (auto question = open_.find(waiter); question != open_.end()) {
        question->second.is_late = true;
        books_.met(Fact::source_held, question->second.kind == Kind::give);
    }
}

bool SourceAudit::is_opening(const TypeName& source) const {
    return std::any_of(open_.begin(), open_.end(), [&source](const auto& one) {
        return one.second.kind == Kind::open && one.second.source == source;
    });
}

bool SourceAudit::is_over(const Question& question) const {
    auto session = sessions_.find(question.source);
    return session == sessions_.end() || session->second != question.session ||
           is_opening(question.source) || books_.store_lost || books_.resetting;
}

void SourceAudit::answered(WaiterId waiter, const engine::Answer& answer) {
    where_ = " (source, waiter " + std::to_string(static_cast<std::uint64_t>(waiter)) + ")";
    Question question = std::move(open_.extract(waiter).mapped());
    const Batch& batch = question.batch;
    if (const auto* at = std::get_if<engine::SourceAt>(&answer)) {
        check_at(question, *at);
    } else if (std::holds_alternative<engine::SourceTaken>(answer)) {
        expect(question.kind == Kind::give && batch.is_taken, "records are told to be taken");
    } else if (std::holds_alternative<engine::SourceLost>(answer)) {
        bool ends =
            question.kind == Kind::open ? books_.store_lost || books_.resetting : is_over(question);
        expect(ends && !batch.is_taken, "a session is told to be over, but goes on");
        books_.met(Fact::source_lost, question.kind == Kind::give);
    } else if (const auto* refused = std::get_if<engine::Refused>(&answer)) {
        check_refused(question, *refused);
    } else {
        expect(false, "a source is answered like somebody else");
    }
}

void SourceAudit::check_at(const Question& question, const engine::SourceAt& answer) {
    std::map<std::string, std::uint64_t> told;
    for (const engine::SourcePosition& position : answer.positions) {
        told[position.part] = position.next;
        expect(!position.is_reset, "a position is told to be set by the engine");
    }
    expect(
        told == question.stood.positions && told.size() == answer.positions.size(),
        "a source is told to stand where it did not stand when it was asked for"
    );
    expect(
        question.stood.last <= books_.written,
        "a position is told that is not durable (invariant 3)"
    );
    books_.met(Fact::source_waited, question.is_late);
    if (question.kind == Kind::ask) {
        // It may have ended while the answer waited for the disk: what is told is true all the
        // same.
        expect(answer.session == question.session, "another session is told where it stands");
        return;
    }
    expect(question.kind == Kind::open, "records are answered with positions");
    expect(answer.session > last_session_, "a session has the number of another one");
    last_session_ = answer.session;
    books_.met(Fact::source_goes_on, !told.empty());
    if (!is_opening(question.source)) {
        sessions_[question.source] = answer.session;
    }
}

void SourceAudit::check_refused(const Question& question, const engine::Refused& answer) {
    bool stops = answer.problem.code == Errc::shutting_down;
    expect(
        stops ? books_.stopping : answer.problem.code == Errc::starting,
        "a source is refused: " + answer.problem.detail
    );
    expect(
        stops || (question.kind == Kind::open && (!books_.ready || books_.store_lost)),
        "a source is told to wait"
    );
    expect(question.kind != Kind::ask && !question.batch.is_taken, "a source is refused in vain");
    books_.met(Fact::source_stopped, stops && question.kind == Kind::give);
}

// ---- Commits.

void SourceAudit::check(const Effects& effects, const std::string& where) {
    where_ = where;
    TypeName source = effects.source_rows.empty() ? effects.refused.begin()->second.source
                                                  : effects.source_rows.begin()->first;
    Question* given = nullptr;
    for (auto& [waiter, question] : open_) {
        const Batch& batch = question.batch;
        bool may = question.kind == Kind::give && question.source == source && !batch.is_wrong &&
                   !batch.is_taken && !is_over(question);
        given = may ? &question : given;
    }
    if (given == nullptr) {
        expect(false, "something of " + source.text() + " is taken that nobody gives now");
        return;
    }
    Batch& batch = given->batch;
    batch.is_taken = true;
    expect(!books_.stopping, "records are taken while the gateway stops");
    expect(
        books_.disk == engine::DiskRoom::plenty, "records are taken without room on the disk (D10)"
    );
    expect(
        books_.waiting() < most_waiting() || !books_.ready,
        "records are taken above the limit (invariant 8)"
    );
    check_batch(effects, batch);
    check_reach(batch);
    bool is_anew =
        std::any_of(batch.positions.begin(), batch.positions.end(), [](const auto& position) {
            return position.is_reset;
        });
    books_.met(Fact::source_taken);
    books_.met(Fact::source_parts, batch.positions.size() > 1 && !batch.messages.empty());
    books_.met(Fact::source_anew, is_anew);
    books_.met(Fact::record_refused, !batch.refused.empty());
}

void SourceAudit::check_batch(const Effects& effects, const Batch& batch) {
    expect(effects.puts.size() == batch.messages.size(), "not exactly what was given is taken");
    for (std::size_t i = 0; i < std::min(effects.puts.size(), batch.messages.size()); ++i) {
        const Effects::Put& put = effects.puts[i];
        const LogMessage& message = batch.messages[i].message;
        auto decoded = decode_message(put.message.bytes);
        expect(
            put.target == message.target && put.key.index == i && decoded && !decoded->caller &&
                decoded->argument.value == message.text,
            "message " + message.uid + " of a record is taken as another one"
        );
    }
    std::vector<engine::SourceRefusal> refused = batch.refused;
    expect(effects.refused.size() == refused.size(), "not exactly the refused records are kept");
    auto row = effects.refused.begin();  // By number: in their order.
    for (std::size_t i = 0; i < std::min(effects.refused.size(), refused.size()); ++i, ++row) {
        const RefusedModel& kept = row->second;
        expect(
            kept.part == refused[i].part && kept.position == refused[i].position &&
                kept.record == refused[i].record && kept.time_ms == books_.wall_ms,
            "a refused record is kept as another one"
        );
    }
    std::map<std::string, std::uint64_t> positions;
    for (const engine::SourcePosition& position : batch.positions) {
        positions[position.part] = position.next;
    }
    expect(
        effects.source_rows.size() == 1 && effects.source_rows.begin()->first == batch.source &&
            effects.source_rows.begin()->second == positions,
        "records are taken without the position behind them (D9)"
    );
    expect(
        effects.calls.empty() && effects.marks.empty() && effects.states.empty() &&
            effects.records.empty() && effects.armed.empty() && effects.letters.empty() &&
            effects.taken.empty() && effects.tokens.empty() && effects.refused_gone.empty(),
        "records change more than they bring"
    );
}

// From where a part stood to where it stands then, each record is there.
void SourceAudit::check_reach(const Batch& batch) {
    const SourceModel& stood = books_.current.sources[batch.source];
    for (const engine::SourcePosition& position : batch.positions) {
        auto known = stood.positions.find(position.part);
        if (known == stood.positions.end() || position.is_reset) {
            continue;
        }
        std::set<std::uint64_t> reached;
        for (const Given& one : batch.messages) {
            if (one.part == position.part) {
                reached.insert(one.position);
            }
        }
        for (const engine::SourceRefusal& one : batch.refused) {
            if (one.part == position.part) {
                reached.insert(one.position);
            }
        }
        std::uint64_t expected = known->second;
        for (std::uint64_t one : reached) {
            expect(one == expected++, "a record is taken twice, or passed, of " + position.part);
        }
        expect(expected == position.next, "a position passes a record of " + position.part);
    }
}

void SourceAudit::dropped_all() {
    open_.clear();
    sessions_.clear();
    last_session_ = 0;
    orders_.clear();
    to_drop_.clear();
}

void SourceAudit::finished(const TypeName& source, const SourceLog::Parts& log) {
    where_ = " (at the end)";
    if (books_.waiting() >= most_waiting()) {
        return;  // What nobody can process leaves no room.
    }
    auto& positions = books_.durable.sources[source].positions;
    for (const auto& [name, part] : log) {
        expect(
            positions[name] == part.end(),
            name + " of " + source.text() + " is read up to " + std::to_string(positions[name]) +
                ", and ends at " + std::to_string(part.end())
        );
    }
}

}  // namespace sfg::sim
