// Core: what the rooms of the engine share.
//
// The rooms (Arrivals, Turns, Loads, Outbox, Calls, Marks) each decide one thing; what several of
// them need stands here: the time, the tables, and the two steps that belong together everywhere:
// bringing a message into a mailbox, and deciding what an entity waits for.
//
// Threads: the engine's.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/dispatcher.h"
#include "gateway/engine/entity_row.h"
#include "gateway/engine/entity_table.h"
#include "gateway/engine/ledger.h"
#include "gateway/engine/load_lines.h"
#include "gateway/engine/news.h"
#include "gateway/engine/partitions.h"
#include "gateway/engine/reads.h"
#include "gateway/engine/registry.h"
#include "gateway/engine/stats.h"
#include "protocol/limits.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::engine {

struct EngineOptions {
    PartitionId partitions = kPartitions;
    std::size_t memory_budget_bytes = kMemoryBudgetBytes;
    std::size_t commit_queue_bytes_max = kCommitQueueBytesMax;
    std::size_t batch_bytes_max = kBatchBytesMax;
    std::uint64_t mailbox_messages_max = kMailboxMessagesMax;
    std::uint64_t mailbox_bytes_max = kMailboxBytesMax;
    std::uint64_t waiting_messages_max = kWaitingMessagesMax;
    std::uint64_t waiting_bytes_max = kWaitingBytesMax;
    std::uint64_t marks_max = kMarksMax;
    std::uint64_t calls_max = kCallRecordsMax;
    Concurrency concurrency;  // Of endpoints that do not name their own.
    FailurePolicy failure;    // The same.
    // The request gate: what large requests take together, and from where on one is large. The
    // drivers have the other two.
    std::size_t large_requests_bytes = kGateBodies * kBodyBytesMax;
    std::size_t large_request_bytes = kLargeBodyBytes;
};

struct Core {
    Core(EngineOptions with, const ModuleSpec& bound, Actions& drivers, StoreId name);
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    const EngineOptions options;
    // What is bound now. An endpoint keeps its index, also when its binding was taken away.
    ModuleSpec module;
    Actions& actions;
    const StoreId store;

    Epoch epoch{};
    SteadyMs now{0};
    std::int64_t wall_ms = 0;
    std::uint64_t event = 0;  // Counts events, to tell "in this one" from "before".
    // When endpoints were bound last. What failed before may be called at once.
    CommitNumber bound_at{};
    bool stopping = false;
    bool store_lost = false;  // Nothing can become durable until the next epoch.
    // The tables of the system and the rows of all partitions. Before that nothing is known of
    // egresses, sources and counters, also where no partition is wanted.
    bool tables_read = false;
    DiskRoom disk = DiskRoom::plenty;

    EngineStats stats;
    Partitions partitions;
    Registry registry;
    Ledger ledger;
    News news;
    EntityTable entities;
    Dispatcher dispatcher;
    Reads reads;

    std::vector<FailurePolicy> policies;       // By endpoint.
    Line not_durable;                          // Entities whose call waits for the disk.
    LoadLines to_load;                         // Entities that wait to be loaded.
    std::multimap<SteadyMs, Entity*> backoff;  // By the time of their next call.
    std::size_t calls_in_flight = 0;
    std::size_t timer_bytes = 0;   // What the windows of timers hold.
    CommitNumber newest_called{};  // Of the messages that are in a call, or were.
    std::size_t call_credit = 0;   // What they have taken of the commit queue.

    // Entities of one endpoint that wait in memory.
    struct EndpointWaits {
        std::uint32_t loading = 0;
        std::uint32_t ready = 0;
        std::uint32_t calls_since_load = 0;
        std::uint32_t calls_since_walk = 0;
    };

    std::vector<EndpointWaits> endpoint_waits;

    // So many of its entities should be loaded, or on the way, for the endpoint to be kept busy.
    [[nodiscard]] std::uint32_t supply_wanted(EndpointId endpoint) const;

    // Every partition that was asked for is there, too: messages are taken.
    [[nodiscard]] bool ready() const { return tables_read && !partitions.any_acquiring(); }

    // What entities, their calls, timers and commits that are not durable hold.
    [[nodiscard]] std::size_t memory_used() const {
        return entities.charged() + ledger.undurable_bytes() + timer_bytes;
    }

    [[nodiscard]] bool memory_is_short() const {
        return memory_used() > options.memory_budget_bytes;
    }

    // Appends the message to the target's mailbox in the same commit and in memory, so that memory
    // order is key order. What comes back from the dead letters was counted when it first came.
    // What comes in bulk from outside leaves together: no message of it goes ahead alone.
    enum class Origin : std::uint8_t { outside, bulk, turn, timer, dead_letter };
    MessageKey deliver(Draft& draft, const Address& target, SharedBytes stored, Origin origin);

    // What becomes of messages that leave a mailbox.
    enum class Fate : std::uint8_t { consumed, set_aside, dropped };
    // Takes the first so many away for good.
    void take_messages(Draft& draft, Entity& entity, std::uint32_t messages, Fate fate);

    // Requires: it has an endpoint.
    [[nodiscard]] const FailurePolicy& policy_of(const Entity& entity) const {
        return policies[*entity.endpoint];
    }

    // Messages at the head of its mailbox that may be in a call now.
    [[nodiscard]] std::size_t callable(const Entity& entity) const;

    // Makes room for endpoints that are new, and takes the settings of this one from the module.
    void bind_endpoint(EndpointId endpoint);

    // Decides what the entity waits for now, and puts it in that line. An entity whose type was
    // bound elsewhere meanwhile follows it here, as soon as it may.
    void consider(Entity& entity);

    // Writes the entity's row as it is now, and puts what a row says into the entity.
    void put_entity_row(Draft& draft, Entity& entity);
    void take_entity_row(Entity& entity, const EntityRow& row);
    void take_attempts(Entity& entity, const EntityRow& row);

    // Takes it out of every line: it waits for nothing until it is considered, or until the caller
    // says for what.
    void leave_lines(Entity& entity);

    void set_reason(Entity& entity, WaitReason reason);

    // After each event: those whose time has come; after a durable notice: whose commit has.
    void settle_waits();
    void settle_durable();

    // A row that can't be understood is left where it is, and said.
    void notice_damage(std::string_view table, std::string_view key);

    // How many calls an endpoint may have in flight for another one to start: design D4's credit.
    // When it is scarce, or memory is, an endpoint that has few goes before those that have many;
    // so whoever holds all slots for long leaves the others theirs. 0: none may start.
    [[nodiscard]] std::uint32_t calls_allowed() const;

    // A new epoch.
    void clear_waits();
};

}  // namespace sfg::engine
