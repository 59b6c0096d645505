#include "tests/simulation/decode.h"

#include "protocol/codec.h"
#include "storage/key_codec.h"

#include <nlohmann/json.hpp>

namespace sfg::sim {

namespace {

using storage::KeyReader;
using storage::Table;

struct Key {
    bool of_partition = false;
    PartitionId partition = 0;
    Table table{};
    KeyReader rest;
};

Key read_key(std::string_view key) {
    auto byte = [key](std::size_t at) {
        return static_cast<unsigned char>(key.at(at));
    };
    if (key.at(0) == '\0') {
        return {false, 0, Table{byte(1)}, KeyReader(key, storage::kSystemPrefixBytes)};
    }
    auto partition = static_cast<PartitionId>(byte(1) << 8 | byte(2));
    return {true, partition, Table{byte(3)}, KeyReader(key, storage::kPartitionPrefixBytes)};
}

MessageKey read_message_key(KeyReader& reader) {
    auto number = reader.u64().value_or(0);
    return {CommitNumber{number}, reader.u32().value_or(0)};
}

StoredMessage read_message(std::string_view bytes) {
    StoredMessage message;
    message.bytes = std::string(bytes);
    auto decoded = decode_message(bytes);
    if (decoded) {
        message.uid = uid_of(decoded->argument.value);
        message.from_outside =
            !decoded->caller || decoded->caller->type == TypeName{"io.statefun.gateway", "call"};
    }
    return message;
}

// The order of the fields is the order on disk.
std::pair<CountersModel, std::uint64_t> read_counters(std::string_view bytes) {
    KeyReader reader(bytes, 0);
    auto one = [&reader] {
        return reader.u64().value_or(~0ULL);
    };
    CountersModel counters;
    counters.accepted = one();
    counters.sent = one();
    counters.fired = one();
    counters.consumed = one();
    counters.set_aside = one();
    counters.dropped = one();
    counters.waiting = one();
    counters.waiting_bytes = one();
    counters.calls = one();
    counters.marks = one();
    return {counters, one()};
}

RecordModel read_record(const TypeName& egress, std::string_view stored) {
    RecordModel record;
    record.typed_value = std::string(stored.substr(kMessageHeadBytes));
    if (egress.text() == "io.statefun.playground/egress") {
        auto value = decode_typed_value(record.typed_value);
        auto json = nlohmann::json::parse(value ? value->value : "", nullptr, false);
        record.lane = json.is_object() ? json.value("topic", "") : "";
    }
    return record;
}

CallModel read_call(std::string_view bytes) {
    CallModel call;
    call.replied = bytes.at(0) != '\0';
    call.keyed = bytes.at(1) != '\0';
    KeyReader reader(bytes, 2);
    call.created_ms = static_cast<std::int64_t>(reader.u64().value_or(0));
    call.reply = std::string(reader.rest());
    return call;
}

MarkModel read_mark(std::string_view bytes) {
    KeyReader reader(bytes, 0);
    MarkModel mark;
    mark.message = read_message_key(reader);
    mark.hash = reader.u64().value_or(0);
    mark.time_ms = static_cast<std::int64_t>(reader.u64().value_or(0));
    return mark;
}

TypeName read_type(KeyReader& reader) {
    auto ns = reader.text();
    auto name = reader.text();
    return {ns.value_or("?"), name.value_or("?")};
}

std::set<std::string> read_states(std::string_view bytes) {
    std::set<std::string> names;
    for (const auto& state : nlohmann::json::parse(bytes, nullptr, false)) {
        names.insert(state.value("name", "?"));
    }
    return names;
}

MarkName read_mark_name(Key& key) {
    Address target = key.rest.address().value_or(Address{});
    return {std::move(target), key.rest.text().value_or("?")};
}

bool put_in_system(Effects& effects, Key& key, std::string_view value) {
    switch (key.table) {
        case Table::store:
            return true;  // The ceiling and the time: the process's audit looks at them.
        case Table::outbox: {
            TypeName egress = read_type(key.rest);
            std::uint64_t position = key.rest.u64().value_or(0);
            effects.records.push_back({{egress, position}, read_record(egress, value)});
            return true;
        }
        case Table::egress_row: {
            TypeName egress = read_type(key.rest);
            KeyReader reader(value, 0);
            Effects::EgressRow& row = effects.egress_rows[egress];
            row.delivered = reader.u64().value_or(0);
            row.next = reader.u64().value_or(0);
            row.waiting = reader.u64().value_or(0);
            return true;
        }
        case Table::registry:
            effects.registry[read_type(key.rest)] = read_states(value);
            return true;
        default:
            return false;
    }
}

bool put_in_partition(Effects& effects, Key& key, std::string_view value) {
    switch (key.table) {
        case Table::partition_row:
            std::tie(effects.counters[key.partition], effects.last_numbers[key.partition]) =
                read_counters(value);
            return true;
        case Table::entity: {
            KeyReader reader(value, 0);
            Address target = key.rest.address().value_or(Address{});
            effects.consumed_rows[target] = read_message_key(reader);
            return true;
        }
        case Table::state: {
            Address owner = key.rest.address().value_or(Address{});
            Effects::State state{std::string(state_typed_value(value)), state_stamp(value)};
            effects.states[{owner, key.rest.text().value_or("?")}] = std::move(state);
            return true;
        }
        case Table::mark:
            effects.marks[read_mark_name(key)] = read_mark(value);
            return true;
        case Table::mark_by_hour:
            effects.hours.push_back(key.partition);
            return true;
        case Table::call:
            effects.calls[std::string(key.rest.rest())] = read_call(value);
            return true;
        case Table::dead_letter:
            ++effects.dead_letters;
            return true;
        default:
            return false;
    }
}

bool erase(Effects& effects, Key& key) {
    switch (key.table) {
        case Table::outbox: {
            TypeName egress = read_type(key.rest);
            effects.taken.emplace_back(egress, key.rest.u64().value_or(0));
            return true;
        }
        case Table::state: {
            Address owner = key.rest.address().value_or(Address{});
            effects.states[{owner, key.rest.text().value_or("?")}] = std::nullopt;
            return true;
        }
        case Table::mark:
            effects.marks_gone.insert(read_mark_name(key));
            return true;
        case Table::mark_by_hour:
            effects.hours_gone.push_back(key.partition);
            return true;
        case Table::call:
            effects.calls_gone.insert(std::string(key.rest.rest()));
            return true;
        default:
            return false;
    }
}

void put(Effects& effects, std::string_view key, std::string_view value) {
    Key read = read_key(key);
    bool known = read.of_partition ? put_in_partition(effects, read, value)
                                   : put_in_system(effects, read, value);
    if (!known) {
        effects.unknown.push_back("put " + readable(key));
    }
}

}  // namespace

Effects decode(const engine::Commit& commit) {
    Effects effects;
    effects.number = commit.number;
    for (const auto& message : commit.messages) {
        Key key = read_key(message.key);
        Effects::Put put;
        put.partition = key.partition;
        put.target = key.rest.address().value_or(Address{});
        put.key = read_message_key(key.rest);
        put.message = read_message(message.value.view());
        if (!key.of_partition || key.table != Table::message) {
            effects.unknown.push_back("message " + readable(message.key));
        }
        effects.puts.push_back(std::move(put));
    }
    for (const auto& gone : commit.consumed) {
        Key key = read_key(gone.key);
        Address target = key.rest.address().value_or(Address{});
        MessageKey message = read_message_key(key.rest);
        if (key.table != Table::message || message != gone.message) {
            effects.unknown.push_back("consumed " + readable(gone.key));
        }
        effects.consumed.push_back({std::move(target), message});
    }
    for (const auto& one : commit.puts) {
        put(effects, one.key, one.value.view());
    }
    for (const std::string& gone : commit.deletes) {
        Key key = read_key(gone);
        if (!erase(effects, key)) {
            effects.unknown.push_back("delete " + readable(gone));
        }
    }
    for (const auto& row : commit.rows) {
        put(effects, row.key, row.value);
    }
    return effects;
}

std::string uid_of(std::string_view text) {
    return std::string(text.substr(0, text.find('|')));
}

std::string readable(std::string_view bytes) {
    std::string text;
    for (char c : bytes) {
        bool plain = c > ' ' && c < '\x7f';
        char buffer[8];
        std::snprintf(
            buffer, sizeof buffer, plain ? "%c" : "\\%02x", static_cast<unsigned char>(c)
        );
        text += buffer;
    }
    return text;
}

}  // namespace sfg::sim
