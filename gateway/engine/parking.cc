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
        set_aside(entity, 1);
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
    bool knows_others = core_.partitions.all_looked_through() && !entity.type->has_backlog;
    return others == 0 && knows_others && health.parked_alone == 0;
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
    Draft& draft = core_.ledger.open();
    pause_parked(draft, entity);
    if (is_new) {
        ++entity.type->stats.parked;
        ++draft.count(entity.partition).parked;
        core_.news.tell(happening_of(HappeningKind::parked, entity, failing.note), draft.number());
        hold_call(draft, entity, 0, {Errc::message_parked, failing.note.error});
    }
    core_.ledger.close(draft);
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

void Failures::unpark(Draft& draft, const Entity& entity) {
    if (entity.failing && entity.failing->is_parked) {
        --draft.count(entity.partition).parked;
        core_.news.tell(
            happening_of(HappeningKind::resumed, entity, entity.failing->note), draft.number()
        );
    }
}

Happening Failures::happening_of(HappeningKind kind, const Entity& entity, const FailureNote& note)
    const {
    Happening happening;
    happening.kind = kind;
    happening.wall_ms = core_.wall_ms;
    happening.entity = entity.address;
    happening.attempts = note.attempts;
    happening.error = note.error;
    if (kind != HappeningKind::resumed) {
        happening.message_id = message_id(core_.store, entity.mailbox.at(0).key);
    }
    return happening;
}

void Failures::set_aside(Entity& entity, std::uint32_t messages) {
    FailureNote ordered;
    ordered.error = "set aside by an operator";
    ordered.first_ms = ordered.last_ms = core_.wall_ms;
    Draft& draft = core_.ledger.open();
    Happening happening = happening_of(
        HappeningKind::dead_letter, entity, entity.failing ? entity.failing->note : ordered
    );
    happening.messages = messages;
    core_.news.tell(std::move(happening), draft.number());
    for (std::uint32_t i = 0; i < messages; ++i) {
        const FailureNote& note = i == 0 && entity.failing ? entity.failing->note : ordered;
        put_letter(draft, entity, i, note);
        hold_call(draft, entity, i, {Errc::message_set_aside, note.error});
    }
    take(draft, entity, messages, Core::Fate::set_aside);
}

void Failures::put_letter(
    Draft& draft,
    const Entity& entity,
    std::size_t at,
    const FailureNote& note
) {
    const Mailbox::Item& item = entity.mailbox.at(at);
    DeadLetter letter;
    letter.time_ms = core_.wall_ms;
    letter.note = note;
    draft.put(dead_letter_key(entity, item.key), encode(letter, item.bytes.view()));
    ++core_.stats.dead_letters;
}

void Failures::skip(Entity& entity, std::uint32_t messages) {
    Draft& draft = core_.ledger.open();
    for (std::uint32_t i = 0; i < messages; ++i) {
        Problem reason{Errc::message_set_aside, "an operator has dropped the message"};
        hold_call(draft, entity, i, std::move(reason));
    }
    take(draft, entity, messages, Core::Fate::dropped);
}

// The entity goes on behind them.
void Failures::take(Draft& draft, Entity& entity, std::uint32_t messages, Core::Fate fate) {
    SFG_ASSERT(!entity.turn && entity.mailbox.ready() >= messages);
    unpark(draft, entity);
    core_.take_messages(draft, entity, messages, fate);
    forget(entity);
    core_.put_entity_row(draft, entity);
    entity.last_change = draft.number();
    core_.ledger.close(draft);
    core_.entities.touch(entity);
    wait(entity, SteadyMs{0});
}

void Failures::retry_now(Entity& entity) {
    if (entity.failing) {
        entity.failing->in_a_row = 0;
        entity.failing->row_is_true = false;
    }
    wait(entity, SteadyMs{0});
}

std::optional<std::string> Failures::call_of(std::string_view stored) {
    auto message = decode_message(stored);
    bool is_call = message && message->caller && message->caller->type == call_type();
    return is_call ? std::optional(std::move(message->caller->id)) : std::nullopt;
}

// Whoever waits for the answer to this message hears why there is none.
void Failures::hold_call(Draft& draft, const Entity& entity, std::size_t at, Problem problem) {
    if (auto id = call_of(entity.mailbox.at(at).bytes.view())) {
        calls_.hold(draft, *id, std::move(problem));
    }
}

}  // namespace sfg::engine
