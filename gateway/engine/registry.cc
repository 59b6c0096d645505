#include "gateway/engine/registry.h"

#include "storage/key_codec.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sfg::engine {

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
        if (auto endpoint = module_.endpoint_of(name)) {
            slot->endpoint = static_cast<EndpointId>(*endpoint);
        } else {
            ++unbound_;
        }
        in_order_.push_back(slot.get());
    }
    return *slot;
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

Registry::Learnt Registry::learn(FunctionType& type, const std::vector<StateSpec>& specs) {
    Learnt learnt;
    std::vector<StateSpec> states = type.states;
    for (const StateSpec& spec : specs) {
        if (spec.mode != ExpireMode::none) {
            learnt.error = "state '" + spec.name +
                           "' declares an expiration, which is not yet supported by this version";
            return learnt;
        }
        if (spec.name.empty() || spec.name.size() > kNameBytesMax ||
            spec.type_name.size() > kNameBytesMax) {
            learnt.error = "a declared state has an empty or too long name, or a too long type";
            return learnt;
        }
        // Among those learnt from this answer, too: it may name one twice.
        auto known = std::find_if(states.begin(), states.end(), [&](const StateSpec& state) {
            return state.name == spec.name;
        });
        if (known == states.end()) {
            states.push_back(spec);
            learnt.changed = true;
        } else if (known->type_name != spec.type_name) {
            learnt.error = "state '" + spec.name + "' is declared as " + spec.type_name +
                           ", but is stored as " + known->type_name +
                           "; use another name for the new type, or declare the old one again";
            return learnt;
        } else if (!(*known == spec)) {
            *known = spec;
            learnt.changed = true;
        }
    }
    if (states.size() > kStatesPerTypeMax) {
        learnt.error =
            "a function type may declare " + std::to_string(kStatesPerTypeMax) + " states";
        learnt.changed = false;
        return learnt;
    }
    type.states = std::move(states);
    return learnt;
}

std::string Registry::key_of(const TypeName& name) {
    std::string key = storage::system_prefix(storage::Table::registry);
    storage::append_text(key, name.ns);
    storage::append_text(key, name.name);
    return key;
}

std::string Registry::encode(const FunctionType& type) {
    nlohmann::json states = nlohmann::json::array();
    for (const StateSpec& spec : type.states) {
        states.push_back(
            {{"name", spec.name},
             {"type", spec.type_name},
             {"mode", static_cast<int>(spec.mode)},
             {"ttl_ms", spec.expire_after_ms}}
        );
    }
    return states.dump();
}

bool Registry::restore(std::string_view key, std::string_view value) {
    storage::KeyReader reader(key, storage::kSystemPrefixBytes);
    auto ns = reader.text();
    auto name = ns ? reader.text() : std::nullopt;
    auto states = nlohmann::json::parse(value, nullptr, false);
    if (!name || !states.is_array()) {
        return false;
    }
    std::vector<StateSpec> read;
    try {
        for (const auto& state : states) {
            StateSpec spec;
            spec.name = state.at("name").get<std::string>();
            spec.type_name = state.at("type").get<std::string>();
            spec.mode = static_cast<ExpireMode>(state.at("mode").get<int>());
            spec.expire_after_ms = state.at("ttl_ms").get<std::int64_t>();
            read.push_back(std::move(spec));
        }
    } catch (const nlohmann::json::exception&) {
        return false;
    }
    type({*ns, *name}).states = std::move(read);
    return true;
}

void Registry::forget_states() {
    for (auto& [name, type] : types_) {
        type->states.clear();
        type->canary = Canary::due;
        type->stats.calls_in_flight = 0;
        type->stats.active_entities = 0;
        type->health.gate.ended(true);
        type->stats.backlog = 0;
        type->loads_out = 0;
    }
}

}  // namespace sfg::engine
