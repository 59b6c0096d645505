#include "gateway/engine/acquisition.h"

#include "protocol/assert.h"
#include "protocol/limits.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::size_t kSystemRowsMax = 1000;

}  // namespace

void Acquisition::begin(std::vector<SystemTable> tables) {
    SFG_ASSERT(!tables.empty());
    tables_ = std::move(tables);
    read_system(0, storage::system_prefix(tables_[0].table));
}

void Acquisition::read_system(std::size_t table, std::string from) {
    storage::Range range =
        whole(storage::system_prefix(tables_[table].table), kSystemRowsMax, kMiB);
    range.from = std::move(from);
    ReadRequest request;
    request.scans.push_back({std::move(range), {}, 0});
    core_.reads.start(std::move(request), [this, table](ReadResult result) {
        take_system(table, result.scans[0]);
    });
}

void Acquisition::take_system(std::size_t table, const storage::ScanResult& rows) {
    for (const storage::Row& row : rows.rows) {
        if (!tables_[table].take(row.key, row.value.view())) {
            core_.notice_damage(tables_[table].name, row.key);
        }
    }
    if (rows.more) {
        read_system(table, rows.rows.back().key + '\0');
    } else if (table + 1 < tables_.size()) {
        read_system(table + 1, storage::system_prefix(tables_[table + 1].table));
    } else {
        read_partition_rows();
    }
}

// Of all partitions, before anything is owned: whoever is sent a message from then on, its counters
// are known, and no row is read while a commit changes it (invariant 9).
void Acquisition::read_partition_rows() {
    ReadRequest request;
    for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
        request.gets.push_back({storage::partition_prefix(id, Table::partition_row)});
        request.gets.push_back({timers_begin_key(id)});
    }
    request.gets.push_back({commit_times_key()});
    core_.reads.start(std::move(request), [this](ReadResult result) {
        timers_begin_.assign(core_.partitions.count(), std::nullopt);
        for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
            PartitionCounters counters;
            if (const auto& row = result.gets[2 * std::size_t{id}]) {
                auto read = decode_partition_counters(row->view());
                SFG_ASSERT(read, "a partition row of this format version");
                counters = *read;
            }
            core_.partitions.restore(id, counters);
            timers_begin_[id] = std::move(result.gets[2 * std::size_t{id} + 1]);
        }
        core_.ledger.restore_times(result.gets.back());
        core_.tables_read = true;
    });
}

void Acquisition::acquire(PartitionId id) {
    if (core_.partitions[id].ownership == Ownership::none) {
        core_.partitions.acquire(id);
        acquiring_.push_back(id);
    }
}

void Acquisition::own(PartitionId id) {
    core_.partitions.own(id);
    timers_.acquire(id, std::exchange(timers_begin_[id], std::nullopt));
    scan_from_begin(id);
}

// Also of a partition whose scan is going on: what it passed is seen anew.
void Acquisition::scan_from_begin(PartitionId id) {
    if (!to_scan_.empty() && to_scan_.front() == id) {
        core_.reads.forget(scan_);
        scan_ = {};
    }
    std::erase(to_scan_, id);
    core_.partitions[id].scan_from = storage::partition_prefix(id, Table::message);
    to_scan_.push_back(id);
}

// Until then nobody may think that all of it is known.
void Acquisition::look_again() {
    look_again_after_ = core_.ledger.last_number();
    for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
        if (core_.partitions.owned(id)) {
            core_.partitions[id].scan_from = storage::partition_prefix(id, Table::message);
        }
    }
}

void Acquisition::release(PartitionId id) {
    Partition& partition = core_.partitions[id];
    if (partition.ownership != Ownership::owned) {
        return;
    }
    partition.ownership = Ownership::releasing;
    if (!to_scan_.empty() && to_scan_.front() == id) {
        core_.reads.forget(scan_);  // Should the partition come again, it is looked through anew.
        scan_ = {};
    }
    std::erase(to_scan_, id);
    timers_.forget(id);
    releasing_.push_back(id);
    core_.entities.for_each([this, id](Entity& entity) {
        if (entity.partition == id && !entity.turn) {
            core_.leave_lines(entity);
            core_.consider(entity);
        }
    });
}

void Acquisition::settle() {
    if (core_.tables_read && !acquiring_.empty()) {
        std::deque<PartitionId> later;
        for (PartitionId id : std::exchange(acquiring_, {})) {
            bool durable = core_.partitions[id].last_change <= core_.ledger.durable();
            durable ? own(id) : later.push_back(id);
        }
        acquiring_.insert(acquiring_.end(), later.begin(), later.end());
    }
    if (look_again_after_ && *look_again_after_ <= core_.ledger.durable()) {
        look_again_after_.reset();
        for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
            if (core_.partitions.owned(id)) {
                scan_from_begin(id);
            }
        }
    }
    scan_on();
    finish_releases();
}

// One row per type: where the messages of the next one begin. The backlog finds their entities.
void Acquisition::scan_on() {
    if (scan_ != RequestId{} || to_scan_.empty()) {
        return;
    }
    PartitionId id = to_scan_.front();
    std::string end = storage::prefix_end(storage::partition_prefix(id, Table::message));
    ReadRequest request;
    request.walks = true;
    storage::Range range{*core_.partitions[id].scan_from, std::move(end), 1, kMiB};
    range.keys_only = true;
    request.scans.push_back({std::move(range), {}, 0});
    scan_ = core_.reads.start(std::move(request), [this, id](ReadResult result) {
        scan_ = {};
        take_type(id, result.scans[0]);
    });
}

void Acquisition::take_type(PartitionId id, const storage::ScanResult& rows) {
    if (rows.rows.empty()) {
        if (!look_again_after_) {
            core_.partitions[id].scan_from.reset();
        }
        to_scan_.pop_front();
        return;
    }
    const std::string& key = rows.rows[0].key;
    storage::KeyReader reader(key, storage::kPartitionPrefixBytes);
    auto ns = reader.text();
    auto name = ns ? reader.text() : std::nullopt;
    if (!name) {
        core_.notice_damage("message", key);
        core_.partitions[id].scan_from = key + '\0';
        return;
    }
    TypeName type{std::move(*ns), std::move(*name)};
    if (core_.module.endpoint_of(type) && core_.registry.has_room_for(type)) {
        backlog_.note(core_.registry.type(type), id);
    } else {
        core_.actions.notice(
            "messages for " + type.text() + " wait in the store: no endpoint is bound to it"
        );
    }
    std::size_t prefix_bytes = key.size() - reader.rest().size();
    core_.partitions[id].scan_from = storage::prefix_end(key.substr(0, prefix_bytes));
}

void Acquisition::finish_releases() {
    for (auto at = releasing_.begin(); at != releasing_.end();) {
        PartitionId id = *at;
        bool quiet = core_.partitions[id].last_change <= core_.ledger.durable();
        std::vector<Entity*> mine;
        core_.entities.for_each([&](Entity& entity) {
            if (entity.partition == id) {
                quiet = quiet && !entity.turn && entity.load == RequestId{} &&
                        entity.last_change <= core_.ledger.durable();
                mine.push_back(&entity);
            }
        });
        if (!quiet) {
            ++at;
            continue;
        }
        for (Entity* entity : mine) {
            core_.leave_lines(*entity);
            core_.entities.drop(*entity);
        }
        core_.partitions.forget(id);
        core_.actions.released(id);
        at = releasing_.erase(at);
    }
}

void Acquisition::clear() {
    core_.tables_read = false;
    acquiring_.clear();
    releasing_.clear();
    to_scan_.clear();
    scan_ = {};
    look_again_after_.reset();
}

}  // namespace sfg::engine
