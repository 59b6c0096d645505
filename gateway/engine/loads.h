// Loads: bringing entities and their backlog back from the store (design D5), and partitions in and
// out (design D10).
//
// An entity is loaded as a whole: its row, its states, the head of its mailbox, from one snapshot.
// A long mailbox is read on in pieces, between what is in memory before and behind. After a start
// or an acquisition the message table of each partition is walked in the background, entity by
// entity, so that every stored message finds its entity without anybody asking for it.
//
// Threads:    the engine's.
// Invariants: 7: what is stored and not consumed is dispatched, in key order, before anything
// newer. Limits:     kLoadsOutMax reads at a time; the walk rests while kEntitiesToLoadMax wait for
// a load.
#pragma once

#include "gateway/engine/core.h"

#include <cstddef>
#include <deque>
#include <functional>

namespace sfg::engine {

inline constexpr std::size_t kLoadsOutMax = 64;
inline constexpr std::size_t kEntitiesToLoadMax = 1000;

class Loads {
public:
    explicit Loads(Core& core) : core_(core) {}

    // Reads the system's tables; `egress_row` takes each row of the egress table. Acquisitions wait
    // for it.
    using TakeRow = std::function<bool(std::string_view key, std::string_view value)>;
    void begin(TakeRow egress_row);

    void acquire(PartitionId partition);
    void release(PartitionId partition);

    // Every partition that was asked for is owned.
    [[nodiscard]] bool ready() const;

    // After each event: starts what may be started, finishes releases that are durable.
    void settle();

    // Reads on in a long mailbox while its head is being worked on.
    void read_ahead(Entity& entity);

    void clear();

private:
    void take_system(ReadResult result, const TakeRow& egress_row);
    void read_partition_row(PartitionId partition);
    void load_entity(Entity& entity);
    void take_entity(const Address& address, ReadResult result);
    void take_states(Entity& entity, const storage::ScanResult& rows);
    void read_mailbox(Entity& entity);
    void take_mailbox(Entity& entity, storage::ScanResult& rows);
    void scan_on();
    void take_backlog(PartitionId partition, storage::ScanResult rows);
    void finish_releases();

    Core& core_;
    TakeRow egress_row_;
    bool system_loaded_ = false;
    std::deque<PartitionId> acquiring_;  // Asked for, row not yet being read.
    std::deque<PartitionId> releasing_;
    std::deque<PartitionId> to_scan_;
    bool scan_out_ = false;
    std::size_t loads_out_ = 0;
};

}  // namespace sfg::engine
