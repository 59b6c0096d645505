// ExpiryIndex: gives stored values their entries in the expiry table, after a state's expiration
// has changed so that they expire earlier than their entries say, or had none.
//
// It walks the states of the types concerned in the background, partition by partition, in
// portions. It is only about the disk: an expired value is not sent with or without an entry.
//
// Threads:    the engine's.
// Invariants: a state is marked as indexed, durably, only after every partition was walked; a crash
//             begins the walk anew.
// Limits:     one read at a time, of kMiB; one portion each kBetweenPortions.
#pragma once

#include "gateway/engine/core.h"
#include "gateway/engine/expiry_dues.h"

#include <string>
#include <vector>

namespace sfg::engine {

class ExpiryIndex {
public:
    ExpiryIndex(Core& core, ExpiryDues& dues) : core_(core), dues_(dues) {}

    // The commit `changed` has changed what is declared: walk when everything before is durable.
    void build(CommitNumber changed);

    // Goes on if it is time; returns when to call it next.
    SteadyMs settle();

    // A new epoch: what is left to do is found in the registry when that was read.
    void clear();

private:
    void begin_walk();
    void read_portion();
    void take_portion(std::size_t walk, const storage::ScanResult& rows);
    void index_rows(const FunctionType& type, const storage::ScanResult& rows);
    void end_walk();

    Core& core_;
    ExpiryDues& dues_;
    std::uint64_t ownership_seen_ = 0;  // When the registry was looked through.
    bool complete_ = false;             // The walk has left out no partition.
    bool wanted_ = false;
    CommitNumber after_{};  // Walk when this is durable.
    SteadyMs next_{0};
    bool out_ = false;
    std::size_t walk_ = 0;              // Counts walks, to drop the answer to an older one.
    std::vector<FunctionType*> types_;  // Of this walk.
    std::size_t type_ = 0;
    PartitionId partition_ = 0;
    std::string from_;  // Where in the partition; empty: its start.
};

}  // namespace sfg::engine
