// Process: one life of the gateway: the real engine and commit groups, with drivers that keep
// everything they are asked for until the world decides what becomes of it.
//
// Threads:    one.
// Lifetime:   the disk and the auditor outlive it. Its destruction is the process's end; what was
//             not written is gone.
#pragma once

#include "gateway/commit/group.h"
#include "gateway/commit/recovery.h"
#include "gateway/engine/engine.h"
#include "gateway/runtime/engine_clock.h"
#include "tests/simulation/auditor.h"
#include "tests/simulation/clients.h"
#include "tests/simulation/disk.h"
#include "tests/support/engine_bed.h"

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace sfg::sim {

struct OutCall {
    test::Asked asked;
    CallSeq seq = 0;
    std::optional<wire::FromFunction> response;  // Of its last execution.
};

struct OutRead {
    engine::ReadRequest request;
    std::optional<storage::StoreResult<engine::ReadResult>> result;  // From its snapshot.
};

class Process : private engine::Actions {
public:
    Process(const Scenario& scenario, Auditor& auditor, Trace& trace, Disk& disk, Clients& clients);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() override;

    // Makes the engine on the store that was opened.
    void start(
        std::unique_ptr<storage::Store> opened,
        const commit::Beginning& beginning,
        std::chrono::milliseconds wall
    );

    // The engine's next epoch, on the store that was opened anew.
    void reset(std::unique_ptr<storage::Store> opened, const commit::Beginning& beginning);

    template <typename Event>
    void give(Event&& event) {
        set_time();
        engine->on(std::forward<Event>(event));
    }

    // The first group that is not written goes to the writer. Requires: there is one, and nothing
    // is being written.
    void begin_write();

    [[nodiscard]] bool has_open() const { return !full_.empty() || !open.empty(); }

    // Writes it; the error if that failed.
    storage::StoreResult<void> finish_write();

    void lose_store();

    std::unique_ptr<storage::Store> store;
    std::unique_ptr<engine::Engine> engine;
    engine::SteadyMs now{0};
    engine::SteadyMs wake{engine::SteadyMs::max()};
    commit::Group open;
    commit::Group writing;
    std::optional<CommitNumber> in_doubt;
    std::deque<engine::Durable> notices;
    std::vector<OutRead> reads;
    std::vector<OutCall> calls;
    std::deque<OutCall> over;  // Calls whose responses may still come.
    std::deque<engine::EgressOffer> offers;
    // On their way to drivers.
    std::deque<std::pair<WaiterId, engine::Answer>> source_answers;
    std::deque<std::pair<WaiterId, engine::Answer>> stream_answers;
    std::set<PartitionId> released_partitions;

private:
    void set_time();

    void read(engine::ReadRequest request) override;
    void start_call(engine::StartCall&& call) override;
    void cancel_call(RequestId id) override;
    void commit(engine::Commit& commit) override;
    void answer(WaiterId waiter, engine::Answer answer) override;
    void admitted(WaiterId waiter) override;
    void wake_at(engine::SteadyMs when) override;
    void released(PartitionId partition) override;
    void notice(std::string text) override;
    void happened(engine::Happening happening) override;

    const Scenario& scenario_;
    Auditor& auditor_;
    Trace& trace_;
    Disk& disk_;
    Clients& clients_;
    std::optional<runtime::EngineClock> clock_;
    std::deque<commit::Group> full_;  // Before the open one.
    commit::Tally tally_;
    std::uint64_t writes_ = 0;
};

// For traces.
[[nodiscard]] std::string describe(const engine::Answer& answer);
[[nodiscard]] std::string describe(const test::Asked& asked);

}  // namespace sfg::sim
