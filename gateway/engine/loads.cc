#include "gateway/engine/loads.h"

#include "protocol/assert.h"
#include "protocol/limits.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

// The first part of an entity's load; its states by name follow.
constexpr std::size_t kRowGet = 0;
constexpr std::size_t kStateGets = 1;

// The head of a mailbox that one read brings: a batch, but not more than this.
constexpr std::size_t kHeadBytesMax = 1 * kMiB;
constexpr std::size_t kHeadMessagesMax = kBatchMessagesMax;
// Those that are loaded, and that new messages keep busy, can't keep the others waiting for ever:
// one more entity is loaded after so many calls, also where enough are at hand; when memory is
// short, after more.
constexpr std::uint32_t kCallsPerTurn = 2;
constexpr std::uint32_t kCallsPerLoad = 16;

std::string message_key(const Entity& entity, MessageKey message) {
    std::string key = entity.key(Table::message);
    storage::append_message_key(key, message);
    return key;
}

std::size_t bytes_of(const ReadResult& result) {
    std::size_t bytes = 0;
    for (const auto& value : result.gets) {
        bytes += value ? value->size() + Mailbox::kItemBytes : 0;
    }
    for (const storage::ScanResult& scan : result.scans) {
        for (const storage::Row& row : scan.rows) {
            bytes += row.value.size() + Mailbox::kItemBytes;
        }
    }
    return bytes;
}

}  // namespace

void Loads::settle() {
    while (out_.count < kLoadsOutMax) {
        Entity* entity = core_.to_load.next([this](const Entity& one) { return may_load(one); });
        if (entity == nullptr) {
            return;
        }
        core_.endpoint_waits[*entity->endpoint].calls_since_load = 0;
        entity->residence == Residence::cold ? load_entity(*entity) : read_mailbox(*entity);
    }
}

bool Loads::may_load(const Entity& entity) const {
    EndpointId endpoint = *entity.endpoint;
    const FunctionType& type = *entity.type;
    const Core::EndpointWaits& waits = core_.endpoint_waits[endpoint];
    std::uint32_t supply = waits.ready + out_.by_endpoint[endpoint];
    std::size_t expected = core_.memory_used() + out_.bytes + type.load_size.expected();
    if (expected > core_.options.memory_budget_bytes) {
        bool idle = supply + core_.dispatcher.in_flight(endpoint) == 0;
        return idle || (waits.calls_since_load >= kCallsPerLoad && out_.by_endpoint[endpoint] == 0);
    }
    bool wanted = supply < core_.supply_wanted(endpoint) || waits.calls_since_load >= kCallsPerTurn;
    // The first one of a type tells how large its entities are.
    return wanted && (type.load_size.known() || type.loads_out == 0);
}

void Loads::begin(Entity& entity) {
    ++out_.count;
    ++entity.type->loads_out;
    entity.load_bytes = entity.type->load_size.expected();
    out_.bytes += entity.load_bytes;
    if (entity.endpoint) {
        ++out_.by_endpoint[*entity.endpoint];
    }
}

void Loads::end(Entity& entity, std::size_t bytes) {
    --out_.count;
    --entity.type->loads_out;
    out_.bytes -= entity.load_bytes;
    if (entity.endpoint) {
        --out_.by_endpoint[*entity.endpoint];
    }
    entity.type->load_size.saw(bytes);
    entity.load = {};
}

void Loads::clear() {
    out_ = {};
    out_.by_endpoint.resize(core_.policies.size());
}

void Loads::load_entity(Entity& entity) {
    entity.residence = Residence::loading;
    ++core_.stats.loads;
    const FunctionType& type = *entity.type;
    Wanted wanted;
    if (core_.registry.knows_all_names(type) && type.states.size() <= kStatesByNameMax) {
        wanted.states = type.states.size();
    } else {
        wanted.states_from = entity.key(Table::state);
    }
    if (entity.mailbox.has_middle() && entity.mailbox.ready() == 0) {
        wanted.before = entity.mailbox.begin_read({core_.ledger.next_number(), 0}).before;
    }
    read_entity(entity, std::move(wanted));
}

void Loads::read_entity(Entity& entity, Wanted wanted) {
    ReadRequest request;
    request.gets.push_back({entity.key(Table::entity)});
    for (std::size_t i = 0; i < wanted.states; ++i) {
        request.gets.push_back({entity.state_key(entity.type->states[i].name)});
    }
    if (wanted.states_from) {
        storage::Range states =
            whole(entity.key(Table::state), kStatesPerTypeMax, kStatesPerTypeMax * kMiB);
        states.from = *wanted.states_from;
        request.scans.push_back({std::move(states), {}, 0});
    }
    if (wanted.before) {
        storage::Range mailbox{
            entity.key(Table::message),
            message_key(entity, *wanted.before),
            kHeadMessagesMax,
            kHeadBytesMax
        };
        request.scans.push_back({std::move(mailbox), kRowGet, kConsumedAt});
    }
    begin(entity);
    auto then = [this, address = entity.address, wanted = std::move(wanted)](ReadResult result) {
        take_entity(address, wanted, std::move(result));
    };
    entity.load = core_.reads.start(std::move(request), std::move(then));
}

void Loads::take_entity(const Address& address, Wanted wanted, ReadResult result) {
    Entity* entity = core_.entities.find(address);
    SFG_ASSERT(entity != nullptr, "an entity that is being read stays in memory");
    end(*entity, bytes_of(result));
    for (std::size_t i = 0; i < wanted.states; ++i) {
        if (const auto& value = result.gets[kStateGets + i]) {
            take_state(*entity, i, *value);
        }
    }
    if (wanted.states_from) {
        storage::ScanResult& states = result.scans.front();
        take_states(*entity, states);
        if (states.more) {
            // Nothing of it changes while it is being read.
            core_.entities.touch(*entity);
            wanted.states_from = states.rows.back().key + '\0';
            read_entity(*entity, std::move(wanted));
            return;
        }
    }
    core_.entities.touch(*entity);
    entity->residence = Residence::loaded;
    if (result.gets[kRowGet]) {
        if (auto row = decode_entity_row(result.gets[kRowGet]->view())) {
            core_.take_entity_row(*entity, *row);
        } else {
            core_.notice_damage("entity", entity->key(Table::entity));
        }
    }
    if (wanted.before) {
        take_mailbox(*entity, result.scans.back());
    }
    core_.entities.touch(*entity);
    core_.consider(*entity);
}

void Loads::take_state(Entity& entity, std::size_t ordinal, const SharedBytes& value) {
    if (entity.states.size() <= ordinal) {
        entity.states.resize(ordinal + 1);
    }
    entity.state_bytes += value.size();
    entity.states[ordinal] = value;
}

void Loads::take_states(Entity& entity, const storage::ScanResult& rows) {
    std::size_t prefix = entity.key(Table::state).size();
    std::size_t known = entity.type->states.size();
    std::size_t nameless = 0;
    for (const storage::Row& row : rows.rows) {
        auto ordinal = ordinal_of(*entity.type, row, prefix);
        if (!ordinal) {
            if (nameless++ == 0) {
                core_.notice_damage("state", row.key);
            }
            continue;
        }
        take_state(entity, *ordinal, row.value);
    }
    if (nameless > 1) {
        core_.actions.notice(
            std::to_string(nameless - 1) + " more values of " +
            entity.address.text().substr(0, 300) + " are left alone: a function type has at most " +
            std::to_string(kStatesPerTypeMax) + " names of states"
        );
    }
    if (entity.type->states.size() > known) {
        keep_names(*entity.type, known);
    }
}

// Of the state that a row holds. If the registry has lost its name, it gets it from here.
std::optional<std::size_t>
Loads::ordinal_of(FunctionType& type, const storage::Row& row, std::size_t prefix) {
    storage::KeyReader reader(row.key, prefix);
    auto name = reader.text();
    auto ordinal = name ? type.ordinal_of(*name) : std::nullopt;
    if (ordinal || !name || row.value.size() < kStateHeadBytes) {
        return ordinal;
    }
    auto value = decode_typed_value(state_typed_value(row.value.view()));
    return value ? Registry::adopt(type, *name, value->type_name) : std::nullopt;
}

void Loads::keep_names(const FunctionType& type, std::size_t known) {
    std::string names;
    for (std::size_t i = known; i < type.states.size(); ++i) {
        names += (names.empty() ? "'" : ", '") + type.states[i].name + "'";
    }
    core_.actions.notice(
        "states of " + type.name.text() + ": values of " + names.substr(0, 1000) +
        " are stored, though it was not known that it has such states; they are kept, and sent"
    );
    Draft& draft = core_.ledger.open();
    draft.put_row(Registry::key_of(type.name), Registry::encode(type));
    core_.ledger.close(draft);
}

void Loads::read_ahead(Entity& entity) {
    if (entity.mailbox.has_middle() && !entity.mailbox.read_out() && out_.count < kLoadsOutMax &&
        !core_.memory_is_short()) {
        read_mailbox(entity);
    }
}

void Loads::bring(Entity& entity) {
    if (entity.load != RequestId{}) {
        return;
    }
    core_.leave_lines(entity);
    entity.residence == Residence::cold ? load_entity(entity) : read_mailbox(entity);
    core_.set_reason(entity, WaitReason::loading);
}

void Loads::read_mailbox(Entity& entity) {
    if (entity.mailbox.read_out()) {
        return;
    }
    auto gap = entity.mailbox.begin_read({core_.ledger.next_number(), 0});
    ReadRequest request;
    std::string from = message_key(entity, gap.after);
    from += '\0';  // Strictly after.
    storage::Range range{
        std::move(from), message_key(entity, gap.before), kHeadMessagesMax, kHeadBytesMax
    };
    request.scans.push_back({std::move(range), {}, 0});
    begin(entity);
    entity.load =
        core_.reads.start(std::move(request), [this, address = entity.address](ReadResult result) {
            Entity* entity_read = core_.entities.find(address);
            SFG_ASSERT(entity_read != nullptr, "an entity that is being read stays in memory");
            end(*entity_read, bytes_of(result));
            take_mailbox(*entity_read, result.scans[0]);
            core_.entities.touch(*entity_read);
            core_.consider(*entity_read);
        });
}

void Loads::take_mailbox(Entity& entity, storage::ScanResult& rows) {
    std::size_t prefix = entity.key(Table::message).size();
    std::vector<Mailbox::Item> items;
    items.reserve(rows.rows.size());
    for (storage::Row& row : rows.rows) {
        MessageKey key = storage::read_message_key(std::string_view(row.key).substr(prefix));
        items.push_back({key, key.number, std::move(row.value)});
    }
    entity.mailbox.end_read(std::move(items), rows.more);
}

}  // namespace sfg::engine
