#include "tests/simulation/stream_audit.h"

#include <algorithm>

namespace sfg::sim {

void StreamAudit::rewound() {
    for (auto& [waiter, question] : open_) {
        question.is_over = true;
    }
}

void StreamAudit::answered(WaiterId waiter, const engine::Answer& answer) {
    // Whoever waits while the stream is opened is told to do so, too.
    bool is_opening = std::any_of(open_.begin(), open_.end(), [](const auto& one) {
        return one.second.kind == Kind::open;
    });
    where_ = " (stream, waiter " + std::to_string(static_cast<std::uint64_t>(waiter)) + ")";
    Question question = open_.extract(waiter).mapped();
    if (const auto* at = std::get_if<engine::StreamAt>(&answer)) {
        expect(question.kind == Kind::open, "a stream is told where it is, but did not ask");
        std::uint64_t delivered = outside.position;
        for (std::uint64_t position : set_aside_) {
            delivered = std::max(delivered, position);
        }
        expect(at->delivered <= delivered, "the store has let go of what is not outside (D9)");
        expect(
            at->last >= outside.position, "what is outside is none of the store's (invariant 3)"
        );
        is_open_ = true;
        books_.met(Fact::stream_behind, at->delivered < outside.position);
    } else if (const auto* given = std::get_if<engine::StreamRecords>(&answer)) {
        check_given(question, *given);
    } else if (std::holds_alternative<engine::EgressEmpty>(answer)) {
        expect(question.kind != Kind::open, "a stream is not opened");
        expect(
            question.kind != Kind::pull || question.is_over || question.is_early || is_opening ||
                books_.resetting,
            "a stream is told to open again, but nothing happened"
        );
        const auto& records = books_.current.egresses[kStream].records;
        // The first one only; the store may not have heard how far its reader is.
        bool is_later = !records.empty() && records.begin()->first < question.position;
        bool is_gone = !books_.durable.egresses[kStream].records.contains(question.position);
        expect(
            question.kind != Kind::refuse || is_gone || is_later || question.is_over ||
                question.is_early || books_.resetting,
            "a record is told to be set aside, which is not durable (invariant 3)"
        );
    } else if (const auto* refused = std::get_if<engine::Refused>(&answer)) {
        bool may = question.kind == Kind::open ? refused->problem.code == Errc::starting
                                               : refused->problem.code == Errc::in_doubt;
        expect(may, "a stream is refused: " + refused->problem.detail);
    } else {
        expect(false, "a stream is answered like somebody else");
    }
}

void StreamAudit::check_given(const Question& question, const engine::StreamRecords& given) {
    expect(question.kind == Kind::pull && !question.is_over, "records are given to nobody");
    std::uint64_t expected = question.behind;
    if (!given.records.empty() && given.records[0].position <= expected) {
        expected = given.records[0].position - 1;  // Again: its reader looks where it is.
    }
    const auto& durable = books_.durable.egresses[kStream].records;
    for (const auto& record : given.records) {
        std::string what = "record " + std::to_string(record.position) + " of a stream";
        expect(record.position == ++expected, what + " is given where another one follows");
        auto found = durable.find(record.position);
        expect(found != durable.end(), what + " is given, but is not durable (invariant 3)");
        expect(
            found == durable.end() ||
                found->second.typed_value == record.stored.view().substr(kMessageHeadBytes),
            what + " is given as another one"
        );
    }
    books_.met(Fact::stream_records, !given.records.empty());
}

void StreamAudit::check_taken(const Effects& effects, const std::string& where) {
    where_ = where;
    std::uint64_t last = 0;
    for (const auto& [name, position] : effects.taken) {
        last = std::max(last, position);
    }
    expect(effects.letters.size() <= 1, "records are set aside together");
    bool sets_aside = !effects.letters.empty();
    for (const auto& [name, position] : effects.taken) {
        bool is_outside = position <= outside.position || set_aside_.contains(position);
        bool is_refused = sets_aside && position == last && refused_.contains(position);
        expect(
            is_outside || is_refused,
            "record " + std::to_string(position) + " of a stream is taken away, but is not outside"
        );
    }
    for (const auto& [key, letter] : effects.letters) {
        const auto& records = books_.current.egresses[kStream].records;
        auto record = records.find(last);
        expect(
            !letter.is_message && record != records.end() &&
                record->second.typed_value == letter.bytes &&
                letter.owner == Address{{kCallType.ns, "egress"}, kStream.text()},
            "a record is set aside as another one"
        );
        set_aside_.insert(last);
        books_.met(Fact::stream_set_aside);
    }
    expect(
        effects.puts.empty() && effects.states.empty() && effects.records.empty() &&
            effects.calls.empty() && effects.marks.empty() && effects.counters.empty(),
        "records of a stream are taken away, and more changes"
    );
    books_.met(Fact::stream_delivered, !effects.taken.empty() && !sets_aside);
}

void StreamAudit::finished() {
    where_ = " (at the end)";
    std::set<std::uint64_t> there;
    std::uint64_t before = 0;
    for (const auto& [position, value] : outside.records) {
        expect(
            position > before,
            "record " + std::to_string(position) + " is outside after a later one"
        );
        before = position;
        there.insert(position);
    }
    for (std::uint64_t one = 1; one < books_.durable.egresses[kStream].next; ++one) {
        expect(
            there.contains(one) != set_aside_.contains(one),
            "record " + std::to_string(one) +
                " of a stream is neither outside nor a dead letter, or both"
        );
    }
}

}  // namespace sfg::sim
