#include "tests/simulation/decode.h"

#include "protocol/codec.h"
#include "tests/simulation/decode_rows.h"

namespace sfg::sim {

namespace {

using storage::KeyReader;
using storage::Table;

// Behind a type's name, while it is paused.
constexpr std::string_view kPauseRow = "pause";

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
        case Table::source_position: {
            TypeName source = read_type(key.rest);
            std::uint64_t number = KeyReader(value, 0).u64().value_or(~0ULL);
            if (key.rest.rest().empty()) {
                effects.source_counts[source] = number;
            } else {
                effects.source_rows[source][key.rest.text().value_or("?")] = number;
            }
            return true;
        }
        case Table::refused: {
            TypeName source = read_type(key.rest);
            MessageKey own = read_message_key(key.rest);
            effects.refused[refused_key(source, own)] = read_refused(source, own, value);
            return true;
        }
        case Table::registry: {
            TypeName type = read_type(key.rest);
            if (key.rest.rest() == kPauseRow) {
                effects.type_pauses[type] = true;
            } else {
                effects.registry[type] = read_specs(value);
            }
            return true;
        }
        default:
            return false;
    }
}

bool put_in_partition(Effects& effects, Key& key, std::string_view value) {
    switch (key.table) {
        case Table::partition_row:
            if (key.rest.text() == "timers") {
                KeyReader reader(value, 0);
                effects.timers_begin[key.partition] = read_timer_name(key.partition, reader);
                return true;
            }
            std::tie(effects.counters[key.partition], effects.last_numbers[key.partition]) =
                read_counters(value);
            return true;
        case Table::entity: {
            KeyReader reader(value, 0);
            Address target = key.rest.address().value_or(Address{});
            effects.consumed_rows[target] = read_message_key(reader);
            static_cast<void>(reader.u64());  // When it was touched.
            effects.status[target] = static_cast<std::uint8_t>(reader.rest().at(0));
            return true;
        }
        case Table::state: {
            Address owner = key.rest.address().value_or(Address{});
            StateModel state{std::string(state_typed_value(value)), state_stamp(value)};
            effects.states[{owner, key.rest.text().value_or("?")}] = std::move(state);
            return true;
        }
        case Table::mark:
            effects.marks[read_mark_name(key)] = read_mark(value);
            return true;
        case Table::mark_by_hour:
            effects.hours.push_back(key.partition);
            return true;
        case Table::expiry:
            effects.expiries.push_back(read_expiry(key));
            return true;
        case Table::token: {
            KeyReader reader(value, 0);
            effects.tokens[read_token(key.rest)] = read_timer_name(key.partition, reader);
            return true;
        }
        case Table::call:
            effects.calls[std::string(key.rest.rest())] = read_call(value);
            return true;
        case Table::dead_letter: {
            Address owner = key.rest.address().value_or(Address{});
            MessageKey own = read_message_key(key.rest);
            effects.letters[letter_key(key.partition, owner, own)] = read_letter(owner, own, value);
            return true;
        }
        default:
            return false;
    }
}

bool erase(Effects& effects, Key& key) {
    switch (key.table) {
        case Table::registry:
            effects.type_pauses[read_type(key.rest)] = false;
            return key.rest.rest() == kPauseRow;
        case Table::outbox: {
            TypeName egress = read_type(key.rest);
            effects.taken.emplace_back(egress, key.rest.u64().value_or(0));
            return true;
        }
        case Table::refused: {
            TypeName source = read_type(key.rest);
            effects.refused_gone.insert(refused_key(source, read_message_key(key.rest)));
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
        case Table::expiry:
            effects.expiries_gone.push_back(read_expiry(key));
            return true;
        case Table::token:
            effects.tokens_gone.insert(read_token(key.rest));
            return true;
        case Table::call:
            effects.calls_gone.insert(std::string(key.rest.rest()));
            return true;
        case Table::dead_letter: {
            Address owner = key.rest.address().value_or(Address{});
            effects.letters_gone.insert(letter_key(key.partition, owner, read_message_key(key.rest))
            );
            return true;
        }
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

// Messages and timers are numbered together, as they stand in the commit.
void add_message(Effects& effects, std::string_view text, std::string_view message) {
    Key key = read_key(text);
    std::uint32_t index = effects.numbered++;
    MessageKey own;
    if (key.of_partition && key.table == Table::timer) {
        TimerName name = read_timer_name(key.partition, key.rest);
        own = name.message;
        effects.armed.emplace_back(name, read_timer(message));
    } else if (key.of_partition && key.table == Table::message) {
        Effects::Put put;
        put.partition = key.partition;
        put.target = key.rest.address().value_or(Address{});
        own = put.key = read_message_key(key.rest);
        put.message = read_message(message);
        effects.puts.push_back(std::move(put));
    }
    if (own != MessageKey{effects.number, index}) {
        effects.unknown.push_back("message " + readable(text));
    }
}

void take_message(Effects& effects, std::string_view text, MessageKey message) {
    Key key = read_key(text);
    MessageKey own;
    if (key.of_partition && key.table == Table::timer) {
        effects.timers_gone.push_back(read_timer_name(key.partition, key.rest));
        own = effects.timers_gone.back().message;
    } else if (key.of_partition && key.table == Table::message) {
        Address target = key.rest.address().value_or(Address{});
        own = read_message_key(key.rest);
        effects.consumed.push_back({std::move(target), own});
    }
    if (own != message) {
        effects.unknown.push_back("consumed " + readable(text));
    }
}

}  // namespace

Effects decode(const engine::Commit& commit) {
    Effects effects;
    effects.number = commit.number;
    for (const auto& message : commit.messages) {
        add_message(effects, commit.of(message.key), message.value.view());
    }
    for (const auto& gone : commit.consumed) {
        take_message(effects, commit.of(gone.key), gone.message);
    }
    for (const auto& one : commit.puts) {
        put(effects, commit.of(one.key), one.value.view());
    }
    for (engine::Commit::Part gone : commit.deletes) {
        Key key = read_key(commit.of(gone));
        if (!erase(effects, key)) {
            effects.unknown.push_back("delete " + readable(commit.of(gone)));
        }
    }
    for (const auto& row : commit.rows) {
        put(effects, commit.of(row.key), commit.of(row.value));
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
