// Turns: calling a function for an entity and applying what it answers.
//
// A response is applied in two steps (design D2): what it needs in memory (call records that it
// replies to, tokens of delayed messages) is brought in; then the whole of it is validated and all
// its effects are one commit, or none of it counts.
//
// Threads:    the engine's.
// Invariants: 1: one call in flight per entity. 4: one turn is one commit. 5: an answer counts only
//             for the epoch and call that asked for it.
// Limits:     Registration bounds the incomplete answers per turn; credit and slots the calls.
#pragma once

#include "gateway/engine/batch.h"
#include "gateway/engine/calls.h"
#include "gateway/engine/core.h"
#include "gateway/engine/events.h"
#include "gateway/engine/failures.h"
#include "gateway/engine/loads.h"
#include "gateway/engine/outbox.h"
#include "gateway/engine/request_gate.h"
#include "gateway/engine/state_rooms.h"
#include "gateway/engine/timers.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::engine {

class Turns {
public:
    // The rooms that a turn passes through.
    struct Rooms {
        Loads& loads;
        Calls& calls;
        Timers& timers;
        Outbox& outbox;
        Failures& failures;
        StateRooms& states;
    };

    Turns(Core& core, const Rooms& rooms)
        : core_(core),
          loads_(rooms.loads),
          calls_(rooms.calls),
          timers_(rooms.timers),
          outbox_(rooms.outbox),
          failures_(rooms.failures),
          gate_(core.options.large_requests_bytes, core.options.large_request_bytes),
          states_(rooms.states) {}

    // Starts calls while there are ready entities, slots and credit.
    void start_ready();

    // False: late.
    bool on(ResponseArrived&& event);
    bool on(const CallFailed& event);

    // Stops the call of one entity, uncounted, if there is one.
    void abandon(Entity& entity);
    // Stops the turns of a partition that is being released, also those whose response waits for
    // what it needs. Its messages stay.
    void abandon(PartitionId partition);

    void clear();

    // Held of the request gate.
    [[nodiscard]] std::size_t gate_bytes() const { return gate_.held(); }

private:
    void start(Entity& entity, const Batch& batch);
    void call(Entity& entity);
    [[nodiscard]] std::unique_ptr<Turn> new_turn();
    // What its next call may carry.
    [[nodiscard]] BatchLimits limits_of(const Entity& entity);
    [[nodiscard]] Entity* take(Epoch epoch, RequestId id);
    // `why`: it failed.
    void end_call(Entity& entity, Dispatcher::End end, std::string_view why = {});
    void tell(const Entity& entity, Dispatcher::Change change, std::string_view why);

    void on_result(Entity& entity, InvocationResult& result);
    void on_incomplete(Entity& entity, const IncompleteContext& incomplete);
    void call_again(Entity& entity, bool canary);

    // Whether everything that the result needs is in memory; else it is loaded, then finish()
    // follows.
    [[nodiscard]] bool bring_needs(Entity& entity, InvocationResult& result);
    [[nodiscard]] std::vector<std::string> pin_calls(Turn& turn, const InvocationResult& result);
    void go_on(const Address& address, RequestId call);
    void drop_needs(Turn& turn);
    // Applies the result, or rejects it. Requires: its needs are in memory.
    void finish(Entity& entity, InvocationResult& result);

    // Why the result can't be applied; nothing: it can.
    struct Objection {
        std::string reason;
        bool unknown_state = false;
    };

    [[nodiscard]] std::optional<Objection>
    object(const Entity& entity, const InvocationResult& result);

    void apply(Entity& entity, InvocationResult& result);
    void apply_messages(Draft& draft, Entity& entity, InvocationResult& result);
    void apply_egress(Draft& draft, Entity& entity, InvocationResult& result);

    void reject(Entity& entity, const std::string& reason);
    void fail(Entity& entity, const CallFailed& failed);

    Core& core_;
    Loads& loads_;
    Calls& calls_;
    Timers& timers_;
    Outbox& outbox_;
    Failures& failures_;
    RequestGate gate_;
    StateRooms& states_;
    boost::unordered_flat_map<std::uint64_t, Entity*> out_;  // Calls in flight.
    std::uint64_t last_call_ = 0;
    // Kept to save allocations.
    std::vector<StateEntry> state_entries_;
    std::vector<SharedBytes> batch_;
    std::vector<std::unique_ptr<Turn>> over_;  // At most kTurnsKept.
};

}  // namespace sfg::engine
