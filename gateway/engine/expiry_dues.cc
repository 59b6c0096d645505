#include "gateway/engine/expiry_dues.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

void ExpiryDues::add(Draft& draft, const Value& value, std::int64_t expires_at_ms) {
    // Never in the past: begin_scan() may have passed that already.
    std::int64_t due =
        std::max(entry_due_ms(expires_at_ms, value.state.expire_after_ms), core_.wall_ms + 1);
    draft.put(
        expiry_key(value.partition, due, value.entity_suffix, value.state.name), std::string_view()
    );
    Dues& dues = partitions_[value.partition];
    Fresh& fresh = dues.fresh[1];
    fresh.due_ms = std::min(fresh.due_ms, due);
    fresh.last = draft.number();
    if (!stale_) {
        next_at_ = std::min(next_at_, at(dues));
    }
}

std::int64_t ExpiryDues::next_ms(const Dues& dues) {
    return std::min({dues.in_store_ms, dues.fresh[0].due_ms, dues.fresh[1].due_ms});
}

SteadyMs ExpiryDues::at(const Dues& dues) const {
    std::int64_t next = next_ms(dues);
    if (next == kNeverExpires) {
        return SteadyMs::max();
    }
    std::int64_t wait = std::max<std::int64_t>(next - core_.wall_ms, 0);
    return std::max(dues.not_before, core_.now + SteadyMs(std::min(wait, kNeverExpires / 2)));
}

std::optional<PartitionId> ExpiryDues::due_partition() const {
    for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
        const Dues& dues = partitions_[id];
        if (core_.partitions.owned(id) && next_ms(dues) <= core_.wall_ms &&
            dues.not_before <= core_.now) {
            return id;
        }
    }
    return std::nullopt;
}

SteadyMs ExpiryDues::next_at() {
    bool moved = ownership_seen_ != core_.partitions.ownership_changes();
    // Engine time may run slower than steady time: when the moment has come, look again.
    if (stale_ || moved || next_at_ <= core_.now) {
        stale_ = false;
        ownership_seen_ = core_.partitions.ownership_changes();
        next_at_ = SteadyMs::max();
        for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
            if (core_.partitions.owned(id)) {
                next_at_ = std::min(next_at_, at(partitions_[id]));
            }
        }
    }
    return next_at_;
}

std::int64_t ExpiryDues::begin_scan(PartitionId id) {
    Dues& dues = partitions_[id];
    for (int generation = 0; generation < 2; ++generation) {
        Fresh& older = dues.fresh[0];
        if (older.last <= core_.ledger.durable()) {
            dues.in_store_ms = std::min(dues.in_store_ms, older.due_ms);
            older = std::exchange(dues.fresh[1], {});
        }
    }
    return next_ms(dues);
}

void ExpiryDues::end_scan(PartitionId id, std::int64_t next_due_ms) {
    partitions_[id].in_store_ms = next_due_ms;
    partitions_[id].not_before = core_.now + kScanPause;
    stale_ = true;
}

void ExpiryDues::scan_anew(PartitionId id) {
    partitions_[id].in_store_ms = 0;
    stale_ = true;
}

void ExpiryDues::forget(PartitionId id) {
    partitions_[id] = {};
    stale_ = true;
}

void ExpiryDues::clear() {
    Dues unknown;
    unknown.not_before = core_.now + kScanPause;  // A start has more urgent things to read.
    std::fill(partitions_.begin(), partitions_.end(), unknown);
    stale_ = true;
}

}  // namespace sfg::engine
