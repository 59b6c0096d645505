#include "tests/simulation/decode_rows.h"

#include "protocol/codec.h"
#include "tests/simulation/decode.h"

#include <nlohmann/json.hpp>

namespace sfg::sim {

using storage::KeyReader;
using storage::Table;

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
        if (decoded->caller && decoded->caller->type == TypeName{"io.statefun.gateway", "call"}) {
            message.call = decoded->caller->id;
        }
        message.from_outside = !decoded->caller || !message.call.empty();
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
    std::uint64_t last_number = one();
    counters.timers = one();
    counters.parked = one();
    return {counters, last_number};
}

// The number of counters, then for each partition its number and those counters, all as varints.
std::vector<std::pair<PartitionId, std::string>> read_tally(std::string_view bytes) {
    auto next = [&bytes] {
        std::uint64_t value = 0;
        for (unsigned shift = 0; !bytes.empty(); shift += 7) {
            auto byte = static_cast<unsigned char>(bytes.front());
            bytes.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if (byte < 0x80) {
                break;
            }
        }
        return value;
    };
    std::vector<std::pair<PartitionId, std::string>> rows;
    std::uint64_t fields = next();
    while (!bytes.empty()) {
        auto& [partition, counters] = rows.emplace_back();
        partition = static_cast<PartitionId>(next());
        for (std::uint64_t i = 0; i < fields; ++i) {
            storage::append_u64(counters, next());
        }
    }
    return rows;
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
    call.replied = bytes.at(0) == 1;
    call.held = bytes.at(0) == 2;
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

std::string letter_key(PartitionId home, const Address& owner, MessageKey own) {
    std::string key = storage::entity_prefix(home, Table::dead_letter, owner);
    storage::append_message_key(key, own);
    return key;
}

// A description, its length before it, then the bytes.
LetterModel read_letter(const Address& owner, MessageKey own, std::string_view value) {
    constexpr std::uint32_t kEgressBit = std::uint32_t{1} << 31U;
    KeyReader reader(value, 0);
    std::size_t length = reader.u32().value_or(0);
    LetterModel letter{owner, own, (own.index & kEgressBit) == 0, {}, {}};
    letter.why = std::string(reader.rest().substr(0, length));
    letter.bytes = std::string(reader.rest().substr(length));
    return letter;
}

std::string refused_key(const TypeName& source, MessageKey own) {
    std::string key = storage::system_prefix(Table::refused);
    storage::append_text(key, source.ns);
    storage::append_text(key, source.name);
    storage::append_message_key(key, own);
    return key;
}

// Where it stood and when it came, its part, and what its driver said of it.
RefusedModel read_refused(const TypeName& source, MessageKey own, std::string_view value) {
    KeyReader reader(value, 0);
    RefusedModel record;
    record.source = source;
    record.own = own;
    record.position = reader.u64().value_or(0);
    record.time_ms = static_cast<std::int64_t>(reader.u64().value_or(0));
    record.part = reader.text().value_or("?");
    record.record = std::string(reader.rest());
    return record;
}

TypeName read_type(KeyReader& reader) {
    auto ns = reader.text();
    auto name = reader.text();
    return {ns.value_or("?"), name.value_or("?")};
}

std::map<std::string, SpecModel> read_specs(std::string_view bytes) {
    std::map<std::string, SpecModel> specs;
    for (const auto& state : nlohmann::json::parse(bytes, nullptr, false)) {
        SpecModel& spec = specs[state.value("name", "?")];
        spec.mode = static_cast<ExpireMode>(state.value("mode", 0));
        spec.ttl_ms = state.value("ttl_ms", std::int64_t{0});
    }
    return specs;
}

ExpiryName read_expiry(Key& key) {
    ExpiryName name;
    name.home = key.partition;
    name.due_ms = static_cast<std::int64_t>(key.rest.u64().value_or(0));
    name.owner = key.rest.address().value_or(Address{});
    name.state = key.rest.text().value_or("?");
    return name;
}

MarkName read_mark_name(Key& key) {
    Address target = key.rest.address().value_or(Address{});
    return {std::move(target), key.rest.text().value_or("?")};
}

TimerName read_timer_name(PartitionId home, KeyReader& reader) {
    std::uint64_t due = reader.u64().value_or(0);
    return {home, due, read_message_key(reader)};
}

TokenName read_token(KeyReader& reader) {
    Address sender = reader.address().value_or(Address{});
    return {std::move(sender), reader.text().value_or("?")};
}

// A byte of form, the token's key behind its prefix, the target, the message.
TimerModel read_timer(std::string_view bytes) {
    TimerModel timer;
    if (bytes.empty() || bytes[0] != 1) {
        return timer;
    }
    KeyReader reader(bytes, 1);
    std::string token = reader.text().value_or("?");
    if (!token.empty()) {
        KeyReader name(token, 0);
        timer.token = read_token(name);
    }
    timer.target = reader.address().value_or(Address{});
    timer.message = read_message(reader.rest());
    return timer;
}

}  // namespace sfg::sim
