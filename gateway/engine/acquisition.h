// Acquisition: partitions come in and go out (design D10), and the walk that finds their backlog.
//
// A start reads the rows of all partitions. A partition is acquired when all of it is durable; then
// its message table is walked in the background, type by type, so that every stored message finds
// its entity without anybody asking for it. Release stops its calls (Turns::abandon), waits
// until all of it is durable and forgets it; messages to it are only appended to the store from
// then on.
//
// Threads:    the engine's.
// Invariants: 7: what is stored and not consumed is found and dispatched.
// Limits:     one read at a time, and of a type no more than that something waits for it: Backlog
//             finds its entities when there is room for them.
#pragma once

#include "gateway/engine/backlog.h"
#include "gateway/engine/core.h"
#include "gateway/engine/timers.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::engine {

class Acquisition {
public:
    Acquisition(Core& core, Backlog& backlog, Timers& timers)
        : core_(core),
          backlog_(backlog),
          timers_(timers) {}

    // A table of the system, and who takes each row of it; false: it can't be understood.
    struct SystemTable {
        storage::Table table{};
        std::string_view name;
        std::function<bool(std::string_view key, std::string_view value)> take;
    };

    // Reads these tables, one after the other in portions, then all partition rows. Acquisitions
    // wait for it.
    void begin(std::vector<SystemTable> tables);

    void acquire(PartitionId partition);
    void release(PartitionId partition);

    // What is stored is looked through again for types that have an endpoint now: once all that was
    // committed until now is durable.
    void look_again();

    // After each event: goes on with what may go on, finishes releases that are durable.
    void settle();

    void clear();

private:
    void read_system(std::size_t table, std::string from);
    void take_system(std::size_t table, const storage::ScanResult& rows);
    void read_partition_rows();
    void own(PartitionId partition);
    void scan_from_begin(PartitionId partition);
    void scan_on();
    void take_type(PartitionId partition, const storage::ScanResult& rows);
    void finish_releases();

    Core& core_;
    Backlog& backlog_;
    Timers& timers_;
    std::vector<SystemTable> tables_;
    // Where the timers of a partition begin, until it is owned for the first time.
    std::vector<std::optional<SharedBytes>> timers_begin_;
    std::deque<PartitionId> acquiring_;  // Asked for, not yet owned.
    std::deque<PartitionId> releasing_;
    std::deque<PartitionId> to_scan_;
    RequestId scan_{};  // The one that is out, of the first to scan.
    std::optional<CommitNumber> look_again_after_;
};

}  // namespace sfg::engine
