// Callers: the function callers of the process: one on the engine's loop, or one on each I/O loop
// (design D1, ioThreads).
//
// With I/O loops a call goes to the loop with the fewest in flight. Orders go there, and outcomes
// come back, in batches.
//
// Threads:    the engine's loop; also `done`. counts_on() on that I/O loop.
// Lifetime:   the loops and the helpers outlive it. Destroyed when the I/O loops are stopped or not
//             started yet.
// Invariants: those of FunctionCaller. What a call was granted of a loop's gate is given back on
//             that loop.
// Limits:     those of FunctionCaller; the gate for large answers is each loop's own. Idle
//             connections of other loops come on top of pool_size.
#pragma once

#include "gateway/functions/caller.h"
#include "gateway/runtime/handover.h"
#include "gateway/runtime/io_loops.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <variant>
#include <vector>

namespace sfg::functions {

class Callers {
public:
    using Done = FunctionCaller::Done;
    // By endpoint.
    using Counts = std::vector<CallerStats>;

    Callers(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        runtime::IoLoops& io_loops,
        const std::vector<EndpointSpec>& endpoints,
        const CallerOptions& options,
        Done done
    );
    Callers(const Callers&) = delete;
    Callers& operator=(const Callers&) = delete;
    ~Callers();

    // As FunctionCaller's. Calls that are started afterwards find what was bound before.
    void bind(
        const std::vector<EndpointSpec>& endpoints,
        const std::vector<engine::EndpointId>& renewed
    );

    void start(engine::StartCall call);
    void cancel(RequestId id);
    void stop();

    // Calls in flight, by I/O loop.
    [[nodiscard]] std::vector<std::size_t> in_flight() const;

    // What was counted on the engine's loop: nothing if there are I/O loops.
    [[nodiscard]] Counts counts() const;
    // What was counted on this I/O loop, called there.
    [[nodiscard]] Counts counts_on(std::size_t io_loop) const;

private:
    struct Bind {
        std::vector<EndpointSpec> endpoints;
        std::vector<engine::EndpointId> renewed;
    };

    struct Stop {};

    using Order = std::variant<engine::StartCall, RequestId, Bind, Stop>;

    // What lives on one I/O loop, and the way there.
    struct Carrier {
        std::unique_ptr<FunctionCaller> caller;
        std::size_t endpoints = 0;
        std::unique_ptr<runtime::Handover<Order>> orders;
        std::size_t in_flight = 0;  // The engine's loop's.
    };

    struct Under {
        Epoch epoch;
        std::size_t carrier;
    };

    void make_carrier(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        const std::vector<EndpointSpec>& endpoints,
        const CallerOptions& options
    );
    static void follow(Carrier& carrier, Order order);
    void ended(CallOutcome outcome);
    [[nodiscard]] std::size_t freest() const;

    const Done done_;
    std::size_t endpoints_;
    bool is_stopped_ = false;
    std::unordered_map<RequestId, Under> under_way_;  // Calls on I/O loops.
    runtime::Handover<CallOutcome> outcomes_;
    std::unique_ptr<FunctionCaller> here_;  // Without I/O loops.
    std::vector<std::unique_ptr<Carrier>> carriers_;
};

}  // namespace sfg::functions
