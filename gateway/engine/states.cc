#include "gateway/engine/states.h"

#include "gateway/engine/expiration.h"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

// Few, and only while one result is applied.
using Ordinals = boost::container::small_vector<std::size_t, 8>;

template <typename Some>
bool contains(const Some& ordinals, std::size_t ordinal) {
    return std::find(ordinals.begin(), ordinals.end(), ordinal) != ordinals.end();
}

// Some value lives by the touched stamp alone: others carry their own, written by this turn.
bool needs_touch(const Entity& entity, const Ordinals& written) {
    const std::vector<KnownState>& known = entity.type->states;
    for (std::size_t i = 0; i < entity.states.size(); ++i) {
        if (known[i].mode == ExpireMode::after_invoke && !entity.states[i].empty() &&
            !contains(written, i)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::int64_t States::expires_at(const Entity& entity, std::size_t ordinal) {
    const SharedBytes& value = entity.states[ordinal];
    std::int64_t touched = entity.touched_ms;
    if (entity.turn) {
        touched = std::max(touched, entity.turn->touched_ms);
    }
    return expires_at_ms(entity.type->states[ordinal], state_stamp(value.view()), touched);
}

void States::send(Entity& entity, std::vector<StateEntry>& entries) {
    Turn& turn = *entity.turn;
    entries.clear();
    turn.built_ms = core_.wall_ms;
    turn.states_sent = 0;
    if (turn.canary) {
        return;
    }
    bool found_expired = false;
    for (std::size_t i = 0; i < entity.type->states.size(); ++i) {
        SharedBytes value = entity.state(i);
        bool gone = contains(turn.gone, i);
        if (!gone && !value.empty() && expires_at(entity, i) <= core_.wall_ms) {
            turn.gone.push_back(i);
            gone = found_expired = true;
        }
        entries.push_back({entity.type->states[i].name, gone ? SharedBytes() : std::move(value)});
    }
    turn.states_sent = entries.size();
    turn.touched_ms = core_.wall_ms;
    if (found_expired) {
        // A clock that is set back at the next start must not bring back what is missing now.
        core_.ledger.remember_time();
    }
}

void States::erase(Draft& draft, Entity& entity, std::size_t ordinal) {
    draft.erase(entity.state_row(entity.type->states[ordinal].name));
    entity.state_bytes -= entity.states[ordinal].size();
    entity.states[ordinal] = SharedBytes();
}

void States::put(Draft& draft, Entity& entity, std::size_t ordinal, bool is_new) {
    SharedBytes& value = entity.states[ordinal];
    const KnownState& state = entity.type->states[ordinal];
    set_state_stamp(value, core_.wall_ms);
    std::int64_t at = expires_at_ms(state, core_.wall_ms, 0);
    if (is_new && at != kNeverExpires) {
        dues_.add(draft, {entity.partition, entity.escaped_address(), state}, at);
    }
    draft.put(entity.state_row(state.name), value);
}

// Several mutations of one state count in their order; only what is left of them is written.
void States::apply(Draft& draft, Entity& entity, std::vector<StateMutation>& mutations) {
    Ordinals mutated;
    Ordinals present;  // Of those: which had a value, and so an entry if it expires.
    for (StateMutation& mutation : mutations) {
        std::size_t ordinal = *entity.type->ordinal_of(mutation.name);
        if (entity.states.size() <= ordinal) {
            entity.states.resize(ordinal + 1);
        }
        SharedBytes& slot = entity.states[ordinal];
        if (!contains(mutated, ordinal)) {
            mutated.push_back(ordinal);
            if (!slot.empty()) {
                present.push_back(ordinal);
            }
        }
        entity.state_bytes -= slot.size();
        slot = mutation.is_delete ? SharedBytes() : std::move(mutation.stored);
        entity.state_bytes += slot.size();
    }
    for (std::size_t ordinal : mutated) {
        if (entity.states[ordinal].empty()) {
            erase(draft, entity, ordinal);
        } else {
            put(draft, entity, ordinal, !contains(present, ordinal));
        }
    }
    for (std::size_t ordinal : entity.turn->gone) {
        if (!contains(mutated, ordinal)) {
            erase(draft, entity, ordinal);
            ++entity.type->stats.expired;
        }
    }
    entity.touched_ms = std::max(entity.touched_ms, entity.turn->built_ms);
    if (needs_touch(entity, mutated)) {
        core_.put_entity_row(draft, entity);
    }
}

}  // namespace sfg::engine
