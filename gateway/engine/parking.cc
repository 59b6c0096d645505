// The second half of Failures: what becomes of a message that can't be processed.
#include "gateway/engine/dead_letters.h"
#include "gateway/engine/failures.h"
#include "protocol/assert.h"

#include <utility>

namespace sfg::engine {

// The message at the head is the one that can't be processed, if there is evidence for it.
void Failures::judge(Entity& entity) {
    Failing& failing = *entity.failing;
    failing.range = 1;
    if (failing.is_parked) {
        park(entity);
    } else if (!has_evidence(entity)) {
        notice_repeat(entity, "was refused, as is everything of its type");
        wait(entity, pause_of(entity));
    } else if (!failing.part_succeeded && !failing.was_asked_since &&
               entity.type->health.successes > failing.type_successes) {
        // The type may have been mended since this call began: it counts only from here on.
        failing.was_asked_since = true;
        wait(entity, SteadyMs{0});
    } else if (core_.policy_of(entity).on_poison == OnPoison::dead_letter) {
        failing.is_noticed = false;  // The same as with park().
        notice(entity, "can't be processed and is set aside");
        set_aside(entity, failing.note);
    } else {
        park(entity);
    }
}

bool Failures::has_evidence(const Entity& entity) const {
    const Failing& failing = *entity.failing;
    const TypeHealth& health = entity.type->health;
    if (failing.part_succeeded || health.successes > failing.type_successes) {
        return true;
    }
    // This one is still counted, as in flight or ready.
    std::uint64_t others = entity.type->stats.active_entities - 1;
    return others == 0 && health.parked_alone == 0;
}

void Failures::park(Entity& entity) {
    Failing& failing = *entity.failing;
    bool is_new = !failing.is_parked;
    if (is_new) {
        failing.is_noticed = false;  // News, whatever was told of the attempts before.
        notice(entity, "can't be processed; the entity is parked");
        std::uint64_t successes = entity.type->health.successes;
        bool alone = !failing.part_succeeded && successes == failing.type_successes;
        entity.type->health.parked_alone += alone ? 1 : 0;
    }
    failing.is_parked = true;
    Draft draft = core_.ledger.open();
    pause_parked(draft, entity);
    if (is_new) {
        hold_call(draft, entity, {Errc::message_parked, failing.note.error});
    }
    core_.ledger.close(std::move(draft));
    core_.consider(entity);
}

// Writes when it is tried next, so that a restart does not begin anew.
void Failures::pause_parked(Draft& draft, Entity& entity) {
    using std::chrono::milliseconds;
    auto spread = std::hash<Address>{}(entity.address) + entity.failing->note.attempts * 7919U;
    auto jitter = static_cast<std::uint64_t>(milliseconds(kParkedPauseMax - kParkedPause).count());
    milliseconds pause =
        milliseconds(kParkedPause) + milliseconds(static_cast<std::int64_t>(spread % jitter));
    core_.leave_lines(entity);
    entity.retry_at = core_.now + pause;
    entity.failing->next_try_ms = core_.wall_ms + pause.count();
    core_.put_entity_row(draft, entity);
    entity.last_change = draft.number();
}

void Failures::set_aside(Entity& entity, const FailureNote& note) {
    SFG_ASSERT(!entity.turn && entity.mailbox.ready() > 0);
    const Mailbox::Item& head = entity.mailbox.at(0);
    DeadLetter letter;
    letter.time_ms = core_.wall_ms;
    letter.note = note;
    Draft draft = core_.ledger.open();
    draft.put(dead_letter_key(entity, head.key), encode(letter, head.bytes.view()));
    ++core_.stats.dead_letters;
    take_head(std::move(draft), entity, Core::Fate::set_aside, note.error);
}

void Failures::skip(Entity& entity) {
    SFG_ASSERT(!entity.turn && entity.mailbox.ready() > 0);
    take_head(
        core_.ledger.open(), entity, Core::Fate::dropped, "an operator has dropped the message"
    );
}

// The entity goes on behind it.
void Failures::take_head(Draft draft, Entity& entity, Core::Fate fate, std::string reason) {
    hold_call(draft, entity, {Errc::message_set_aside, std::move(reason)});
    core_.take_messages(draft, entity, 1, fate);
    forget(entity);
    core_.put_entity_row(draft, entity);
    entity.last_change = draft.number();
    core_.ledger.close(std::move(draft));
    core_.entities.touch(entity);
    wait(entity, SteadyMs{0});
}

void Failures::retry_now(Entity& entity) {
    if (entity.failing) {
        entity.failing->in_a_row = 0;
    }
    wait(entity, SteadyMs{0});
}

// Whoever waits for the answer to the message at the head hears why there is none.
void Failures::hold_call(Draft& draft, const Entity& entity, Problem problem) {
    auto message = decode_message(entity.mailbox.at(0).bytes.view());
    if (message && message->caller && message->caller->type == call_type()) {
        calls_.hold(draft, message->caller->id, std::move(problem));
    }
}

}  // namespace sfg::engine
