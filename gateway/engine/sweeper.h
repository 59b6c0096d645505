// Sweeper: replies and idempotency marks leave when their time has come.
//
// It walks the call and mark-by-hour tables of the owned partitions in portions, one read at a
// time, so that it costs the same little however much there is. When the call table is at its
// bound, replies without a key go before their time, oldest first.
//
// Threads:    the engine's.
// Invariants: a mark is deleted only if it is as old as the index entry that names it (an entry of
//             a key that was used again deletes itself alone).
#pragma once

#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/marks.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sfg::engine {

class Sweeper {
public:
    Sweeper(Core& core, const Calls& calls, Marks& marks)
        : core_(core),
          calls_(calls),
          marks_(marks) {}

    // Goes on if it is time; returns when to call it next.
    SteadyMs settle();

    void clear();

private:
    [[nodiscard]] bool crowded() const;
    void read_portion();
    void take_calls(PartitionId partition, const storage::ScanResult& rows);
    void take_hours(PartitionId partition, storage::ScanResult rows);
    void delete_marks(PartitionId partition, std::vector<std::string> index_keys, ReadResult marks);
    void advance(const storage::ScanResult& rows, bool done_here);

    Core& core_;
    const Calls& calls_;
    Marks& marks_;
    SteadyMs next_{0};
    CommitNumber changed_{};  // The last of its commits.
    bool out_ = false;
    bool found_ = false;    // In this round: a call that could go.
    bool in_vain_ = false;  // The last round of a crowded table found none.
    PartitionId partition_ = 0;
    bool hours_ = false;  // Which of the two tables.
    std::string from_;    // Where in the table; empty: its start.
};

}  // namespace sfg::engine
