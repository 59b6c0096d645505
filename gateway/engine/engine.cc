#include "gateway/engine/engine.h"

#include "protocol/assert.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace sfg::engine {

Engine::Engine(EngineOptions options, const ModuleSpec& module, Actions& actions, StoreId store)
    : core_(options, module, actions, store),
      backlog_(core_),
      eviction_(core_, backlog_),
      calls_(core_),
      timers_(core_, calls_),
      acquisition_(core_, backlog_, timers_),
      loads_(core_),
      marks_(core_),
      outbox_(core_),
      states_(core_),
      failures_(core_, calls_),
      turns_(core_, {loads_, calls_, timers_, outbox_, failures_, states_}),
      inspection_(core_, loads_, turns_, failures_),
      purges_(core_, {loads_, calls_, turns_, failures_}),
      types_(core_, backlog_),
      letters_(core_, outbox_),
      arrivals_(core_, calls_, marks_, timers_),
      sweeper_(core_, calls_, marks_) {}

void Engine::set_time(SteadyMs now, std::int64_t wall_ms) {
    core_.now = std::max(core_.now, now);
    core_.wall_ms = std::max(core_.wall_ms, wall_ms);
    core_.ledger.set_time(core_.wall_ms);
}

void Engine::on(const Reset& event) {
    std::vector<PartitionId> mine;
    for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
        if (core_.partitions[id].ownership != Ownership::none) {
            mine.push_back(id);
        }
    }
    core_.epoch = Epoch{static_cast<std::uint32_t>(core_.epoch) + 1};
    turns_.clear();
    give_up_waiters();
    core_.store_lost = false;
    calls_.clear();
    marks_.clear();
    outbox_.clear();
    timers_.clear();
    acquisition_.clear();
    loads_.clear();
    sweeper_.clear();
    states_.clear();
    backlog_.clear();
    eviction_.clear();
    core_.clear_waits();
    core_.entities.clear();
    core_.partitions.clear();
    core_.registry.forget_states();
    core_.reads.begin(core_.epoch);
    core_.ledger.begin(event.first, event.ceiling);
    acquisition_.begin([this](std::string_view key, std::string_view value) {
        return outbox_.restore(key, value);
    });
    for (PartitionId id : mine) {
        acquisition_.acquire(id);
    }
    settle();
}

void Engine::on(MessageArrived&& event) {
    arrivals_.on(std::move(event), ready());
    settle();
}

void Engine::on(BulkArrived event) {
    arrivals_.on(std::move(event), ready());
    settle();
}

void Engine::on(const WaiterGone& event) {
    calls_.forget_waiter(event.waiter);
    settle();
}

void Engine::on(const CallTimedOut& event) {
    calls_.time_out(event.waiter);
    settle();
}

void Engine::on(const ReplyAsked& event) {
    calls_.ask(event.message_id, event.waiter);
    settle();
}

void Engine::on(ResponseArrived&& event) {
    core_.stats.late_events += turns_.on(std::move(event)) ? 0 : 1;
    settle();
}

void Engine::on(const CallFailed& event) {
    core_.stats.late_events += turns_.on(event) ? 0 : 1;
    settle();
}

void Engine::on(Loaded event) {
    core_.stats.late_events += core_.reads.on(std::move(event), core_.now) ? 0 : 1;
    settle();
}

void Engine::on(const Durable& event) {
    if (event.epoch != core_.epoch) {
        ++core_.stats.late_events;
        return;
    }
    core_.ledger.on_durable(event.up_to);
    core_.settle_durable();
    outbox_.on_durable();
    timers_.on_durable();
    letters_.on_durable();
    settle();
}

void Engine::on(const Tick&) {
    wake_at_ = SteadyMs::max();  // It is spent: whatever is wanted next is asked for anew.
    timers_.fire();
    settle();
}

void Engine::on(EntityAsked event) {
    inspection_.on(std::move(event));
    settle();
}

void Engine::on(EntityOrdered event) {
    Purges::takes(event) ? purges_.on(std::move(event)) : inspection_.on(std::move(event));
    settle();
}

void Engine::on(const TypeAsked& event) {
    types_.on(event, ready());
    settle();
}

void Engine::on(const TypeOrdered& event) {
    types_.on(event, ready());
    settle();
}

void Engine::on(DeadLettersAsked event) {
    letters_.on(std::move(event));
    settle();
}

void Engine::on(DeadLetterOrdered event) {
    letters_.on(std::move(event));
    settle();
}

void Engine::on(const PartitionAcquired& event) {
    acquisition_.acquire(event.partition);
    settle();
}

void Engine::on(const PartitionReleased& event) {
    acquisition_.release(event.partition);
    turns_.abandon(event.partition);
    states_.dues.forget(event.partition);
    settle();
}

void Engine::on(const DiskRoomChanged& event) {
    core_.disk = event.room;
    settle();
}

void Engine::on(const StoreLost&) {
    core_.store_lost = true;
    give_up_waiters();
}

void Engine::give_up_waiters() {
    for (auto& [waiter, answer] : core_.ledger.take_waiting()) {
        if (std::holds_alternative<Stored>(answer)) {
            continue;  // A call's: it is answered with the calls.
        }
        Problem problem{Errc::in_doubt, "the store was opened anew before this was durable"};
        core_.actions.answer(waiter, Refused{std::move(problem), std::chrono::seconds(1), {}});
    }
    marks_.give_up();
    calls_.give_up();
    core_.news.clear();
    inspection_.clear();
    purges_.clear();
    types_.clear();
    letters_.clear();
}

void Engine::on(const StopStarting&) {
    core_.stopping = true;
    core_.ledger.remember_time();
}

bool Engine::ready() const {
    return acquisition_.ready();
}

bool Engine::quiet() const {
    return core_.calls_in_flight == 0 && core_.reads.out() == 0 &&
           core_.ledger.durable() == core_.ledger.last_number();
}

void Engine::settle() {
    core_.settle_waits();
    // Before the releases and the loads: it lets go of entities that they may want.
    SteadyMs wake = ready() ? states_.settle() : SteadyMs::max();
    acquisition_.settle();
    inspection_.settle();
    wake = std::min(wake, purges_.settle());
    // First, so that what may start now is not kept from it by what may go.
    eviction_.settle();
    wake = std::min({wake, core_.reads.retry(core_.now), backlog_.settle(), timers_.settle()});
    loads_.settle();
    turns_.start_ready();
    calls_.on_durable();
    marks_.on_durable();
    if (ready()) {
        wake = std::min(wake, sweeper_.settle());
    }
    wake = std::min(wake, core_.dispatcher.changes_at(core_.now));
    if (!core_.backoff.empty()) {
        wake = std::min(wake, core_.backoff.begin()->first);
    }
    core_.news.settle(core_.ledger.durable());
    if (wake != wake_at_) {
        wake_at_ = wake;
        core_.actions.wake_at(wake);
    }
    ++core_.event;
}

EngineStats Engine::stats() const {
    EngineStats stats = core_.stats;
    stats.commits = core_.ledger.commits();
    stats.waiting_messages = core_.partitions.waiting_messages();
    stats.waiting_bytes = core_.partitions.waiting_bytes();
    stats.entities_in_memory = core_.entities.size();
    stats.memory_bytes = core_.memory_used();
    stats.timers_pending = core_.partitions.timers();
    stats.parked_entities = core_.partitions.parked();
    stats.news_lost = core_.news.lost();
    stats.timer_lag_ms = timers_.lag_ms();
    stats.undurable_bytes = core_.ledger.undurable_bytes();
    stats.open_calls = calls_.open_count();
    stats.calls_in_flight = core_.calls_in_flight;
    for (std::size_t i = 0; i < core_.endpoint_waits.size(); ++i) {
        if (core_.dispatcher.is_down(static_cast<EndpointId>(i))) {
            std::uint32_t ready = core_.endpoint_waits[i].ready;
            stats.waiting_entities[static_cast<std::size_t>(WaitReason::ready)] -= ready;
            stats.waiting_entities[static_cast<std::size_t>(WaitReason::endpoint_down)] += ready;
        }
    }
    for (PartitionId id = 0; id < core_.partitions.count(); ++id) {
        stats.partitions_owned += core_.partitions.owned(id) ? 1 : 0;
        stats.partitions_to_scan += core_.partitions[id].scan_from ? 1 : 0;
    }
    stats.backlog_ranges = backlog_.ranges();
    return stats;
}

std::uint64_t Engine::stuck_entities() {
    std::uint64_t stuck = 0;
    std::uint64_t pausing = 0;
    core_.entities.for_each([&](Entity& entity) {
        bool waits =
            !entity.mailbox.empty() && entity.waits == WaitReason::none && entity.load != kPinned;
        bool in_line = entity.waits == WaitReason::ready || entity.waits == WaitReason::type_down ||
                       entity.waits == WaitReason::not_durable;
        bool line = in_line && !entity.in_line.is_linked();
        stuck += waits || line ? 1 : 0;
        pausing += is_pause(entity.waits) ? 1 : 0;
    });
    // Each of them has its place by its time.
    return stuck + pausing - std::min<std::uint64_t>(pausing, core_.backoff.size());
}

}  // namespace sfg::engine
