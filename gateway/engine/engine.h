// Engine: decides everything, does nothing to the world (design D1, D2).
//
// Events come in through on(), what should happen goes out through Actions. One engine owns all
// partitions of the process, and what happens is one order. The simulator runs the same engine.
//
// Threads:    one; it is the only one that touches what the engine owns (invariant 6).
// Lifetime:   the actions outlive it.
// Invariants: those of design section 6; each stands in the header of its keeper.
#pragma once

#include "gateway/engine/acquisition.h"
#include "gateway/engine/arrivals.h"
#include "gateway/engine/backlog.h"
#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "gateway/engine/eviction.h"
#include "gateway/engine/failures.h"
#include "gateway/engine/inspection.h"
#include "gateway/engine/letter_desk.h"
#include "gateway/engine/loads.h"
#include "gateway/engine/marks.h"
#include "gateway/engine/outbox.h"
#include "gateway/engine/purges.h"
#include "gateway/engine/refused_desk.h"
#include "gateway/engine/sources.h"
#include "gateway/engine/state_rooms.h"
#include "gateway/engine/sweeper.h"
#include "gateway/engine/timers.h"
#include "gateway/engine/turns.h"
#include "gateway/engine/type_desk.h"

#include <cstdint>
#include <string>

namespace sfg::engine {

class Engine {
public:
    Engine(EngineOptions options, const ModuleSpec& module, Actions& actions, StoreId store);

    // Time, before each event or batch of events: steady, and the wall's (ms since 1970).
    void set_time(SteadyMs now, std::int64_t wall_ms);

    // Begins the first or the next epoch: everything that is not durable is gone, what was owned is
    // acquired again.
    void on(const Reset& event);

    void on(MessageArrived&& event);
    void on(BulkArrived event);
    void on(const WaiterGone& event);
    void on(const CallTimedOut& event);
    void on(const ReplyAsked& event);
    void on(ResponseArrived&& event);
    void on(const CallFailed& event);
    void on(Loaded event);
    void on(const Durable& event);
    void on(const Tick& event);

    // What readers of egresses say.
    template <typename OfOutbox>
        requires requires(Outbox& outbox, const OfOutbox& event) { outbox.on(event); }
    void on(const OfOutbox& event) {
        outbox_.on(event);
        settle();
    }

    // What sources say.
    template <typename OfSources>
        requires requires(Sources& sources, OfSources&& event) { sources.on(std::move(event)); }
    void on(OfSources&& event) {
        sources_.on(std::move(event));
        settle();
    }

    // What operators ask about refused records.
    template <typename OfDesk>
        requires requires(RefusedDesk& desk, OfDesk&& event) { desk.on(std::move(event)); }
    void on(OfDesk&& event) {
        refused_.on(std::move(event));
        settle();
    }

    void on(EntityAsked event);
    void on(EntityOrdered event);
    void on(const TypeAsked& event);
    void on(const TypeOrdered& event);
    void on(DeadLettersAsked event);
    void on(DeadLetterOrdered event);
    void on(const BindingsChanged& event);
    void on(const PartitionAcquired& event);
    void on(const PartitionReleased& event);
    void on(const DiskRoomChanged& event);
    void on(const StoreLost& event);
    void on(const StopStarting& event);

    // Every partition that was acquired is there: messages are taken.
    [[nodiscard]] bool ready() const { return core_.ready(); }

    // Nothing is in flight: no call, no read, no commit that isn't durable.
    [[nodiscard]] bool quiet() const;

    [[nodiscard]] EngineStats stats() const;

    [[nodiscard]] Epoch epoch() const { return core_.epoch; }

    template <typename Visitor>
    void for_each_function(Visitor&& visit) const {
        core_.registry.for_each(visit);
    }

    template <typename Visitor>
    void for_each_egress(Visitor&& visit) const {
        outbox_.for_each(visit);
    }

    template <typename Visitor>
    void for_each_source(Visitor&& visit) const {
        sources_.for_each(visit);
    }

    // What is known of an entity in memory, for inspection and tests; nullptr: it is not in memory.
    [[nodiscard]] const Entity* find(const Address& address) {
        return core_.entities.find(address);
    }

    // Calls at a time that the endpoint gets now, while it is up.
    [[nodiscard]] std::uint32_t concurrency_of(EndpointId endpoint) const {
        return core_.dispatcher.limit(endpoint).value();
    }

    [[nodiscard]] const Partition& partition(PartitionId id) const { return core_.partitions[id]; }

    // Messages that wait although nothing is going on for them: invariant 11, for checks.
    [[nodiscard]] std::uint64_t stuck_entities();

    // What is held of slots, credit, gates, loads, pins and memory although nothing that goes on
    // explains it; empty: nothing. For checks.
    [[nodiscard]] std::string leak();

private:
    // A new epoch: the store's rows are read.
    void begin_reading();
    // Answers everybody whose answer rests on what is not durable.
    void give_up_waiters();
    // The entity follows its type to where that is bound now, and to what may be another program.
    void move(Entity& entity);
    // After each event: start what may be started, let go of what may go, ask for the next tick.
    void settle();

    Core core_;
    Backlog backlog_;
    Eviction eviction_;
    Calls calls_;
    Timers timers_;
    Acquisition acquisition_;
    Loads loads_;
    Marks marks_;
    Outbox outbox_;
    Sources sources_;
    StateRooms states_;
    Failures failures_;
    Turns turns_;
    Inspection inspection_;
    Purges purges_;
    TypeDesk types_;
    LetterDesk letters_;
    RefusedDesk refused_;
    Arrivals arrivals_;
    Sweeper sweeper_;
    SteadyMs wake_at_ = SteadyMs::max();
};

}  // namespace sfg::engine
