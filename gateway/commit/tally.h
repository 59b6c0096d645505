// Tally: the partition rows of a large group, in one row of the store.
//
// Nearly every commit changes the counters of a partition, and of a group of forty turns nearly
// every commit those of another one: written each for itself, these rows are a third of all that
// LevelDB inserts. So a group that changes more than a few of them writes one row that names the
// counters of all partitions whose own row is behind, and a small group writes own rows.
//
// The newer of the two is true: counters say which commit changed them last. Nobody reads a tally
// but the beginning of an epoch, which puts what it names into the partitions' own rows again
// (recovery.h) before anybody else looks.
//
// Threads:    one at a time; of the epoch that writes.
// Invariants: a tally names every partition whose own row is older, so the one before it may be
//             overwritten.
// Limits:     128 partitions take 3 to 5 KiB.
#pragma once

#include "protocol/address.h"
#include "storage/store.h"
#include "storage/write_batch.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sfg::commit {

[[nodiscard]] std::string tally_key();

class Tally {
public:
    // So many own rows cost about what a tally does.
    static constexpr std::size_t kOwnRowsMax = 16;

    explicit Tally(std::size_t own_rows_max = kOwnRowsMax) : own_rows_max_(own_rows_max) {}

    // A partition's own row; the parts are of the batch's text.
    struct Row {
        PartitionId partition = 0;
        storage::Part key;
        storage::Part value;
    };

    // Adds what makes the rows of a group durable. Each partition comes once.
    void put(const std::vector<Row>& rows, storage::WriteBatch& batch);

    // Another epoch: every own row is true.
    void clear() { entries_.clear(); }

private:
    // What a tally says of a partition: nothing, while its own row is true.
    struct Entry {
        std::uint8_t size = 0;
        std::array<char, 150> bytes{};
    };

    Entry& entry_of(PartitionId partition);

    std::size_t own_rows_max_;
    std::vector<Entry> entries_;  // By partition.
    std::string row_;             // Is filled again and again.
};

// What a tally in the store names goes into own rows, and the tally goes. Nothing is added if there
// is none. A tally that can't be read is an error: counters would be lost.
[[nodiscard]] storage::StoreResult<void>
unfold_tally(storage::Snapshot& store, storage::WriteBatch& batch);

}  // namespace sfg::commit
