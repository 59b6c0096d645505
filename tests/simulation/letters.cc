// The moves of World around dead letters: operators list, replay and drop them.
#include "protocol/base64.h"
#include "tests/simulation/decode_rows.h"
#include "tests/simulation/world.h"

#include <algorithm>
#include <iterator>

namespace sfg::sim {

bool World::letters() {
    const auto& known = auditor_.books.letters;
    const auto& next = auditor_.letters.next_page();
    if (known.empty() || random_.one_in(3)) {
        constexpr std::size_t kLimits[] = {1, 2, 3, 100};
        LetterAudit::Question question;
        question.limit = kLimits[random_.below(std::size(kLimits))];
        if (random_.one_in(3)) {
            question.type = Scenario::types()[random_.below(Scenario::types().size())];
        } else if (!known.empty() && random_.one_in(3)) {
            question.entity = known.begin()->second.letter.owner;
        }
        if (random_.one_in(30)) {
            question.cursor = base64_url("nowhere");
            question.is_good = false;
        }
        list_letters(next && random_.one_in(2) ? *next : question);
        return true;
    }
    // Mostly one that is there; an operator may also speak of what others have taken away.
    std::vector<const LetterModel*> there;
    for (const auto& [key, span] : known) {
        if (span.gone == 0) {
            there.push_back(&span.letter);
        }
    }
    bool gone = there.empty() || random_.one_in(8);
    auto any = std::next(known.begin(), static_cast<std::ptrdiff_t>(random_.below(known.size())));
    const LetterModel letter = gone ? any->second.letter : *random_.pick(there);
    bool replays = random_.one_in(2);
    auto action = replays ? engine::DeadLetterAction::replay : engine::DeadLetterAction::drop;
    if (replays && letter.is_message && random_.one_in(2)) {
        auditor_.books.mended.insert(read_message(letter.bytes).uid);
    }
    order_letter(letter, action);
    if (random_.one_in(4) && !violation()) {
        order_letter(letter, action);  // Impatient.
    }
    return true;
}

void World::list_letters(LetterAudit::Question question) {
    WaiterId waiter{++last_waiter_};
    trace_.add(
        "list dead letters" + (question.type ? " of " + question.type->text() : "") +
        (question.entity ? " of " + question.entity->text() : "") +
        (question.cursor.empty() ? "" : " from " + question.cursor) + ", waiter " +
        std::to_string(last_waiter_)
    );
    engine::DeadLettersAsked asked{
        waiter, question.cursor, question.limit, question.type, question.entity
    };
    auditor_.answers.waits(waiter, order_of(question.entity.value_or(Address{})));
    auditor_.letters.asked(waiter, std::move(question));
    process_->give(std::move(asked));
}

void World::order_letter(const LetterModel& letter, engine::DeadLetterAction action) {
    WaiterId waiter{++last_waiter_};
    LetterAudit::Question order;
    order.letter = letter_key(auditor_.books.partition(letter.owner), letter.owner, letter.own);
    order.replays = action == engine::DeadLetterAction::replay;
    order.is_good = !random_.one_in(30);
    std::string id = order.is_good ? message_id(kStore, letter.own) : "no id";
    trace_.add(
        std::string(order.replays ? "replay" : "drop") + " letter " + id + " of " +
        letter.owner.text().substr(0, 40) + ", waiter " + std::to_string(last_waiter_)
    );
    auditor_.answers.waits(waiter, order_of(letter.owner));
    auditor_.letters.asked(waiter, std::move(order));
    process_->give(engine::DeadLetterOrdered{waiter, letter.owner, id, action});
}

// At the end: each page of the whole list.
void World::read_letters() {
    LetterAudit::Question question;
    question.limit = 3;
    for (std::size_t pages = 0; !violation(); ++pages) {
        list_letters(question);
        while (!violation() && drain_once()) {
        }
        if (!auditor_.letters.next_page()) {
            return;
        }
        question = *auditor_.letters.next_page();
        bool ends = pages <= auditor_.books.letters.size();
        auditor_.books.expect(ends, "the list of dead letters has no end");
    }
}

}  // namespace sfg::sim
