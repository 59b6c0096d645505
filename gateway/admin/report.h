// EngineReport: what the engine's side tells the admin side about itself, at one moment.
//
// Threads:    a value; made on the engine's thread, read on the admin thread.
// Invariants: counters (named as events) only grow during the life of the process; gauges (named as
//             what there is) do not. Every list stands in an order that only gets longer at its
//             end, so that what is folded together past a limit keeps growing, too (metrics.h).
// Limits:     no ids, paths or error texts in anything that becomes a label.
#pragma once

#include "gateway/engine/events.h"
#include "gateway/runtime/metrics.h"
#include "protocol/address.h"
#include "protocol/errors.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::admin {

enum class Stage : std::uint8_t { starting, running, stopping };

// Failures by the kinds of design D6.
struct CallFailures {
    std::uint64_t down = 0;
    std::uint64_t rejected = 0;
    std::uint64_t too_large = 0;
};

// One function type. StateFun's names for the same are in the comments.
struct FunctionReport {
    TypeName function;
    std::uint64_t messages_in = 0;  // in, without the async completions.
    std::uint64_t out_local = 0;    // outLocal: to an entity of the same partition.
    std::uint64_t out_remote = 0;   // outRemote: to another partition.
    std::uint64_t out_egress = 0;   // outEgress.
    std::uint64_t turns = 0;
    std::uint64_t invocations = 0;      // Messages that turns consumed; over turns: the mean batch.
    CallFailures failures{};            // remoteInvocationFailures.
    std::uint64_t calls_in_flight = 0;  // inflightAsyncOps.
    std::uint64_t backlog_messages = 0;  // numBacklog.
    std::uint64_t expired = 0;           // State values whose time was over.
    std::uint64_t parked = 0;            // Entities that were parked.
    std::uint64_t paused = 0;            // 1: an operator has paused the type.
};

// One endpoint of module.yaml, as its driver counts.
struct EndpointReport {
    std::string functions;  // Its pattern: "ns/*".
    std::uint64_t attempts = 0;
    CallFailures failures{};
    std::vector<std::pair<int, std::uint64_t>> answers_by_status{};
    runtime::Histogram attempt_latency{};
    // remoteInvocationLatency, of the first types that were called.
    std::vector<std::pair<TypeName, runtime::Histogram>> latency_by_function{};
    std::uint64_t connects = 0;
    std::uint64_t tls_resumptions = 0;
    std::uint64_t connections_open = 0;
    std::uint64_t calls_in_flight = 0;
    std::uint64_t calls_without_connection = 0;  // Of those, waiting for one.
    std::uint64_t concurrency = 0;  // Calls at a time that it gets now, while it is up.
};

struct EgressReport {
    TypeName egress;
    std::uint64_t records = 0;
    std::uint64_t delivered = 0;
    std::uint64_t waiting_records = 0;
};

// An egress that is written to: Kafka's.
struct DeliveryReport {
    TypeName egress;
    bool is_connected = false;
    std::uint64_t batches = 0;
    std::uint64_t refused = 0;
    std::uint64_t failures = 0;
};

// An ingress that is read from (engine/sources.h).
struct SourceReport {
    TypeName ingress;
    std::uint64_t batches = 0;
    std::uint64_t messages = 0;
    std::uint64_t refused = 0;
    std::uint64_t refused_kept = 0;
    bool is_held = false;
};

// The same as its reader counts: Kafka's.
struct ReadingReport {
    TypeName ingress;
    std::uint64_t connected = 0;  // 1: its brokers answer.
    std::uint64_t stopped = 0;    // 1: in front of a record.
    std::uint64_t partitions = 0;
    std::uint64_t lag = 0;
    std::uint64_t records = 0;
    std::uint64_t skipped = 0;
    std::uint64_t forwarded = 0;
    std::uint64_t resets = 0;
    std::uint64_t failures = 0;
    std::uint64_t commit_failures = 0;
};

// One way in: send, call, replies, playground.
struct DoorReport {
    std::string door;
    std::uint64_t accepted = 0;
    std::vector<std::pair<Errc, std::uint64_t>> refused;
};

// Invariant 11: entities with waiting messages, by the reason. `reason` is one of a closed list.
struct WaitReport {
    std::string_view reason;  // A literal.
    std::uint64_t entities = 0;
};

// Reloads of the modules.
struct ReloadReport {
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
};

// What those who listen to events were told; the admin side's own.
struct EventCounts {
    std::uint64_t listeners = 0;
    std::uint64_t told = 0;  // Events.
    std::uint64_t lost = 0;
    std::uint64_t cut_off = 0;  // Listeners.
};

struct EngineReport {
    Stage stage = Stage::starting;
    ReloadReport reloads;
    std::optional<Problem> store_trouble;  // Why the store can't be written now.
    std::optional<std::chrono::milliseconds> oldest_commit_age;  // Of those not yet durable.

    runtime::Histogram loop_lag{};
    std::uint64_t commits = 0;
    std::uint64_t commit_groups = 0;
    runtime::Histogram sync_latency{};
    std::uint64_t commit_queue_bytes = 0;
    std::uint64_t store_bytes = 0;

    std::uint64_t waiting_messages = 0;
    std::uint64_t waiting_bytes = 0;
    std::uint64_t backlog_ranges = 0;  // Types in partitions with entities on disk that wait.
    std::uint64_t entities_in_memory = 0;
    std::uint64_t memory_charged_bytes = 0;
    std::uint64_t memory_budget_bytes = 0;
    std::uint64_t dead_letters = 0;
    std::uint64_t parked_entities = 0;
    std::uint64_t events_lost = 0;  // Of those for operators who listen.
    std::uint64_t timers_pending = 0;
    std::uint64_t timers_fired = 0;
    std::uint64_t timers_cancelled = 0;
    std::chrono::milliseconds timer_lag{0};  // How late the next one is.

    std::vector<FunctionReport> functions;
    std::vector<EndpointReport> endpoints;
    std::vector<EgressReport> egresses;
    std::vector<DeliveryReport> deliveries;
    std::vector<SourceReport> sources;
    std::vector<ReadingReport> readings;
    std::vector<DoorReport> doors;
    std::vector<WaitReport> waits;
};

// The way to ask. Implemented by whoever owns the engine.
class EngineProbe {
public:
    virtual ~EngineProbe() = default;

    // Any thread. Returns at once; `answer` is called at most once, on any thread, possibly before
    // this returns, possibly never. The caller keeps at most one question out.
    virtual void ask(std::function<void(EngineReport)> answer) = 0;

    // Any thread. Returns at once; the engine answers the event's waiter by Server::answer, or not.
    virtual void put(engine::Event event) = 0;

    // Any thread. Returns at once; the modules are read and bound again, and the waiter is answered
    // by Server::answer.
    virtual void reload(WaiterId waiter) = 0;
};

}  // namespace sfg::admin
