// SourceDriver: who reads one source and gives its records to the engine; the thread of an ingress,
// as the engine sees it. It dies with its process.
//
// Threads: one.
#pragma once

#include "gateway/engine/events.h"
#include "tests/simulation/source_audit.h"
#include "tests/simulation/source_log.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sfg::sim {

class SourceDriver {
public:
    // The records that come next, and what the auditor is told of them.
    struct Batch {
        engine::SourceRecords event;
        SourceAudit::Batch told;
    };

    // Nothing: all of the log was read. `records_max`: 0 to keep positions only.
    [[nodiscard]] std::optional<Batch>
    read(const SourceLog::Parts& log, PartitionId partitions, std::size_t records_max);

    void asks(WaiterId waiter) { waiter_ = waiter; }

    // What it was told; an answer to an older question changes nothing.
    void answered(WaiterId waiter, const engine::Answer& answer);

    // Of the question that is out.
    [[nodiscard]] const std::optional<WaiterId>& waiter() const { return waiter_; }

    [[nodiscard]] std::uint64_t session() const { return session_; }

    // It was told that all that it gave is durable: until then it may be undone.
    [[nodiscard]] bool is_durable() const { return is_durable_; }

private:
    std::optional<WaiterId> waiter_;
    std::uint64_t session_ = 0;  // 0: none.
    bool is_durable_ = true;
    std::map<std::string, std::uint64_t> next_;
    std::map<std::string, std::uint64_t> after_;  // Once what is out is taken.
};

}  // namespace sfg::sim
