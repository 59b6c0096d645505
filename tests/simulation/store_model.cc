#include "tests/simulation/store_model.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sfg::sim {

std::string CountersModel::text() const {
    std::string text;
    auto add = [&text](const char* name, std::uint64_t value) {
        text += std::string(text.empty() ? "" : ", ") + name + " " + std::to_string(value);
    };
    add("accepted", accepted);
    add("sent", sent);
    add("fired", fired);
    add("consumed", consumed);
    add("set aside", set_aside);
    add("dropped", dropped);
    add("waiting", waiting);
    add("bytes", waiting_bytes);
    add("calls", calls);
    add("marks", marks);
    add("timers", timers);
    add("parked", parked);
    return text;
}

std::string TimerName::text() const {
    return std::to_string(value_of(message.number)) + "." + std::to_string(message.index) +
           ", due at " + std::to_string(due_ms);
}

std::optional<TimerName> StoreModel::first_timer(PartitionId home) const {
    auto found = timers.lower_bound(TimerName{home, 0, {}});
    bool there = found != timers.end() && found->first.home == home;
    return there ? std::optional(found->first) : std::nullopt;
}

void StoreModel::apply_messages(const Effects& effects) {
    for (const Effects::Put& put : effects.puts) {
        entities[put.target].mailbox.emplace(put.key, put.message);
        CountersModel& count = counters[put.partition];
        bool is_new = !effects.is_firing() && !effects.is_replay();
        bool from_outside = put.message.from_outside && is_new;
        count.fired += effects.is_firing() ? 1 : 0;
        count.accepted += from_outside ? 1 : 0;
        count.sent += is_new && !from_outside ? 1 : 0;
        ++count.waiting;
        count.waiting_bytes += put.message.bytes.size();
        if (from_outside) {
            accepted[put.message.uid].push_back(put.key);
        }
        seen.insert(put.message.uid);
    }
    for (const Effects::Gone& gone : effects.consumed) {
        EntityModel& entity = entities[gone.target];
        CountersModel& count = counters[partition_of(gone.target.id, partitions)];
        auto found = entity.mailbox.find(gone.key);
        if (found != entity.mailbox.end()) {
            count.waiting_bytes -= found->second.bytes.size();
            entity.mailbox.erase(found);
        }
        count.consumed += effects.fate == Fate::consumed ? 1 : 0;
        count.set_aside += effects.fate == Fate::set_aside ? 1 : 0;
        count.dropped += effects.fate == Fate::dropped ? 1 : 0;
        --count.waiting;
        entity.consumed = gone.key;
    }
}

void StoreModel::apply_timers(const Effects& effects) {
    for (const auto& [name, timer] : effects.armed) {
        timers.emplace(name, timer);
        ++counters[name.home].timers;
        if (timer.message.from_outside) {
            accepted[timer.message.uid].push_back(name.message);
        }
        seen.insert(timer.message.uid);
    }
    for (const TimerName& name : effects.timers_gone) {
        timers.erase(name);
        --counters[name.home].timers;
    }
    for (const TokenName& token : effects.tokens_gone) {
        tokens.erase(token);
    }
    for (const auto& [token, name] : effects.tokens) {
        tokens[token] = name;
    }
}

void StoreModel::apply_states(const Effects& effects) {
    for (const auto& [name, state] : effects.states) {
        auto& states = entities[name.first].states;
        if (state) {
            states[name.second] = *state;
        } else {
            states.erase(name.second);
        }
    }
    if (effects.touched) {
        entities[effects.touched->first].applied = effects.number;
        std::int64_t& touched = entities[effects.touched->first].touched_ms;
        touched = std::max(touched, effects.touched->second);
    }
    expiries.insert(effects.expiries.begin(), effects.expiries.end());
    for (const ExpiryName& gone : effects.expiries_gone) {
        expiries.erase(gone);
    }
    for (const auto& [type, specs] : effects.registry) {
        auto before = std::exchange(registry[type], specs);
        for (auto& [name, spec] : registry[type]) {
            auto old = before.find(name);
            bool was = old != before.end() && old->second.mode == ExpireMode::after_invoke;
            bool changes = old != before.end() && !was;
            spec.since_ms = was ? old->second.since_ms : changes ? effects.time_ms : 0;
        }
    }
}

void StoreModel::apply_letters(const Effects& effects) {
    for (const std::string& key : effects.letters_gone) {
        auto found = letters.find(key);
        if (found == letters.end()) {
            continue;
        }
        if (found->second.is_message) {
            CountersModel& count = counters[partition_of(found->second.owner.id, partitions)];
            --count.set_aside;
            count.dropped += effects.is_replay() ? 0 : 1;
        }
        letters.erase(found);
    }
    letters.insert(effects.letters.begin(), effects.letters.end());
}

void StoreModel::apply_sources(const Effects& effects) {
    for (const auto& [name, positions] : effects.source_rows) {
        for (const auto& [part, next] : positions) {
            sources[name].positions[part] = next;
        }
        sources[name].last = effects.number;
    }
    refused.insert(effects.refused.begin(), effects.refused.end());
    for (const std::string& key : effects.refused_gone) {
        refused.erase(key);
    }
}

std::int64_t SpecModel::ends_ms(std::int64_t stamp_ms, std::int64_t touched_ms) const {
    constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
    switch (mode) {
        case ExpireMode::after_write:
            return stamp_ms + ttl_ms;
        case ExpireMode::after_invoke:
            return std::max({stamp_ms, touched_ms, since_ms}) + ttl_ms;
        case ExpireMode::none:
            break;
    }
    return kNever;
}

const SpecModel* StoreModel::spec(const TypeName& type, const std::string& state) const {
    auto specs = registry.find(type);
    if (specs == registry.end() || !specs->second.contains(state)) {
        return nullptr;
    }
    return &specs->second.at(state);
}

StoreModel::End StoreModel::end_of(const Address& owner, const std::string& state) const {
    const EntityModel& entity = entities.at(owner);
    const SpecModel* declared = spec(owner.type, state);
    SpecModel kept;
    const SpecModel& known = declared == nullptr ? kept : *declared;
    std::int64_t stamp = entity.states.at(state).stamp_ms;
    return {
        known.ends_ms(stamp, entity.touched_ms),
        known.ends_ms(stamp, std::max(entity.touched_ms, entity.ahead_ms))
    };
}

void StoreModel::clock_begins(std::int64_t now_ms) {
    for (auto& [address, entity] : entities) {
        if (entity.touched_ms > now_ms) {
            entity.ahead_ms = std::max(entity.ahead_ms, std::exchange(entity.touched_ms, 0));
        }
    }
}

void StoreModel::apply(const Effects& effects) {
    last = effects.number;
    time_ms = std::max(time_ms, effects.time_ms);
    apply_messages(effects);
    apply_timers(effects);
    apply_states(effects);
    for (const auto& [target, status] : effects.status) {
        EntityModel& entity = entities[target];
        bool pauses = ((status ^ entity.status) & kPausedBit) != 0;
        // Who is paused or resumed rests on as before.
        if ((status & kParkedBit) != 0 && !pauses) {
            entity.parked_ms = effects.time_ms;
        }
        std::uint64_t& parked = counters[partition_of(target.id, partitions)].parked;
        parked -= (entity.status & kParkedBit) != 0 ? 1 : 0;
        parked += (status & kParkedBit) != 0 ? 1 : 0;
        entity.status = status;
    }
    apply_letters(effects);
    apply_sources(effects);
    for (const auto& [type, pauses] : effects.type_pauses) {
        paused_types.erase(type);
        if (pauses) {
            paused_types.insert(type);
        }
    }
    for (const auto& [id, call] : effects.held) {
        calls[id] = call;
    }
    for (const auto& [place, record] : effects.records) {
        EgressModel& egress = egresses[place.first];
        egress.records[place.second] = record;
        egress.next = place.second + 1;
    }
    for (const auto& [name, position] : effects.taken) {
        egresses[name].records.erase(position);
    }
    for (const auto& [id, call] : effects.calls) {
        counters[partition_of(id, partitions)].calls += calls.contains(id) ? 0 : 1;
        calls[id] = call;
    }
    for (const std::string& id : effects.calls_gone) {
        --counters[partition_of(id, partitions)].calls;
        calls[id].gone = true;
    }
    for (const auto& [name, mark] : effects.marks) {
        marks[name] = mark;
    }
    for (PartitionId partition : effects.hours) {
        ++counters[partition].marks;
    }
    for (PartitionId partition : effects.hours_gone) {
        --counters[partition].marks;
    }
    for (const MarkName& name : effects.marks_gone) {
        marks.erase(name);
    }
}

}  // namespace sfg::sim
