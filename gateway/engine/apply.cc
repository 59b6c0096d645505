// The second half of Turns: validating a result as a whole, and turning it into one commit.
#include "gateway/engine/dead_letters.h"
#include "gateway/engine/turns.h"
#include "protocol/assert.h"
#include "protocol/module_spec.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

bool is_name(const TypeName& name) {
    return !name.ns.empty() && !name.name.empty() && name.ns.size() <= kNameBytesMax &&
           name.name.size() <= kNameBytesMax;
}

std::optional<std::string> object_to_target(const Address& target) {
    if (!is_name(target.type)) {
        return "a message has no valid target: '" + target.text().substr(0, 200) + "'";
    }
    if (target.id.size() > kIdBytesMax) {
        return "the id of a target has " + std::to_string(target.id.size()) + " bytes, at most " +
               std::to_string(kIdBytesMax) + " are accepted";
    }
    if (target.type.ns == kGatewayNamespace && target.type != call_type()) {
        return "a message is addressed to the reserved type " + target.type.text();
    }
    return std::nullopt;
}

}  // namespace

std::optional<Turns::Objection>
Turns::object(const Entity& entity, const InvocationResult& result) {
    for (const StateMutation& mutation : result.mutations) {
        auto ordinal = entity.type->ordinal_of(mutation.name);
        if (!ordinal) {
            return Objection{"state '" + mutation.name + "' is not declared", true};
        }
        if (mutation.is_delete) {
            continue;
        }
        const std::string& declared = entity.type->states[*ordinal].type_name;
        std::string_view written = state_type_name(mutation.stored.view());
        if (written != declared) {
            return Objection{
                "state '" + mutation.name + "' is declared as " + declared + ", written as " +
                    std::string(written),
                true
            };
        }
    }
    for (const OutgoingMessage& message : result.messages) {
        if (auto reason = object_to_target(message.target)) {
            return Objection{std::move(*reason)};
        }
    }
    for (const DelayedMessage& message : result.delayed) {
        auto reason = message.is_cancellation ? std::nullopt : object_to_target(message.target);
        if (reason) {
            return Objection{std::move(*reason)};
        }
    }
    if (auto reason = timers_.object(entity, result.delayed)) {
        return Objection{std::move(*reason)};
    }
    Outbox::Room room(outbox_);
    for (const EgressRecord& record : result.egress) {
        if (!is_name(record.egress)) {
            return Objection{"an egress record names no egress: '" + record.egress.text() + "'"};
        }
        if (record.choice.lane && !room.take(record.egress, *record.choice.lane)) {
            return Objection{"too many different egresses or topics"};
        }
    }
    return std::nullopt;
}

void Turns::apply(Entity& entity, InvocationResult& result) {
    FunctionStats& stats = entity.type->stats;
    std::uint32_t messages = entity.turn->messages;
    entity.type->commit_size.saw(result.bytes);
    Draft& draft = core_.ledger.open();
    draft.keep(std::move(entity.turn->answer_hold));
    apply_messages(draft, entity, result);
    timers_.apply(draft, entity, result.delayed);
    apply_egress(draft, entity, result);
    core_.take_messages(draft, entity, messages, Core::Fate::consumed);
    failures_.applied(draft, entity);
    states_.values.apply(draft, entity, result.mutations);
    entity.last_change = draft.number();
    entity.applied = draft.number();
    core_.ledger.close(draft);
    // Only now: until its messages are consumed the entity is in its turn, also for itself.
    end_call(entity, Dispatcher::End::applied);
    stats.messages_in += messages;
    ++stats.turns;
    core_.entities.touch(entity);
    core_.consider(entity);
}

void Turns::apply_messages(Draft& draft, Entity& entity, InvocationResult& result) {
    for (OutgoingMessage& message : result.messages) {
        if (message.target.type == call_type()) {
            calls_.reply(draft, message.target.id, message_argument(message.stored.view()));
            continue;
        }
        bool local = core_.partitions.of(message.target) == entity.partition;
        ++(local ? entity.type->stats.out_local : entity.type->stats.out_remote);
        core_.deliver(draft, message.target, std::move(message.stored), Core::Origin::turn);
    }
}

void Turns::apply_egress(Draft& draft, Entity& entity, InvocationResult& result) {
    std::uint32_t index = 0;
    for (EgressRecord& record : result.egress) {
        ++entity.type->stats.out_egress;
        LaneChoice& choice = record.choice;
        if (choice.lane) {
            outbox_.append(
                draft, {record.egress, *choice.lane, entity.partition, record.typed_value}
            );
            continue;
        }
        DeadLetter letter;
        letter.is_message = false;
        letter.destination = record.egress.text();
        letter.note.error = std::move(choice.reason);
        letter.time_ms = core_.wall_ms;
        draft.put(
            dead_letter_key(entity, {draft.number(), kEgressLetterBit | index++}),
            encode(letter, record.typed_value.view())
        );
        ++core_.stats.dead_letters;
        core_.actions.notice(
            "a record for " + letter.destination +
            " can't be delivered and is a dead letter: " + letter.note.error
        );
    }
}

}  // namespace sfg::engine
