#include "gateway/engine/registry.h"

#include "storage/key_codec.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sfg::engine {

namespace {

constexpr std::string_view kPauseSuffix = "pause";

std::optional<std::string> object_to(const StateSpec& spec) {
    if (spec.name.empty() || spec.name.size() > kNameBytesMax ||
        spec.type_name.size() > kNameBytesMax) {
        return "a declared state has an empty or too long name, or a too long type";
    }
    // StateFun's own rule. Some SDKs send 0 for a duration that is shorter than a millisecond.
    if (spec.mode != ExpireMode::none && spec.expire_after_ms <= 0) {
        return "state '" + spec.name + "' is declared to expire after " +
               std::to_string(spec.expire_after_ms) +
               " ms; declare at least 1 ms, or no expiration";
    }
    return std::nullopt;
}

bool same_expiration(const StateSpec& one, const StateSpec& other) {
    return one.mode == other.mode && one.expire_after_ms == other.expire_after_ms;
}

std::string expiration_text(const StateSpec& spec) {
    switch (spec.mode) {
        case ExpireMode::none:
            break;
        case ExpireMode::after_write:
            return std::to_string(spec.expire_after_ms) + " ms after the last write";
        case ExpireMode::after_invoke:
            return std::to_string(spec.expire_after_ms) + " ms after the last call";
    }
    return "never";
}

std::string change(const StateSpec& from, const StateSpec& to) {
    return "'" + to.name + "' expires " + expiration_text(to) +
           " (before: " + expiration_text(from) + ")";
}

// Values that are stored live by the new expiration from now on.
void take_expiration(KnownState& state, const StateSpec& spec, std::int64_t now_ms) {
    bool invoke = spec.mode == ExpireMode::after_invoke;
    if (invoke && state.mode != ExpireMode::after_invoke) {
        state.touched_from_ms = now_ms;
    }
    // The entries of values that live longer than before are found when they are due.
    bool longer = state.mode == spec.mode && spec.expire_after_ms > state.expire_after_ms;
    state.indexed = spec.mode == ExpireMode::none || (state.indexed && longer);
    state.mode = spec.mode;
    state.expire_after_ms = spec.expire_after_ms;
}

ExpireMode mode_of(int stored) {
    auto mode = static_cast<ExpireMode>(stored);
    bool known = mode == ExpireMode::after_write || mode == ExpireMode::after_invoke;
    return known ? mode : ExpireMode::none;
}

}  // namespace

std::optional<std::size_t> FunctionType::ordinal_of(std::string_view state_name) const {
    for (std::size_t i = 0; i < states.size(); ++i) {
        if (states[i].name == state_name) {
            return i;
        }
    }
    return std::nullopt;
}

FunctionType& Registry::type(const TypeName& name) {
    auto& slot = types_[name];
    if (!slot) {
        slot = std::make_unique<FunctionType>();
        slot->name = name;
        slot->key_part = storage::escaped_type(name);
        slot->endpoint = endpoint_of(name);
        unbound_ += slot->endpoint ? 0 : 1;
        in_order_.push_back(slot.get());
    }
    return *slot;
}

std::optional<EndpointId> Registry::endpoint_of(const TypeName& name) const {
    auto index = module_.endpoint_of(name);
    return index ? std::optional(static_cast<EndpointId>(*index)) : std::nullopt;
}

void Registry::bind_types(const std::vector<bool>& is_renewed) {
    unbound_ = 0;
    for (auto& [name, type] : types_) {
        std::optional<EndpointId> endpoint = endpoint_of(name);
        unbound_ += endpoint ? 0 : 1;
        bool is_new = endpoint != type->endpoint || (endpoint && is_renewed[*endpoint]);
        type->endpoint = endpoint;
        if (is_new) {
            // Another program may be there: what it declares is asked, how it does is found out.
            bool is_out = type->canary == Canary::out || type->canary == Canary::stale;
            type->canary = is_out ? Canary::stale : Canary::due;
            type->health.renew();
        }
    }
}

const FunctionType* Registry::find(const TypeName& name) const {
    auto found = types_.find(name);
    return found == types_.end() ? nullptr : found->second.get();
}

bool Registry::has_room_for(const TypeName& name) const {
    if (types_.contains(name)) {
        return true;
    }
    bool bound = module_.endpoint_of(name).has_value();
    bool fits = bound || (unbound_ < kUnboundTypesMax &&
                          name.ns.size() + name.name.size() <= kUnboundNameBytesMax);
    return fits && types_.size() < kFunctionTypesMax;
}

Registry::Learnt
Registry::learn(FunctionType& type, const std::vector<StateSpec>& specs, std::int64_t now_ms) {
    Learnt learnt;
    std::vector<KnownState> states = type.states;
    for (const StateSpec& spec : specs) {
        if (auto reason = object_to(spec)) {
            learnt.error = std::move(*reason);
            return learnt;
        }
        // Among those learnt from this answer, too: it may name one twice.
        auto known = std::find_if(states.begin(), states.end(), [&](const KnownState& state) {
            return state.name == spec.name;
        });
        if (known == states.end()) {
            states.push_back({spec});
            learnt.changed = true;
        } else if (known->type_name != spec.type_name) {
            learnt.error = "state '" + spec.name + "' is declared as " + spec.type_name +
                           ", but is stored as " + known->type_name +
                           "; use another name for the new type, or declare the old one again";
            return learnt;
        } else if (!same_expiration(*known, spec)) {
            learnt.news += (learnt.news.empty() ? "" : "; ") + change(*known, spec);
            take_expiration(*known, spec, now_ms);
            learnt.reindex = learnt.reindex || !known->indexed;
            learnt.changed = true;
        }
    }
    if (states.size() > kStatesPerTypeMax) {
        Learnt refused;
        refused.error =
            "a function type may declare " + std::to_string(kStatesPerTypeMax) + " states";
        return refused;
    }
    type.states = std::move(states);
    return learnt;
}

std::optional<std::size_t>
Registry::adopt(FunctionType& type, std::string_view state_name, std::string_view type_name) {
    if (type.states.size() == kStatesPerTypeMax) {
        return std::nullopt;
    }
    KnownState state;
    state.name = state_name;
    state.type_name = type_name;
    type.states.push_back(std::move(state));
    return type.states.size() - 1;
}

std::string Registry::key_of(const TypeName& name) {
    std::string key = storage::system_prefix(storage::Table::registry);
    storage::append_text(key, name.ns);
    storage::append_text(key, name.name);
    return key;
}

std::string Registry::pause_key_of(const TypeName& name) {
    return key_of(name).append(kPauseSuffix);
}

std::string Registry::encode(const FunctionType& type) {
    nlohmann::json states = nlohmann::json::array();
    for (const KnownState& state : type.states) {
        states.push_back(
            {{"name", state.name},
             {"type", state.type_name},
             {"mode", static_cast<int>(state.mode)},
             {"ttl_ms", state.expire_after_ms},
             {"touched_from_ms", state.touched_from_ms},
             {"indexed", state.indexed}}
        );
        if (type.names_lost) {
            states.back()["names_lost"] = true;
        }
    }
    return states.dump();
}

bool Registry::restore(std::string_view key, std::string_view value) {
    storage::KeyReader reader(key, storage::kSystemPrefixBytes);
    auto ns = reader.text();
    auto name = ns ? reader.text() : std::nullopt;
    if (name && reader.rest() == kPauseSuffix) {
        type({*ns, *name}).is_paused = true;
        return true;
    }
    if (!name) {
        any_names_lost_ = true;
        return false;
    }
    FunctionType& restored = type({*ns, *name});
    bool understood = restore_states(restored, value);
    restored.names_lost = restored.names_lost || !understood;
    return understood;
}

bool Registry::restore_states(FunctionType& type, std::string_view value) {
    auto states = nlohmann::json::parse(value, nullptr, false);
    if (!states.is_array()) {
        return false;
    }
    std::vector<KnownState> read;
    try {
        for (const auto& stored : states) {
            KnownState state;
            state.name = stored.at("name").get<std::string>();
            state.type_name = stored.at("type").get<std::string>();
            state.mode = mode_of(stored.at("mode").get<int>());
            state.expire_after_ms = stored.at("ttl_ms").get<std::int64_t>();
            state.touched_from_ms = stored.value("touched_from_ms", std::int64_t{0});
            state.indexed = stored.value("indexed", true);
            type.names_lost = type.names_lost || stored.value("names_lost", false);
            read.push_back(std::move(state));
        }
    } catch (const nlohmann::json::exception&) {
        return false;
    }
    type.states = std::move(read);
    return true;
}

void Registry::forget_states() {
    any_names_lost_ = false;
    for (auto& [name, type] : types_) {
        type->states.clear();
        type->names_lost = false;
        type->is_paused = false;
        type->canary = Canary::due;
        type->conflict.clear();
        type->stats.calls_in_flight = 0;
        type->stats.active_entities = 0;
        type->health.gate.ended(true);
        type->health.parked_alone = 0;  // What parked them may be undone.
        type->stats.backlog = 0;
        type->loads_out = 0;
        type->has_backlog = false;
    }
}

}  // namespace sfg::engine
