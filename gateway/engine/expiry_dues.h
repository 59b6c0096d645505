// ExpiryDues: when the expiry table of each partition must be looked at again.
//
// Nothing is polled: of each partition it is known when its first entry is due. Entries that are
// not durable yet may be missing from a scan; they are remembered apart until a scan was begun
// after they were durable.
//
// Threads:    the engine's.
// Invariants: no entry of an owned partition is due before next_ms() of it, and begin_scan() starts
//             at or before every entry that is still there, so that no deleted ones are walked.
// Limits:     one small record per partition; a partition is scanned once in kScanPause.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/expiration.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sfg::engine {

inline constexpr SteadyMs kScanPause{1000};

class ExpiryDues {
public:
    explicit ExpiryDues(Core& core) : core_(core), partitions_(core.options.partitions) {}

    struct Value {
        PartitionId partition = 0;
        std::string_view entity_suffix;  // The escaped address (Entity::escaped_address()).
        const KnownState& state;
    };

    // Writes an entry for a value that expires at `expires_at_ms` (not kNeverExpires).
    void add(Draft& draft, const Value& value, std::int64_t expires_at_ms);

    // An owned partition that must be scanned now.
    [[nodiscard]] std::optional<PartitionId> due_partition() const;

    // When due_partition() will have one; max(): not before something changes.
    [[nodiscard]] SteadyMs next_at();

    // A scan begins; returns the due time from which on.
    [[nodiscard]] std::int64_t begin_scan(PartitionId id);
    // It has come to the end of what is due. `next_due_ms`: of the first entry that it left there;
    // kNeverExpires: it left none.
    void end_scan(PartitionId id, std::int64_t next_due_ms);
    // What was known of its stored entries may be wrong by now; not what is not durable yet.
    void scan_anew(PartitionId id);
    // It is released.
    void forget(PartitionId id);

    // Nothing is known any more.
    void clear();

private:
    // Entries by the commits that put them, until those are durable.
    struct Fresh {
        std::int64_t due_ms = kNeverExpires;
        CommitNumber last{};
    };

    struct Dues {
        std::int64_t in_store_ms = 0;  // No entry that a scan could have seen is due before.
        std::array<Fresh, 2> fresh;    // The older first.
        SteadyMs not_before{0};
    };

    [[nodiscard]] static std::int64_t next_ms(const Dues& dues);
    [[nodiscard]] SteadyMs at(const Dues& dues) const;

    Core& core_;
    std::vector<Dues> partitions_;
    SteadyMs next_at_{0};
    std::uint64_t ownership_seen_ = 0;
    bool stale_ = true;  // next_at_ must be found anew.
};

}  // namespace sfg::engine
