// Group: the commits that become durable together, as one batch of the store.
//
// Commits are appended in the order of their numbers. A message that is consumed while its put
// stands in the same group leaves no trace (design D3: put and delete cancel out only here, in a
// batch that was not handed to the store yet, and only for messages); of a row that many commits
// write, the last value stays.
//
// Threads:    one at a time: the engine's while it is open, then the committer's.
// Invariants: numbers in a group are consecutive; the group is all or nothing in the store.
#pragma once

#include "gateway/engine/commit.h"
#include "protocol/ids.h"
#include "storage/write_batch.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sfg::commit {

class Group {
public:
    // Moves out what the commit holds.
    void append(engine::Commit& commit);

    [[nodiscard]] bool empty() const { return commits_ == 0; }

    // Somebody outside waits for one of its commits.
    [[nodiscard]] bool waited() const { return waited_; }

    // The number of the last commit. Requires: !empty().
    [[nodiscard]] CommitNumber last() const { return last_; }

    [[nodiscard]] std::size_t commits() const { return commits_; }

    [[nodiscard]] std::size_t bytes() const { return batch_.bytes(); }

    [[nodiscard]] const storage::WriteBatch& batch() const { return batch_; }

    void clear();

private:
    using Slot = storage::WriteBatch::Slot;

    void consume(storage::Part key, MessageKey message);
    void put_row(storage::Part key, storage::Part value);
    // The slot of a row; nothing in it: the group has not put it yet.
    [[nodiscard]] std::optional<Slot>& slot_of(std::string_view row);

    storage::WriteBatch batch_;
    // The slots of the messages that each commit of this group put, by the commit's place in it.
    std::vector<Slot> message_slots_;
    std::vector<std::size_t> first_slot_of_commit_;
    // The rows' slots. A partition's own is in nearly every commit: it is found by its number.
    std::unordered_map<std::string, std::optional<Slot>> rows_;
    std::vector<std::optional<Slot>> partition_rows_;
    CommitNumber first_{};
    CommitNumber last_{};
    std::size_t commits_ = 0;
    bool waited_ = false;
};

}  // namespace sfg::commit
