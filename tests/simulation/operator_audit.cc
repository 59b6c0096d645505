// The part of CommitAudit about messages that can't be processed: parked, set aside, or taken away
// by an operator.
#include "tests/simulation/commit_audit.h"
#include "tests/simulation/decode_rows.h"

namespace sfg::sim {

// The counters tell what the gateway thinks that it does; whether it may is looked at here.
Fate CommitAudit::fate_of(const Effects& effects) const {
    if (effects.consumed.empty()) {
        return Fate::consumed;
    }
    PartitionId home = books_.partition(effects.consumed.front().target);
    auto before = books_.current.counters.find(home);
    auto after = effects.counters.find(home);
    CountersModel none;
    const CountersModel& counted = before == books_.current.counters.end() ? none : before->second;
    if (after == effects.counters.end()) {
        return Fate::consumed;
    }
    return after->second.set_aside > counted.set_aside ? Fate::set_aside
           : after->second.dropped > counted.dropped   ? Fate::dropped
                                                       : Fate::consumed;
}

// Messages at the head go without a turn: one that was tried alone and refused, or those that an
// operator named.
void CommitAudit::check_taken(const Effects& effects) {
    const Address& target = effects.consumed.front().target;
    const auto& mailbox = books_.current.entities[target].mailbox;
    std::string what = "a message of " + target.text();
    auto head = mailbox.begin();
    for (const Effects::Gone& gone : effects.consumed) {
        bool is_next = head != mailbox.end() && gone.target == target && head->first == gone.key;
        expect(is_next, what + " is taken away, but is not the first one");
        if (!is_next) {
            return;
        }
        ++head;
    }
    bool aside = effects.fate == Fate::set_aside;
    MessageKey first = effects.consumed.front().key;
    bool alone = effects.consumed.size() == 1;
    bool ordered = alone && books_.orders.contains({target, first, aside});
    bool purged = !ordered && is_purged(effects);
    bool judged = alone && !ordered && !purged && aside && books_.scenario.dead_letters &&
                  evidence_.may_judge(target, first);
    expect(
        ordered || purged || judged, what + " is taken away without evidence that it must be (D6)"
    );
    evidence_.forget(target);
    expect(!calls_.in_turn(target), what + " is taken away while a call of it is out");
    books_.met(
        ordered  ? Fact::taken_by_order
        : purged ? (aside ? Fact::purged_aside : Fact::purged)
                 : Fact::set_aside
    );
    check_letters(effects, what);
    auto status = effects.status.find(target);
    expect(
        status != effects.status.end() && (status->second & kParkedBit) == 0,
        what + " is taken away, and its entity stays parked"
    );
    expect(
        effects.states.empty() && effects.records.empty() && effects.puts.empty() &&
            effects.armed.empty() && effects.timers_gone.empty() && effects.marks.empty(),
        what + " is taken away, and more changes"
    );
    books_.orders.erase({target, first, aside});
}

// Whether an order takes all of them.
bool CommitAudit::is_purged(const Effects& effects) const {
    bool aside = effects.fate == Fate::set_aside;
    for (const auto& [waiter, purge] : books_.purges) {
        if (purge.target == effects.consumed.front().target && purge.aside == aside &&
            effects.consumed.back().key.number <= purge.up_to) {
            return true;
        }
    }
    return false;
}

// Those that are set aside, and no others, are dead letters now.
void CommitAudit::check_letters(const Effects& effects, const std::string& what) {
    bool aside = effects.fate == Fate::set_aside;
    expect(
        effects.letters.size() == (aside ? effects.consumed.size() : 0),
        what + " is not just one dead letter"
    );
    for (const Effects::Gone& gone : effects.consumed) {
        const StoredMessage& message = books_.current.entities[gone.target].mailbox.at(gone.key);
        auto letter =
            effects.letters.find(letter_key(books_.partition(gone.target), gone.target, gone.key));
        expect(
            !aside || (letter != effects.letters.end() && letter->second.bytes == message.bytes),
            what + " is another one as a dead letter"
        );
        books_.fallen.insert(message.call);
    }
}

// What an entity's row says of it, against what has happened to it.
void CommitAudit::check_status(const Effects& effects) {
    for (const auto& [target, status] : effects.status) {
        const EntityModel& entity = books_.current.entities[target];
        bool paused = (status & kPausedBit) != 0;
        if (paused != ((entity.status & kPausedBit) != 0)) {
            auto order = books_.pauses.find({target, paused});
            bool ordered = order != books_.pauses.end();
            expect(ordered, target.text() + " is paused or resumed, but nobody said so");
            books_.met(Fact::paused, paused);
            if (ordered) {
                books_.pauses.erase(order);
            }
        }
        bool keeps = (status & kFailingBit) != 0;
        expect(
            evidence_.may_keep(target, keeps),
            "the row of " + target.text() + " says that its calls fail, though none did (D6)"
        );
        bool was_parked = (entity.status & kParkedBit) != 0;
        if ((status & kParkedBit) == 0 || was_parked) {
            continue;
        }
        bool judged = effects.consumed.empty() && !entity.mailbox.empty() &&
                      !books_.scenario.dead_letters &&
                      evidence_.may_judge(target, entity.mailbox.begin()->first);
        expect(judged, target.text() + " is parked without evidence that it must be (D6)");
        if (judged) {
            evidence_.forget(target);
            books_.met(Fact::parked);
            books_.fallen.insert(entity.mailbox.begin()->second.call);
        }
    }
}

void CommitAudit::check_type_pauses(const Effects& effects) {
    for (const auto& [type, pauses] : effects.type_pauses) {
        auto order = books_.type_pauses.find({type, pauses});
        bool ordered = order != books_.type_pauses.end();
        expect(
            ordered && pauses != books_.current.paused_types.contains(type),
            "type " + type.text() + " is paused or goes on, but nobody said so"
        );
        books_.met(Fact::type_paused, pauses);
        if (ordered) {
            books_.type_pauses.erase(order);
        }
    }
}

// A call is told that its message waits for an operator, or is gone.
void CommitAudit::check_held(Effects& effects) {
    for (auto call = effects.calls.begin(); call != effects.calls.end();) {
        if (!call->second.held) {
            ++call;
            continue;
        }
        auto before = books_.current.calls.find(call->first);
        bool open =
            before != books_.current.calls.end() && !before->second.replied && !before->second.gone;
        expect(
            open && books_.fallen.contains(call->first),
            "call " + call->first + " is held, though nothing happened to its message"
        );
        books_.met(Fact::held_call);
        effects.held[call->first] = call->second;
        call = effects.calls.erase(call);
    }
}

}  // namespace sfg::sim
