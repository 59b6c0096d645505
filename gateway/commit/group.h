// Group: the commits that become durable together, as one batch of the store.
//
// Commits are appended in the order of their numbers. A message that is consumed while its put
// stands in the same group leaves no trace (design D3: put and delete cancel out only here, in a
// batch that was not handed to the store yet, and only for messages); of a row that many commits
// write, the last value stays. Partitions' own rows join when the group is closed (tally.h).
//
// Threads:    one at a time: the engine's while it is open, then the committer's.
// Invariants: numbers in a group are consecutive; the group is all or nothing in the store.
#pragma once

#include "gateway/commit/tally.h"
#include "gateway/engine/commit.h"
#include "protocol/ids.h"
#include "storage/write_batch.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace sfg::commit {

class Group {
public:
    // Moves out what the commit holds.
    void append(engine::Commit& commit);

    // Once; it takes no more commits. Groups are closed in the order in which they are written.
    void close(Tally& tally);

    [[nodiscard]] bool empty() const { return commits_ == 0; }

    // Somebody outside waits for one of its commits.
    [[nodiscard]] bool waited() const { return waited_; }

    // The number of the last commit. Requires: !empty().
    [[nodiscard]] CommitNumber last() const { return last_; }

    [[nodiscard]] std::size_t commits() const { return commits_; }

    [[nodiscard]] std::size_t bytes() const { return batch_.bytes(); }

    // Requires: it is closed.
    [[nodiscard]] const storage::WriteBatch& batch() const { return batch_; }

    void clear();

private:
    using Slot = storage::WriteBatch::Slot;

    void consume(storage::Part key, MessageKey message);
    void put_row(storage::Part key, storage::Part value);
    void put_partition_row(const Tally::Row& row);

    storage::WriteBatch batch_;
    // The slots of the messages that each commit of this group put, by the commit's place in it.
    std::vector<Slot> message_slots_;
    std::vector<std::size_t> first_slot_of_commit_;
    std::unordered_map<std::string, Slot> rows_;
    // A partition's own row is in nearly every commit: it is found by its number.
    std::vector<Tally::Row> partition_rows_;
    std::vector<std::uint32_t> place_of_partition_;  // In the rows, from 1; 0: not among them.
    CommitNumber first_{};
    CommitNumber last_{};
    std::size_t commits_ = 0;
    bool waited_ = false;
};

}  // namespace sfg::commit
