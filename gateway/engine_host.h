// EngineHost: the engine with its drivers around it: the pump that feeds it, the store's committer
// and reader, the function caller. Doors (ingress, egress) put events here and get answers back.
//
// Threads:    everything on the loop's thread.
// Lifetime:   the loop, the helpers, the module and the doors outlive it. stop() before
// destruction. Invariants: the engine is called from the pump only, one event at a time. After a
// failed write the
//             store is opened anew and the engine begins its next epoch (design D10, reset).
#pragma once

#include "gateway/commit/committer.h"
#include "gateway/commit/reader.h"
#include "gateway/commit/recovery.h"
#include "gateway/engine/engine.h"
#include "gateway/functions/callers.h"
#include "gateway/runtime/clock_watch.h"
#include "gateway/runtime/engine_clock.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/io_loops.h"
#include "gateway/runtime/metrics.h"
#include "gateway/runtime/pump.h"
#include "protocol/module_rebind.h"
#include "storage/store.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sfg {

struct HostOptions {
    engine::EngineOptions engine;
    functions::CallerOptions caller;
    commit::PaceOptions pace;
};

class EngineHost : private engine::Actions {
public:
    struct Outside {
        std::function<void(WaiterId, engine::Answer)> answer;
        std::function<void(WaiterId)> admitted;
        std::function<void(engine::Happening)> happened;
        // A failed sync, or a store that is damaged: the process must end with this error.
        std::function<void(storage::StoreError)> fatal;
    };

    using OpenStore = std::function<storage::StoreResult<std::unique_ptr<storage::Store>>()>;

    EngineHost(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        runtime::IoLoops& io_loops,
        const ModuleSpec& module,
        HostOptions options,
        Outside outside
    );
    EngineHost(const EngineHost&) = delete;
    EngineHost& operator=(const EngineHost&) = delete;
    ~EngineHost() override;

    // Opens the store and begins the first epoch; the partitions then come in by themselves.
    [[nodiscard]] storage::StoreResult<void> open(OpenStore open_store);

    // From a door.
    void put(engine::Event&& event);

    // Another module is bound from now on. Requires: open() succeeded.
    void rebind(const Rebinding& change);

    [[nodiscard]] bool ready() const { return engine_ && engine_->ready(); }

    // No new calls or messages. Then, when nothing is in flight or at the deadline, everything is
    // made durable and `stopped` is called; the waiters of what was not finished are answered.
    void stop(std::chrono::milliseconds patience, std::function<void()> stopped);

    // Ends the threads and closes the store.
    void close();

    // For reports.
    [[nodiscard]] const engine::Engine& engine() const { return *engine_; }

    [[nodiscard]] const commit::Committer& committer() const { return committer_; }

    [[nodiscard]] const functions::Callers& callers() const { return callers_; }

    [[nodiscard]] const runtime::Histogram& loop_lag() const { return loop_lag_; }

    [[nodiscard]] const runtime::Histogram& sync_latency() const { return sync_latency_; }

    [[nodiscard]] const storage::Store* store() const { return store_.get(); }

    // Store::trim(), if one is open.
    void trim_store() {
        if (store_) {
            store_->trim();
        }
    }

    [[nodiscard]] const std::optional<std::string>& store_trouble() const { return store_trouble_; }

private:
    // The classes of the pump, by urgency (design D1).
    enum Class : std::size_t { durable, responses, loads, timers, ingress, admin, kClasses };

    using Pump = runtime::Pump<engine::Event, kClasses>;

    [[nodiscard]] static Class class_of(const engine::Event& event);
    // How many usual events it is as long as.
    [[nodiscard]] static std::size_t weight_of(const engine::Event& event);

    void handle(engine::Event&& event);
    void after_round();
    [[nodiscard]] std::chrono::milliseconds elapsed(runtime::SteadyTime now) const;
    void set_time(runtime::SteadyTime now);
    void watch_clock();
    void begin(const commit::Beginning& beginning);
    void on_failed_write(const storage::StoreError& error);
    void reopen();
    void arm_wake();
    void check_stopped();

    void read(engine::ReadRequest request) override;
    void start_call(engine::StartCall&& call) override;
    void cancel_call(RequestId id) override;
    void commit(engine::Commit& commit) override;
    void answer(WaiterId waiter, engine::Answer answer) override;
    void admitted(WaiterId waiter) override;
    void wake_at(engine::SteadyMs when) override;
    void released(PartitionId partition) override;
    void notice(std::string text) override;

    void happened(engine::Happening happening) override { outside_.happened(std::move(happening)); }

    runtime::Loop& loop_;
    const ModuleSpec& module_;
    const HostOptions options_;
    const Outside outside_;
    const runtime::SteadyTime started_;
    OpenStore open_store_;

    // The loop's.
    std::unique_ptr<storage::Store> store_;
    std::optional<runtime::EngineClock> clock_;
    runtime::ClockWatch clock_watch_;
    std::unique_ptr<engine::Engine> engine_;
    Pump pump_;
    commit::Committer committer_;
    commit::Reader reader_;
    commit::Reader walker_;  // Reads that may take long.
    functions::Callers callers_;
    boost::asio::steady_timer wake_timer_;
    engine::SteadyMs wake_{engine::SteadyMs::max()};
    runtime::Loop::DeadlineTimer retry_open_;
    runtime::Loop::DeadlineTimer patience_;
    std::function<void()> stopped_;
    bool calls_cut_ = false;
    std::optional<std::string> store_trouble_;
    runtime::Histogram loop_lag_;
    runtime::Histogram sync_latency_;
    std::uint64_t notices_ = 0;
    std::int64_t notices_since_ms_ = 0;
};

}  // namespace sfg
