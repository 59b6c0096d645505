#include "tests/simulation/letter_audit.h"

#include "protocol/base64.h"
#include "protocol/codec.h"
#include "tests/simulation/decode_rows.h"

#include <nlohmann/json.hpp>

namespace sfg::sim {

namespace {

using nlohmann::json;

std::string text_of(const json& from, const char* name) {
    return from.contains(name) && from[name].is_string() ? from[name].get<std::string>() : "";
}

// Where records are that the outside of the stream can't take.
const Address kStreamLetters{{kCallType.ns, "egress"}, kStream.text()};

// A message as it is shown, against its bytes; of a record only the value counts.
bool is_shown(const json& shown, const LetterModel& letter) {
    std::optional<TypedValue> value;
    std::string caller;
    if (letter.is_message) {
        auto message = decode_message(letter.bytes);
        value = message ? std::optional(message->argument) : std::nullopt;
        caller = message && message->caller ? message->caller->text() : "";
    } else {
        value = decode_typed_value(letter.bytes);
    }
    json why = json::parse(letter.why, nullptr, false);
    return value && text_of(shown, "typename") == value->type_name &&
           text_of(shown, "value_base64") == base64(value->value) &&
           text_of(shown, "caller") == caller &&
           text_of(shown, "kind") == (letter.is_message ? "message" : "egress record") &&
           text_of(shown, "reason") == text_of(why, "error") && !text_of(shown, "time").empty();
}

}  // namespace

void LetterAudit::asked(WaiterId waiter, Question question) {
    question.since = books_.writes;
    question.away = books_.released;
    if (!question.letter.empty()) {
        for (const auto& [id, other] : open_) {
            question.is_busy = question.is_busy || other.letter == question.letter;
        }
        ordered_.insert({question.letter, question.replays});
    }
    open_[waiter] = std::move(question);
}

void LetterAudit::released(PartitionId partition) {
    for (auto& [waiter, question] : open_) {
        question.away.insert(partition);
    }
}

void LetterAudit::answered(WaiterId waiter, const engine::Answer& answer) {
    auto asked = open_.extract(waiter);
    if (!asked) {
        return;
    }
    const Question& question = asked.mapped();
    if (const auto* refused = std::get_if<engine::Refused>(&answer)) {
        check_refused(question, *refused);
        return;
    }
    const auto* told = std::get_if<engine::Told>(&answer);
    books_.expect(told != nullptr && question.is_good, "a bad question about letters is answered");
    if (told != nullptr && books_.writes >= question.since) {
        question.letter.empty() ? check_list(question, told->json)
                                : check_told(question, told->json);
    }
}

void LetterAudit::check_refused(const Question& question, const engine::Refused& answer) {
    auto letter = books_.letters.find(question.letter);
    switch (answer.problem.code) {
        case Errc::bad_parameter:
            books_.expect(!question.is_good, "a good question about letters is refused");
            return;
        case Errc::conflict:
            books_.expect(
                question.replays && letter != books_.letters.end() &&
                    !letter->second.letter.is_message &&
                    letter->second.letter.owner != kStreamLetters,
                "an order for a letter is refused"
            );
            return;
        case Errc::starting:
            books_.expect(
                books_.store_lost || !books_.ready || !question.away.empty(),
                "a question about letters is put off"
            );
            return;
        case Errc::in_doubt:
        case Errc::overloaded:
            return;
        default:
            books_.expect(false, "a question about letters is refused: " + answer.problem.detail);
    }
}

bool LetterAudit::is_in_range(const Question& question, const LetterModel& letter) const {
    return (!question.type || *question.type == letter.owner.type) &&
           (!question.entity || *question.entity == letter.owner);
}

void LetterAudit::check_list(const Question& question, const std::string& text) {
    json told = json::parse(text, nullptr, false);
    std::string last = parse_base64_url(question.cursor).value_or("");
    std::set<std::string> listed;
    for (const json& shown : told["dead_letters"]) {
        Address owner{{text_of(shown, "namespace"), text_of(shown, "type")}, text_of(shown, "id")};
        auto id = parse_message_id(text_of(shown, "message_id"));
        std::string what = "letter " + text_of(shown, "message_id");
        std::string key = letter_key(books_.partition(owner), owner, id ? id->key : MessageKey{});
        books_.expect(key > last, what + " is listed twice or out of order");
        last = key;
        auto span = books_.letters.find(key);
        bool was_there = span != books_.letters.end() &&
                         (span->second.gone == 0 || span->second.gone > question.since);
        books_.expect(was_there, what + " is listed, but not durable (invariant 3)");
        books_.expect(
            !was_there || (is_shown(shown, span->second.letter) &&
                           is_in_range(question, span->second.letter)),
            what + " is listed as another one"
        );
        listed.insert(key);
    }
    std::string next = text_of(told, "next_cursor");
    std::string to = next.empty() ? "\xff" : parse_base64_url(next).value_or("");
    books_.expect(next.empty() || to == last, "a page goes on from somewhere else");
    books_.expect(listed.size() <= question.limit, "a page has more letters than were asked for");
    std::string from = parse_base64_url(question.cursor).value_or("");
    for (const auto& [key, span] : books_.letters) {
        bool must = span.came <= question.since && span.gone == 0 && key > from && key <= to &&
                    is_in_range(question, span.letter) &&
                    !question.away.contains(books_.partition(span.letter.owner));
        books_.expect(!must || listed.contains(key), "a letter that is there is not listed");
    }
    books_.met(Fact::letter_listed, !listed.empty());
    books_.met(Fact::letter_page, !question.cursor.empty() && !listed.empty());
    next_page_.reset();
    if (!next.empty()) {
        next_page_ = question;
        next_page_->cursor = next;
    }
}

void LetterAudit::check_told(const Question& question, const std::string& text) {
    json told = json::parse(text, nullptr, false);
    bool there = books_.durable.letters.contains(question.letter);
    if (!told.value("changed", false)) {
        auto span = books_.letters.find(question.letter);
        bool was_there = span != books_.letters.end() && span->second.came <= question.since;
        books_.met(Fact::order_in_vain);
        books_.expect(
            !there || !was_there || question.is_busy,
            "an order for a letter that is there is told to be in vain"
        );
        return;
    }
    books_.expect(!there, "a letter is told to be gone, but is there (invariant 3)");
    books_.expect(done_.insert(question.letter).second, "a letter is told to be gone twice");
    if (!question.replays) {
        return;  // What an earlier order had made of it was undone.
    }
    if (auto emitted = emitted_.find(question.letter); emitted != emitted_.end()) {
        std::string number = "number " + std::to_string(emitted->second) + " of";
        books_.expect(
            text_of(told, "detail").find(number) != std::string::npos &&
                books_.durable.egresses[kStream].next > emitted->second,
            "a replay is told that is not durable (invariant 3)"
        );
    } else {
        MessageKey message = replays_[question.letter];
        bool named = text_of(told, "detail").find(message_id(kStore, message)) != std::string::npos;
        books_.expect(
            named && message.number <= books_.written,
            "a replay is told that is not durable (invariant 3)"
        );
    }
}

void LetterAudit::check(const Effects& effects, const std::string& where) {
    auto expect = [this, &where](bool holds, const char* what) {
        books_.expect(holds, what + where);
    };
    const std::string& key = *effects.letters_gone.begin();
    auto found = books_.current.letters.find(key);
    if (effects.letters_gone.size() != 1 || found == books_.current.letters.end()) {
        expect(false, "a letter is taken away, but is not there");
        return;
    }
    const LetterModel& letter = found->second;
    bool replays = !effects.puts.empty() || !effects.records.empty();
    expect(ordered_.contains({key, replays}), "a letter is taken away, but nobody said so");
    expect(
        !books_.released.contains(books_.partition(letter.owner)),
        "a letter of a partition that was released is taken away"
    );
    if (!effects.records.empty()) {
        const auto& [place, record] = effects.records.front();
        expect(
            !letter.is_message && effects.records.size() == 1 && place.first == kStream &&
                record.typed_value == letter.bytes,
            "a letter is replayed as another record"
        );
        emitted_[key] = place.second;
        books_.met(Fact::record_replayed);
    } else if (replays) {
        const Effects::Put& put = effects.puts.front();
        expect(
            letter.is_message && effects.puts.size() == 1 && put.target == letter.owner &&
                put.message.bytes == letter.bytes,
            "a letter is replayed as another message"
        );
        replays_[key] = put.key;
        replayed_.insert({put.target, put.key});
    }
    books_.met(Fact::letter_replayed, replays && letter.is_message);
    books_.met(Fact::letter_dropped, !replays && letter.is_message);
    books_.met(Fact::record_dropped, !replays && !letter.is_message);
    expect(
        effects.consumed.empty() && effects.states.empty() &&
            (effects.records.empty() || effects.puts.empty()) && effects.armed.empty() &&
            effects.timers_gone.empty() && effects.tokens.empty() && effects.tokens_gone.empty() &&
            effects.marks.empty() && effects.calls.empty() && effects.held.empty() &&
            effects.letters.empty() && effects.taken.empty() && effects.status.empty(),
        "a letter is taken away, and more changes"
    );
}

void LetterAudit::check_taken(const Effects& effects) {
    bool applied = effects.fate == Fate::consumed;
    for (const Effects::Gone& gone : effects.consumed) {
        const auto& mailbox = books_.current.entities[gone.target].mailbox;
        auto message = mailbox.find(gone.key);
        if (message == mailbox.end()) {
            continue;
        }
        bool replayed = replayed_.contains({gone.target, gone.key});
        auto call = effects.calls.find(message->second.call);
        books_.met(Fact::mended_message, applied && books_.mended.contains(message->second.uid));
        books_.met(Fact::replay_applied, replayed && applied);
        books_.met(Fact::replay_aside, replayed && effects.fate == Fate::set_aside);
        books_.met(
            Fact::replay_answered,
            replayed && applied && call != effects.calls.end() && call->second.replied
        );
    }
}

void LetterAudit::dropped_all() {
    open_.clear();
    ordered_.clear();
    next_page_.reset();
}

}  // namespace sfg::sim
