#include "tests/simulation/store_model.h"

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
    return text;
}

void StoreModel::apply(const Effects& effects) {
    last = effects.number;
    for (const Effects::Put& put : effects.puts) {
        entities[put.target].mailbox.emplace(put.key, put.message);
        CountersModel& count = counters[put.partition];
        ++(put.message.from_outside ? count.accepted : count.sent);
        ++count.waiting;
        count.waiting_bytes += put.message.bytes.size();
        if (put.message.from_outside) {
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
        ++count.consumed;
        --count.waiting;
        entity.consumed = gone.key;
    }
    for (const auto& [name, state] : effects.states) {
        auto& states = entities[name.first].states;
        if (state) {
            states[name.second] = state->typed_value;
        } else {
            states.erase(name.second);
        }
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
    for (const auto& [type, names] : effects.registry) {
        registry[type] = names;
    }
}

}  // namespace sfg::sim
