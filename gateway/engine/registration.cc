#include "gateway/engine/registration.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

// Some state of the answer was not in the request.
bool names_missing(const Entity& entity, const IncompleteContext& incomplete) {
    return std::any_of(
        incomplete.missing.begin(),
        incomplete.missing.end(),
        [&](const StateSpec& spec) {
            return entity.type->ordinal_of(spec.name).value_or(0) >= entity.turn->states_sent;
        }
    );
}

}  // namespace

void Registration::begin(Entity& entity) {
    FunctionType& type = *entity.type;
    Failing* failing = entity.failing.get();
    bool refused = failing != nullptr && failing->note.attempts > 0 && !failing->is_asked;
    std::uint64_t outages = core_.dispatcher.outages(*type.endpoint);
    bool outage = std::exchange(type.outages_seen, outages) != outages;
    bool again = outage || core_.now >= type.canary_again_at || (refused && !type.states.empty());
    if (type.canary == Canary::done && again) {
        type.canary = Canary::due;
    }
    if (type.canary == Canary::due || type.canary == Canary::stale) {
        type.canary = Canary::out;
        entity.turn->canary = true;
        if (failing != nullptr) {
            failing->is_asked = true;
            failing->row_is_true = false;
        }
    }
}

void Registration::done(FunctionType& type) {
    // Of an endpoint that serves it no more the answer says nothing about the new one.
    type.canary = type.canary == Canary::stale ? Canary::due : Canary::done;
    type.canary_again_at = core_.now + kCanaryEvery;
}

std::optional<std::string> Registration::take(Entity& entity, const IncompleteContext& incomplete) {
    Turn& turn = *entity.turn;
    FunctionType& type = *entity.type;
    ++type.stats.incomplete;
    if (turn.canary) {
        done(type);
    }
    Registry::Learnt learnt = core_.registry.learn(type, incomplete.missing, core_.wall_ms);
    if (turn.canary) {
        type.conflict = learnt.error;
    }
    if (!learnt.error.empty()) {
        return learnt.error;
    }
    if (!learnt.news.empty()) {
        core_.actions.notice("states of " + type.name.text() + ": " + learnt.news);
    }
    if (learnt.changed) {
        Draft& draft = core_.ledger.open();
        draft.put_row(Registry::key_of(type.name), Registry::encode(type));
        CommitNumber number = draft.number();
        core_.ledger.close(draft);
        if (learnt.reindex) {
            index_.build(number);
        }
    }
    bool idle = !turn.canary && !names_missing(entity, incomplete);
    turn.idle_incomplete += idle ? 1 : 0;
    ++turn.incomplete;
    std::string times = std::to_string(turn.incomplete) + " times";
    if (turn.idle_incomplete > kIdleIncompleteMax) {
        return "the function answered " + times +
               " that states are missing, though every state it named was sent; its SDK does not "
               "find them in the request: check that it is a StateFun SDK of version 3";
    }
    if (turn.incomplete > kIncompleteMax) {
        return "the function answered " + times +
               " that states are missing, each time with new names; declare a fixed set of states";
    }
    return std::nullopt;
}

bool Registration::may_apply(Entity& entity) {
    if (!entity.turn->canary) {
        return true;
    }
    if (entity.type->canary == Canary::out || entity.type->canary == Canary::stale) {
        done(*entity.type);
    }
    return entity.type->states.empty();
}

void Registration::end(const Entity& entity, Dispatcher::End how) {
    FunctionType& type = *entity.type;
    bool unanswered =
        entity.turn->canary && (type.canary == Canary::out || type.canary == Canary::stale);
    if (unanswered || how == Dispatcher::End::unreachable) {
        type.canary = Canary::due;
    }
}

}  // namespace sfg::engine
