#include "gateway/engine/loads.h"

#include "gateway/engine/entity_row.h"
#include "protocol/assert.h"
#include "protocol/limits.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

// The parts of an entity's load.
constexpr std::size_t kRowGet = 0;
constexpr std::size_t kStatesScan = 0;
constexpr std::size_t kMailboxScan = 1;

// The head of a mailbox that one read brings: a batch, but not more than this.
constexpr std::size_t kHeadBytesMax = 1 * kMiB;
constexpr std::size_t kHeadMessagesMax = kBatchMessagesMax;

std::string message_key(const Entity& entity, MessageKey message) {
    std::string key = entity.key(Table::message);
    storage::append_message_key(key, message);
    return key;
}

}  // namespace

void Loads::settle() {
    while (loads_out_ < kLoadsOutMax && !core_.to_load.empty()) {
        Entity& entity = core_.to_load.front();
        entity.in_line.unlink();
        entity.residence == Residence::cold ? load_entity(entity) : read_mailbox(entity);
    }
}

void Loads::load_entity(Entity& entity) {
    entity.residence = Residence::loading;
    MessageKey upper{core_.ledger.next_number(), 0};
    auto gap = entity.mailbox.begin_read(upper);
    ReadRequest request;
    request.gets.push_back({entity.key(Table::entity)});
    request.scans.push_back(
        {whole(entity.key(Table::state), kStatesPerTypeMax, kStatesPerTypeMax * kMiB), {}, 0}
    );
    storage::Range mailbox{
        entity.key(Table::message), message_key(entity, gap.before), kHeadMessagesMax, kHeadBytesMax
    };
    request.scans.push_back({std::move(mailbox), kRowGet, kConsumedAt});
    ++loads_out_;
    ++core_.stats.loads;
    entity.load =
        core_.reads.start(std::move(request), [this, address = entity.address](ReadResult result) {
            take_entity(address, std::move(result));
        });
}

void Loads::take_entity(const Address& address, ReadResult result) {
    --loads_out_;
    Entity* entity = core_.entities.find(address);
    SFG_ASSERT(entity != nullptr, "an entity that is being read stays in memory");
    entity->load = {};
    entity->residence = Residence::loaded;
    if (result.gets[kRowGet]) {
        if (auto row = decode_entity_row(result.gets[kRowGet]->view())) {
            entity->mailbox.raise_consumed(row->consumed);
            entity->touched_ms = row->touched_ms;
        } else {
            core_.notice_damage("entity", entity->key(Table::entity));
        }
    }
    take_states(*entity, result.scans[kStatesScan]);
    take_mailbox(*entity, result.scans[kMailboxScan]);
    core_.entities.touch(*entity);
    core_.consider(*entity);
}

void Loads::take_states(Entity& entity, const storage::ScanResult& rows) {
    SFG_ASSERT(!rows.more, "a type has a bounded number of states");
    std::size_t prefix = entity.key(Table::state).size();
    for (const storage::Row& row : rows.rows) {
        storage::KeyReader reader(row.key, prefix);
        auto name = reader.text();
        auto ordinal = name ? entity.type->ordinal_of(*name) : std::nullopt;
        if (!ordinal) {
            continue;  // Stored under a name that the registry lost: it is kept, not sent.
        }
        if (entity.states.size() <= *ordinal) {
            entity.states.resize(*ordinal + 1);
        }
        entity.state_bytes += row.value.size();
        entity.states[*ordinal] = row.value;
    }
}

void Loads::read_ahead(Entity& entity) {
    if (entity.mailbox.has_middle() && !entity.mailbox.read_out() && loads_out_ < kLoadsOutMax) {
        read_mailbox(entity);
    }
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
    ++loads_out_;
    entity.load =
        core_.reads.start(std::move(request), [this, address = entity.address](ReadResult result) {
            --loads_out_;
            Entity* entity_read = core_.entities.find(address);
            SFG_ASSERT(entity_read != nullptr, "an entity that is being read stays in memory");
            entity_read->load = {};
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
