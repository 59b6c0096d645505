#include "gateway/engine/partitions.h"

#include "protocol/assert.h"
#include "storage/key_codec.h"

#include <algorithm>

namespace sfg::engine {

namespace {

using Counters = PartitionCounters;

// The order is the order on disk.
constexpr std::array kFields = {
    &Counters::accepted,
    &Counters::sent,
    &Counters::fired,
    &Counters::consumed,
    &Counters::set_aside,
    &Counters::dropped,
    &Counters::waiting,
    &Counters::waiting_bytes,
    &Counters::calls_kept,
    &Counters::marks_kept,
    &Counters::last_number,
    &Counters::timers,
    &Counters::parked,
};
// Rows of the first version of this format end here; what follows is 0 in them.
constexpr std::size_t kFieldsAtLeast = 11;

std::uint64_t add(std::uint64_t value, std::int64_t change) {
    return value + static_cast<std::uint64_t>(change);
}

}  // namespace

std::array<char, kPartitionCountersBytes> encode(const PartitionCounters& counters) {
    std::array<char, kPartitionCountersBytes> bytes;
    static_assert(bytes.size() == kFields.size() * sizeof(std::uint64_t));
    char* at = bytes.data();
    for (auto field : kFields) {
        at = storage::write_u64(at, counters.*field);
    }
    return bytes;
}

std::optional<PartitionCounters> decode_partition_counters(std::string_view bytes) {
    PartitionCounters counters;
    storage::KeyReader reader(bytes, 0);
    for (std::size_t i = 0; i < kFields.size(); ++i) {
        auto value = reader.u64();
        if (!value && i < kFieldsAtLeast) {
            return std::nullopt;
        }
        counters.*kFields[i] = value.value_or(0);
    }
    return counters;
}

void Partitions::acquire(PartitionId id) {
    ++ownership_changes_;
    SFG_ASSERT(partitions_[id].ownership == Ownership::none);
    partitions_[id].ownership = Ownership::acquiring;
    ++acquiring_;
}

void Partitions::apply(PartitionId id, const Change& change, CommitNumber number) {
    Partition& partition = partitions_[id];
    SFG_ASSERT(partition.counters_known, "a start reads all rows before it changes one");
    Counters& counters = partition.counters;
    std::uint64_t in = change.accepted + change.sent + change.fired;
    std::uint64_t out = add(change.consumed + change.dropped, change.set_aside);
    if (counted(partition)) {
        add_totals(counters, -1);
    }
    counters.accepted += change.accepted;
    counters.sent += change.sent;
    counters.fired += change.fired;
    counters.consumed += change.consumed;
    counters.set_aside = add(counters.set_aside, change.set_aside);
    counters.dropped += change.dropped;
    counters.waiting = counters.waiting + in - out;
    counters.waiting_bytes = add(counters.waiting_bytes, change.bytes);
    counters.calls_kept = add(counters.calls_kept, change.calls);
    counters.marks_kept = add(counters.marks_kept, change.marks);
    counters.timers = add(counters.timers, change.timers);
    // An entity may go on that was parked before this was counted.
    bool unknown = change.parked < 0 && counters.parked == 0;
    counters.parked = unknown ? 0 : add(counters.parked, change.parked);
    counters.last_number = value_of(number);
    partition.has_unseen = partition.has_unseen && counters.waiting > 0;
    if (counted(partition)) {
        add_totals(counters, 1);
    }
    partition.last_change = number;
    SFG_ASSERT(counters.balanced(), "invariant 9");
}

void Partitions::restore(PartitionId id, const PartitionCounters& counters) {
    ++ownership_changes_;
    SFG_ASSERT(counters.balanced(), "invariant 9, as read from the store");
    Partition& partition = partitions_[id];
    SFG_ASSERT(!partition.counters_known && !counted(partition));
    partition.counters = counters;
    partition.counters_known = true;
}

void Partitions::own(PartitionId id) {
    Partition& partition = partitions_[id];
    SFG_ASSERT(partition.ownership == Ownership::acquiring && partition.counters_known);
    partition.ownership = Ownership::owned;
    partition.has_unseen = partition.counters.waiting > 0;
    --acquiring_;
    add_totals(partition.counters, 1);
}

bool Partitions::all_looked_through() const {
    return acquiring_ == 0 &&
           std::none_of(partitions_.begin(), partitions_.end(), [](const Partition& partition) {
               return partition.scan_from.has_value();
           });
}

void Partitions::forget(PartitionId id) {
    ++ownership_changes_;
    Partition& partition = partitions_[id];
    SFG_ASSERT(counted(partition));
    add_totals(partition.counters, -1);
    partition.ownership = Ownership::none;
    partition.scan_from.reset();
}

void Partitions::clear() {
    ++ownership_changes_;
    partitions_.assign(partitions_.size(), Partition{});
    acquiring_ = 0;
    waiting_ = waiting_bytes_ = calls_ = marks_ = timers_ = parked_ = 0;
}

void Partitions::add_totals(const PartitionCounters& counters, std::int64_t sign) {
    auto signed_of = [sign](std::uint64_t value) {
        return static_cast<std::int64_t>(value) * sign;
    };
    waiting_ = add(waiting_, signed_of(counters.waiting));
    waiting_bytes_ = add(waiting_bytes_, signed_of(counters.waiting_bytes));
    calls_ = add(calls_, signed_of(counters.calls_kept));
    marks_ = add(marks_, signed_of(counters.marks_kept));
    timers_ = add(timers_, signed_of(counters.timers));
    parked_ = add(parked_, signed_of(counters.parked));
}

}  // namespace sfg::engine
