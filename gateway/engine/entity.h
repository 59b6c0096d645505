// Entity: one address with its mailbox, its states and what it is doing.
//
// Threads:    the engine's.
// Lifetime:   owned by EntityTable; pointers are stable until it is evicted.
// Invariants: 1: at most one call in flight (`turn` is set from its start to its end).
//             An entity leaves memory only when all its changes are durable, nothing of it is being
//             read and no message of it waits (design D5).
#pragma once

#include "gateway/engine/commit.h"
#include "gateway/engine/durable_queue.h"
#include "gateway/engine/failing.h"
#include "gateway/engine/registry.h"
#include "protocol/address.h"
#include "protocol/codec.h"
#include "protocol/ids.h"
#include "storage/key_codec.h"

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/unordered_set_hook.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sfg::engine {

using Mailbox = DurableQueue<MessageKey>;

// What is in memory of an entity. Nothing of it is dispatched before it is loaded.
enum class Residence : std::uint8_t { cold, waits_for_load, loading, loaded };

// Entity::load while the entity is held in memory as it is, for a look at its stored stamps.
inline constexpr RequestId kPinned{~std::uint64_t{0}};

// One call of the function for this entity, with all its repetitions until it is applied or fails.
struct Turn {
    RequestId call{};
    std::uint32_t messages = 0;         // The first so many of the mailbox are in this turn.
    std::size_t request_bytes = 0;      // Held by the call that is out.
    std::size_t credit = 0;             // Of the commit queue, for what it will change.
    std::size_t gate_bytes = 0;         // Of the request gate.
    Hold answer_hold;                   // Of the response gate, from the answer on.
    std::uint32_t incomplete = 0;       // Incomplete answers so far,
    std::uint32_t idle_incomplete = 0;  // of those: that named nothing new.
    std::size_t states_sent = 0;        // The request that is out carries so many states,
    std::int64_t built_ms = 0;          // and was built then (engine time);
    std::int64_t touched_ms = 0;        // the last one with states was built then.
    std::vector<std::size_t> gone;      // States whose values had expired when it was built.
    bool canary = false;                // The request that is out carries no states, to learn them.
    bool canary_for_mutation = false;   // One extra canary after an unknown mutation was spent.
    bool probes_endpoint = false;       // Its breaker is open: this call finds out.
    bool probes_type = false;
    // A response whose needs are being loaded, and the call records that it has pinned.
    std::unique_ptr<InvocationResult> pending;
    std::vector<std::string> pinned;
    std::vector<std::string> pinned_tokens;  // Of delayed messages.
};

using ListHook =
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

using TableHook = boost::intrusive::unordered_set_member_hook<
    boost::intrusive::link_mode<boost::intrusive::safe_link>>;

struct Entity {
    // The allocator's head, and at most two buckets of the table.
    static constexpr std::size_t kPlaceBytes = 32;

    // Most functions have one state: it needs no block of its own.
    static constexpr std::size_t kStatesInPlace = 1;
    using States = boost::container::small_vector<SharedBytes, kStatesInPlace>;

    Address address;
    FunctionType* type = nullptr;
    // That of its type, but while it is called or read: what began at one endpoint ends there, also
    // when the type was bound to another one meanwhile.
    std::optional<EndpointId> endpoint;
    PartitionId partition = 0;

    Residence residence = Residence::cold;
    WaitReason waits = WaitReason::none;
    bool is_paused = false;  // By an operator.
    bool is_purged = false;  // Its messages are being dropped, as an operator said.
    bool charged_as_unloaded = false;
    Mailbox mailbox;
    std::uint64_t waiting = 0;  // Messages that wait, as far as they are known.
    std::uint64_t waiting_bytes = 0;
    States states;  // By ordinal of the type; empty: no value. May be shorter.
    std::size_t state_bytes = 0;
    std::int64_t touched_ms = 0;  // The last call that was applied was made then (AFTER_INVOKE).

    std::unique_ptr<Turn> turn;
    std::unique_ptr<Failing> failing;  // While its calls fail, or it is parked.
    SteadyMs retry_at{0};

    CommitNumber last_change{};        // All of it is durable when this is.
    CommitNumber applied{};            // The last commit that changed its states.
    std::uint32_t name_bytes = 0;      // What its name holds on the heap.
    std::uint32_t consumed_since = 0;  // Messages consumed since its row was written.
    std::uint64_t fresh_at = 0;  // The event in which a message met it idle: that one leaves alone.
    RequestId load{};            // The load that is out, of the entity or of its mailbox.
    std::size_t load_bytes = 0;  // What it is expected to bring.
    std::size_t charged_bytes = 0;  // What the table has charged for it.
    CommitNumber cut_at{};          // What was durable when its long mailbox was last looked at.

    ListHook in_line;  // In one of: load queue, an endpoint's ready queue, backoff.
    ListHook lru;
    TableHook in_table;

    // What its keys in a table begin with; and as text.
    [[nodiscard]] storage::RowKey row(storage::Table table) const {
        return {partition, table, type->key_part, address.id};
    }

    [[nodiscard]] std::string key(storage::Table table) const {
        return storage::to_string(row(table));
    }

    [[nodiscard]] storage::RowKey state_row(std::string_view name) const {
        return {partition, storage::Table::state, type->key_part, address.id, name};
    }

    [[nodiscard]] std::string state_key(std::string_view name) const {
        return storage::to_string(state_row(name));
    }

    [[nodiscard]] SharedBytes state(std::size_t ordinal) const {
        return ordinal < states.size() ? states[ordinal] : SharedBytes();
    }

    // What any key of it has after partition and table: its address, in three text parts.
    [[nodiscard]] std::string escaped_address() const {
        std::string parts = type->key_part;
        storage::append_text(parts, address.id);
        return parts;
    }

    // With what the allocator adds to each of its blocks, and its bucket in the table.
    [[nodiscard]] std::size_t memory_bytes() const {
        std::size_t of_states =
            state_bytes + states.size() * SharedBytes::kOverheadBytes +
            (states.capacity() > kStatesInPlace ? states.capacity() * sizeof(SharedBytes) : 0);
        std::size_t of_turn = turn ? sizeof(Turn) + turn->request_bytes : 0;
        std::size_t of_failing = failing ? failing->memory_bytes() : 0;
        return sizeof(Entity) + kPlaceBytes + name_bytes + mailbox.memory_bytes() + of_states +
               of_turn + of_failing;
    }

    // It is not in memory but for its address and what was sent to it lately.
    [[nodiscard]] bool is_unloaded() const {
        return residence == Residence::cold && load == RequestId{} && !turn;
    }

    // Whether it may follow its type to another endpoint now.
    [[nodiscard]] bool may_move() const {
        return !turn && (load == RequestId{} || load == kPinned);
    }

    // Its states are in memory, and its first message, if there is one.
    [[nodiscard]] bool is_at_hand() const {
        return residence == Residence::loaded && (mailbox.ready() > 0 || mailbox.empty());
    }

    // Nothing is going on with it.
    [[nodiscard]] bool idle() const { return !turn && load == RequestId{} && mailbox.empty(); }
};

}  // namespace sfg::engine
