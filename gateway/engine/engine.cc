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
      sources_(core_, backlog_),
      states_(core_),
      failures_(core_, calls_),
      turns_(core_, {loads_, calls_, timers_, outbox_, failures_, states_}),
      inspection_(core_, loads_, turns_, failures_),
      purges_(core_, {loads_, calls_, turns_, failures_}),
      types_(core_, backlog_),
      letters_(core_, outbox_),
      refused_(core_, sources_),
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
    sources_.clear();
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
    begin_reading();
    for (PartitionId id : mine) {
        acquisition_.acquire(id);
    }
    settle();
}

void Engine::begin_reading() {
    using Row = std::string_view;
    using storage::Table;
    acquisition_.begin({
        {Table::registry,
         "registry",
         [this](Row key, Row value) {
             return core_.registry.restore(key, value);
         }},
        {Table::egress_row,
         "egress row",
         [this](Row key, Row value) {
             return outbox_.restore(key, value);
         }},
        {Table::source_position,
         "source position",
         [this](Row key, Row value) {
             return sources_.restore(key, value);
         }},
    });
}

void Engine::on(MessageArrived&& event) {
    arrivals_.on(std::move(event));
    settle();
}

void Engine::on(BulkArrived event) {
    arrivals_.on(std::move(event));
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
    refused_.on_durable();
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
    types_.on(event);
    settle();
}

void Engine::on(const TypeOrdered& event) {
    types_.on(event);
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
        if (std::holds_alternative<SourceAt>(answer)) {
            core_.actions.answer(waiter, SourceLost{});
            continue;
        }
        Problem problem{Errc::in_doubt, "the store was opened anew before this was durable"};
        core_.actions.answer(waiter, Refused{std::move(problem), std::chrono::seconds(1), {}});
    }
    sources_.give_up();
    marks_.give_up();
    calls_.give_up();
    core_.news.clear();
    inspection_.clear();
    purges_.clear();
    types_.clear();
    letters_.clear();
    refused_.clear();
}

void Engine::on(const StopStarting&) {
    core_.stopping = true;
    sources_.stop();
    core_.ledger.remember_time();
}

bool Engine::quiet() const {
    return core_.calls_in_flight == 0 && core_.reads.out() == 0 &&
           core_.ledger.durable() == core_.ledger.last_number();
}

void Engine::settle() {
    core_.settle_waits();
    SteadyMs wake = sources_.settle();
    // Before the releases and the loads: it lets go of entities that they may want.
    wake = std::min(wake, ready() ? states_.settle() : SteadyMs::max());
    acquisition_.settle();
    inspection_.settle();
    wake = std::min(wake, purges_.settle());
    // First, so that what may start now is not kept from it by what may go.
    wake = std::min(wake, eviction_.settle());
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

}  // namespace sfg::engine
