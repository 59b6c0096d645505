#include "gateway/engine/loads.h"

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

constexpr std::size_t kSystemRowsMax = 1'000'000;
constexpr std::size_t kBacklogRowsMax = 256;

storage::Range whole_table(std::string prefix, std::size_t rows_max, std::size_t bytes_max) {
    std::string end = storage::prefix_end(prefix);
    return {std::move(prefix), std::move(end), rows_max, bytes_max};
}

std::string message_key(const Entity& entity, MessageKey message) {
    std::string key = entity.key(Table::message);
    storage::append_message_key(key, message);
    return key;
}

}  // namespace

void Loads::begin(TakeRow egress_row) {
    egress_row_ = std::move(egress_row);
    ReadRequest request;
    for (Table table : {Table::registry, Table::egress_row}) {
        request.scans.push_back(
            {whole_table(storage::system_prefix(table), kSystemRowsMax, 64 * kMiB), {}, 0}
        );
    }
    core_.reads.start(std::move(request), [this](ReadResult result) {
        take_system(std::move(result), egress_row_);
    });
}

void Loads::take_system(ReadResult result, const TakeRow& egress_row) {
    for (const storage::Row& row : result.scans[0].rows) {
        if (!core_.registry.restore(row.key, row.value.view())) {
            core_.notice_damage("registry", row.key);
        }
    }
    for (const storage::Row& row : result.scans[1].rows) {
        if (!egress_row(row.key, row.value.view())) {
            core_.notice_damage("egress row", row.key);
        }
    }
    system_loaded_ = true;
}

void Loads::acquire(PartitionId id) {
    Partition& partition = core_.partitions[id];
    if (partition.ownership == Ownership::none) {
        partition.ownership = Ownership::acquiring;
        acquiring_.push_back(id);
    }
}

bool Loads::ready() const {
    return system_loaded_ && !core_.partitions.any_acquiring();
}

void Loads::read_partition_row(PartitionId id) {
    ReadRequest request;
    request.gets.push_back({storage::partition_prefix(id, Table::partition_row)});
    core_.reads.start(std::move(request), [this, id](ReadResult result) {
        PartitionCounters counters;
        if (result.gets[0]) {
            auto read = decode_partition_counters(result.gets[0]->view());
            SFG_ASSERT(read, "a partition row of this format version");
            counters = *read;
        }
        core_.partitions.restore(id, counters);
        core_.partitions[id].scan_from = storage::partition_prefix(id, Table::message);
        to_scan_.push_back(id);
    });
}

void Loads::release(PartitionId id) {
    Partition& partition = core_.partitions[id];
    if (partition.ownership != Ownership::owned) {
        return;
    }
    partition.ownership = Ownership::releasing;
    std::erase(to_scan_, id);
    releasing_.push_back(id);
}

void Loads::settle() {
    if (system_loaded_ && !acquiring_.empty()) {
        std::deque<PartitionId> later;
        for (PartitionId id : std::exchange(acquiring_, {})) {
            bool durable = core_.partitions[id].last_change <= core_.ledger.durable();
            durable ? read_partition_row(id) : later.push_back(id);
        }
        acquiring_.insert(acquiring_.end(), later.begin(), later.end());
    }
    while (loads_out_ < kLoadsOutMax && !core_.to_load.empty()) {
        Entity& entity = core_.to_load.front();
        entity.in_line.unlink();
        entity.residence == Residence::cold ? load_entity(entity) : read_mailbox(entity);
    }
    scan_on();
    finish_releases();
}

void Loads::load_entity(Entity& entity) {
    entity.residence = Residence::loading;
    MessageKey upper{core_.ledger.next_number(), 0};
    auto gap = entity.mailbox.begin_read(upper);
    ReadRequest request;
    request.gets.push_back({entity.key(Table::entity)});
    request.scans.push_back(
        {whole_table(entity.key(Table::state), kStatesPerTypeMax, kStatesPerTypeMax * kMiB), {}, 0}
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
        MessageKey consumed = consumed_of_row(result.gets[kRowGet]->view());
        entity->mailbox.raise_consumed(consumed);
        entity->consumed_written = consumed;
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

void Loads::scan_on() {
    bool rests = core_.stats.waiting_entities[static_cast<std::size_t>(WaitReason::loading)] >
                 kEntitiesToLoadMax;
    if (scan_out_ || to_scan_.empty() || rests) {
        return;
    }
    PartitionId id = to_scan_.front();
    std::string end = storage::prefix_end(storage::partition_prefix(id, Table::message));
    ReadRequest request;
    storage::Range range{*core_.partitions[id].scan_from, std::move(end), kBacklogRowsMax, kMiB};
    range.keys_only = true;
    request.scans.push_back({std::move(range), {}, 0});
    scan_out_ = true;
    core_.reads.start(std::move(request), [this, id](ReadResult result) {
        scan_out_ = false;
        take_backlog(id, std::move(result.scans[0]));
    });
}

void Loads::take_backlog(PartitionId id, storage::ScanResult rows) {
    if (to_scan_.empty() || to_scan_.front() != id) {
        return;  // Released meanwhile.
    }
    std::string_view last_prefix;
    for (const storage::Row& row : rows.rows) {
        std::string_view prefix(row.key);
        prefix.remove_suffix(storage::kMessageKeyBytes);
        if (prefix == last_prefix) {
            continue;
        }
        last_prefix = prefix;
        storage::KeyReader reader(row.key, storage::kPartitionPrefixBytes);
        auto address = reader.address();
        if (!address) {
            core_.notice_damage("message", row.key);
            continue;
        }
        core_.consider(core_.entities.obtain(*address));
    }
    if (rows.more) {
        // On with the next entity: the messages of this one are its own load's.
        core_.partitions[id].scan_from = storage::prefix_end(last_prefix);
    } else {
        core_.partitions[id].scan_from.reset();
        to_scan_.pop_front();
    }
}

void Loads::finish_releases() {
    for (auto at = releasing_.begin(); at != releasing_.end();) {
        PartitionId id = *at;
        bool quiet = core_.partitions[id].last_change <= core_.ledger.durable();
        std::vector<Entity*> mine;
        core_.entities.for_each([&](Entity& entity) {
            if (entity.partition == id) {
                quiet = quiet && !entity.turn && entity.load == RequestId{};
                mine.push_back(&entity);
            }
        });
        if (!quiet) {
            ++at;
            continue;
        }
        for (Entity* entity : mine) {
            core_.leave_lines(*entity);
            core_.set_reason(*entity, WaitReason::none);
            core_.entities.drop(*entity);
        }
        core_.partitions.forget(id);
        core_.actions.released(id);
        at = releasing_.erase(at);
    }
}

void Loads::clear() {
    system_loaded_ = false;
    acquiring_.clear();
    releasing_.clear();
    to_scan_.clear();
    scan_out_ = false;
    loads_out_ = 0;
}

}  // namespace sfg::engine
