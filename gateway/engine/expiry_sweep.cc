#include "gateway/engine/expiry_sweep.h"

#include "gateway/engine/entity_row.h"
#include "protocol/assert.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

using storage::Table;

constexpr std::size_t kPortionRows = 256;
constexpr std::size_t kPortionBytes = 256 * kKiB;
// When a value that nobody declares is looked at again.
constexpr std::chrono::minutes kUnknownPause{10};

}  // namespace

SteadyMs ExpirySweep::settle() {
    if (stage_ == Stage::committing && number_ <= core_.ledger.durable()) {
        finish_portion();
    }
    if (stage_ != Stage::idle || core_.stopping || core_.store_lost) {
        return SteadyMs::max();
    }
    if (core_.ledger.undurable_bytes() > core_.options.commit_queue_bytes_max / 2) {
        return SteadyMs::max();  // The notice that some of it is durable brings us back.
    }
    if (!partition_) {
        SteadyMs next = dues_.next_at();
        if (next > core_.now) {
            return next;
        }
        auto due = dues_.due_partition();
        SFG_ASSERT(due, "a partition is due when next_at() says so");
        begin_round(*due);
    }
    read_entries();
    return SteadyMs::max();
}

void ExpirySweep::begin_round(PartitionId partition) {
    partition_ = partition;
    ownership_ = core_.partitions.ownership_changes();
    from_ = expiry_from(partition, dues_.begin_scan(partition));
    left_ms_ = kNeverExpires;
}

void ExpirySweep::end_round() {
    PartitionId partition = *std::exchange(partition_, std::nullopt);
    bool ours = core_.partitions.owned(partition);
    if (ours && ownership_ == core_.partitions.ownership_changes()) {
        dues_.end_scan(partition, left_ms_);
    } else {
        dues_.scan_anew(partition);  // It may have been another's meanwhile.
    }
}

void ExpirySweep::read_entries() {
    std::string end = storage::prefix_end(storage::partition_prefix(*partition_, Table::expiry));
    ReadRequest request;
    storage::Range range{from_, std::move(end), kPortionRows, kPortionBytes};
    range.keys_only = true;
    request.scans.push_back({std::move(range), {}, 0});
    stage_ = Stage::reading;
    core_.reads.start(std::move(request), [this](ReadResult result) {
        take_entries(result.scans[0]);
    });
}

void ExpirySweep::take_entries(const storage::ScanResult& rows) {
    if (!core_.partitions.owned(*partition_)) {
        stage_ = Stage::idle;
        end_round();
        return;
    }
    more_ = rows.more;
    ReadRequest request;
    for (const storage::Row& row : rows.rows) {
        from_ = row.key + '\0';
        auto entry = read_expiry_key(row.key);
        if (!entry) {
            core_.notice_damage("expiry", row.key);
            continue;
        }
        if (entry->due_ms > core_.wall_ms) {
            left_ms_ = std::min(left_ms_, entry->due_ms);
            more_ = false;
            break;
        }
        Due due{row.key, std::move(*entry)};
        if (pin(due, request)) {
            portion_.push_back(std::move(due));
        } else {
            leave(due);
        }
    }
    for (const Due& due : portion_) {
        if (due.pinned) {
            // Set only now: an entity may have several entries.
            core_.entities.find(due.entry.address)->load = kPinned;
        }
    }
    if (request.gets.empty()) {
        decide({});
    } else {
        core_.reads.start(std::move(request), [this](ReadResult result) { decide(result); });
    }
}

// Makes sure that what is decided about the entry will rest on what is true then. False: not now.
bool ExpirySweep::pin(Due& due, ReadRequest& request) {
    Entity* entity = core_.entities.find(due.entry.address);
    if (busy(due, entity)) {
        return false;
    }
    if (entity != nullptr && entity->residence == Residence::loaded) {
        return true;
    }
    due.made = entity == nullptr;
    Entity& cold = core_.entities.obtain(due.entry.address);
    due.pinned = true;
    due.get = request.gets.size();
    request.gets.push_back({cold.state_key(due.entry.state), kStateHeadBytes});
    request.gets.push_back({cold.key(Table::entity)});
    return true;
}

bool ExpirySweep::busy(const Due& due, const Entity* entity) const {
    if (entity == nullptr) {
        return false;
    }
    if (entity->residence == Residence::loaded) {
        return entity->turn != nullptr;
    }
    return entity->residence != Residence::cold || entity->in_line.is_linked() ||
           (entity->load != RequestId{} && !due.pinned);
}

void ExpirySweep::decide(const ReadResult& read) {
    stage_ = Stage::committing;
    number_ = {};
    if (portion_.empty()) {
        return;
    }
    Draft& draft = core_.ledger.open();
    draft.count(*partition_);
    for (Due& due : portion_) {
        Entity* entity = core_.entities.find(due.entry.address);
        bool there = due.pinned || (entity != nullptr && entity->residence == Residence::loaded);
        if (there && !busy(due, entity)) {
            decide(draft, due, *entity, read);
        } else {
            leave(due);
        }
    }
    number_ = draft.number();
    core_.ledger.close(draft);
}

void ExpirySweep::decide(Draft& draft, Due& due, Entity& entity, const ReadResult& read) {
    auto ordinal = entity.type->ordinal_of(due.entry.state);
    auto found = stamps(due, entity, ordinal, read);
    draft.erase(due.key);
    if (!found) {
        return;
    }
    if (!ordinal) {  // The registry has lost its name, and with it whether it expires at all.
        KnownState unknown;
        unknown.name = due.entry.state;
        std::int64_t again = core_.wall_ms + SteadyMs(kUnknownPause).count();
        dues_.add(draft, {entity.partition, entity.escaped_address(), unknown}, again);
        return;
    }
    const KnownState& state = entity.type->states[*ordinal];
    std::int64_t at = expires_at_ms(state, found->written_ms, found->touched_ms);
    if (at > core_.wall_ms) {
        if (at != kNeverExpires) {
            dues_.add(draft, {entity.partition, entity.escaped_address(), state}, at);
        }
        return;
    }
    if (due.pinned) {
        std::string key = entity.state_key(state.name);
        if (!deleted_.insert(key).second) {
            return;  // It had two entries.
        }
        draft.erase(key);
    } else {
        states_.erase(draft, entity, *ordinal);
        core_.entities.touch(entity);
    }
    ++entity.type->stats.expired;
    entity.last_change = draft.number();
}

std::optional<ExpirySweep::Stamps> ExpirySweep::stamps(
    const Due& due,
    const Entity& entity,
    std::optional<std::size_t> ordinal,
    const ReadResult& read
) {
    if (!due.pinned) {
        SharedBytes value = ordinal ? entity.state(*ordinal) : SharedBytes();
        if (value.empty()) {
            return std::nullopt;
        }
        return Stamps{state_stamp(value.view()), entity.touched_ms};
    }
    const auto& value = read.gets[due.get];
    const auto& row = read.gets[due.get + 1];
    if (!value || value->size() < kStateHeadBytes) {
        return std::nullopt;
    }
    auto decoded = row ? decode_entity_row(row->view()) : std::nullopt;
    return Stamps{state_stamp(value->view()), decoded ? decoded->touched_ms : 0};
}

void ExpirySweep::leave(const Due& due) {
    left_ms_ = std::min(left_ms_, due.entry.due_ms);
}

void ExpirySweep::finish_portion() {
    stage_ = Stage::idle;
    deleted_.clear();
    for (const Due& due : std::exchange(portion_, {})) {
        Entity* entity = due.pinned ? core_.entities.find(due.entry.address) : nullptr;
        if (entity == nullptr || entity->load != kPinned) {
            continue;
        }
        entity->load = {};
        if (entity->waits == WaitReason::none && due.made) {
            core_.entities.drop(*entity);
        } else {
            core_.consider(*entity);
        }
    }
    if (!more_) {
        end_round();
    }
}

void ExpirySweep::clear() {
    stage_ = Stage::idle;
    portion_.clear();
    deleted_.clear();
    partition_.reset();
}

}  // namespace sfg::engine
