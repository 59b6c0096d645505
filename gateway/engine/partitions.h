// Partitions: which key groups this engine owns, their counters, and how far their backlog is
// scanned.
//
// Threads:    the engine's.
// Invariants: 9: per partition, at every commit: accepted + sent + fired = consumed + waiting + set
//             aside + dropped. asserted by apply() and restore().
// The counters are a row of the partition in every commit that changes them, so they are true for
// whatever prefix of the log survives.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::engine {

struct PartitionCounters {
    std::uint64_t accepted = 0;   // From outside.
    std::uint64_t sent = 0;       // From turns, to this partition.
    std::uint64_t fired = 0;      // From timers.
    std::uint64_t consumed = 0;   // By turns.
    std::uint64_t set_aside = 0;  // To the dead letters.
    std::uint64_t dropped = 0;    // By an operator.
    std::uint64_t waiting = 0;
    std::uint64_t waiting_bytes = 0;
    std::uint64_t calls_kept = 0;  // Rows of the call table.
    std::uint64_t marks_kept = 0;
    std::uint64_t last_number = 0;
    std::uint64_t timers = 0;  // Pending ones.
    std::uint64_t parked = 0;  // Entities.

    // Invariant 9.
    [[nodiscard]] bool balanced() const {
        return accepted + sent + fired == consumed + waiting + set_aside + dropped;
    }
};

inline constexpr std::size_t kPartitionCountersBytes = 13 * 8;
[[nodiscard]] std::array<char, kPartitionCountersBytes> encode(const PartitionCounters& counters);
[[nodiscard]] std::optional<PartitionCounters> decode_partition_counters(std::string_view bytes);

enum class Ownership : std::uint8_t {
    none,       // Another process's. Messages to it are only appended to the store.
    acquiring,  // Not before all of it is durable.
    owned,
    releasing,  // No new calls; waits until everything of it is durable.
};

struct Partition {
    Ownership ownership = Ownership::none;
    PartitionCounters counters;
    bool counters_known = false;
    // Messages may wait in the store for entities that are not in memory. A guess on the safe side:
    // it ends when nothing at all waits in the partition.
    bool has_unseen = false;
    // Where the backlog scan goes on; absent: it is finished.
    std::optional<std::string> scan_from;
    CommitNumber last_change{};
};

class Partitions {
public:
    explicit Partitions(PartitionId count) : partitions_(count) {}

    [[nodiscard]] PartitionId count() const { return static_cast<PartitionId>(partitions_.size()); }

    [[nodiscard]] PartitionId of(const Address& address) const {
        return partition_of(address.id, count());
    }

    Partition& operator[](PartitionId id) { return partitions_[id]; }

    const Partition& operator[](PartitionId id) const { return partitions_[id]; }

    [[nodiscard]] bool owned(PartitionId id) const {
        return partitions_[id].ownership == Ownership::owned;
    }

    // Counts what comes and goes, so that others notice it.
    [[nodiscard]] std::uint64_t ownership_changes() const { return ownership_changes_; }

    [[nodiscard]] bool any_acquiring() const { return acquiring_ > 0; }

    // Whether all that was asked for is owned, and its types with waiting messages are known.
    [[nodiscard]] bool all_looked_through() const;

    // Requires: nobody owns it.
    void acquire(PartitionId id);

    // From now on messages wait in the store for an entity that is not in memory.
    void note_unseen(PartitionId id) { partitions_[id].has_unseen = true; }

    // Over all owned partitions.
    [[nodiscard]] std::uint64_t waiting_messages() const { return waiting_; }

    [[nodiscard]] std::uint64_t waiting_bytes() const { return waiting_bytes_; }

    [[nodiscard]] std::uint64_t calls_kept() const { return calls_; }

    [[nodiscard]] std::uint64_t marks_kept() const { return marks_; }

    [[nodiscard]] std::uint64_t timers() const { return timers_; }

    [[nodiscard]] std::uint64_t parked() const { return parked_; }

    // A change of counters, through which the totals stay true.
    struct Change {
        std::uint64_t accepted = 0, sent = 0, fired = 0, consumed = 0, dropped = 0;
        std::int64_t set_aside = 0;  // Less where dead letters are replayed or dropped.
        std::int64_t bytes = 0;      // Of waiting messages.
        std::int64_t calls = 0;
        std::int64_t marks = 0;
        std::int64_t timers = 0;
        std::int64_t parked = 0;
    };

    void apply(PartitionId id, const Change& change, CommitNumber number);

    // What the store says of a partition, before anything of this epoch changes it.
    void restore(PartitionId id, const PartitionCounters& counters);

    // From here on it is owned. Requires: it is being acquired, and its counters are known.
    void own(PartitionId id);

    // It is no longer owned. Its counters are kept, for messages that are still appended to it.
    void forget(PartitionId id);

    // A new epoch: nothing is owned, nothing is known.
    void clear();

private:
    void add_totals(const PartitionCounters& counters, std::int64_t sign);

    [[nodiscard]] static bool counted(const Partition& partition) {
        return partition.ownership == Ownership::owned ||
               partition.ownership == Ownership::releasing;
    }

    std::vector<Partition> partitions_;
    std::size_t acquiring_ = 0;
    std::uint64_t ownership_changes_ = 0;
    std::uint64_t waiting_ = 0;
    std::uint64_t waiting_bytes_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t marks_ = 0;
    std::uint64_t timers_ = 0;
    std::uint64_t parked_ = 0;
};

}  // namespace sfg::engine
