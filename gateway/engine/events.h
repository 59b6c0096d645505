// What happens to the engine. Each event is one call of Engine::on, on the engine's thread.
//
// Late events are normal: whatever belongs to an older epoch or an unknown request is dropped
// (design, invariant 5).
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/arrival_events.h"
#include "gateway/engine/source_events.h"
#include "protocol/address.h"
#include "protocol/codec.h"
#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/module_spec.h"
#include "storage/store.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sfg::engine {

// Nobody waits for this answer any more. Not for an EgressAsked: its offer must come back.
struct WaiterGone {
    WaiterId waiter{};
};

// The deadline of a call's waiter has come: answer it with 504, or 503 if the message isn't
// durable.
struct CallTimedOut {
    WaiterId waiter{};
};

// GET /v1/replies/{message_id}.
struct ReplyAsked {
    WaiterId waiter{};
    std::string message_id;
};

struct ResponseArrived {
    Epoch epoch{};
    RequestId id{};
    Response response;
    // From writing the request of the last attempt to its whole answer; 0: not measured.
    std::chrono::microseconds latency{0};
    // The memory of a large answer: held until its commit is durable (design D4).
    Hold hold{};
};

// Design D6: what a failed call says. What follows from it is failures.h.
enum class FailureKind : std::uint8_t {
    down,       // Can't connect, TLS, disconnect, time-out, 408, 429, 502, 503, 504.
    rejected,   // 500, 501, 505 and above, other 3xx and 4xx, wrong media type, unparsable,
                // oversized.
    too_large,  // 413.
};

// How far a failed call came.
enum class FailurePoint : std::uint8_t {
    connect,   // Nobody took it: can't connect, TLS.
    exchange,  // It was cut off or ran out of time: what it carried may be the cause.
    answer,    // There was an answer.
};

// Of an answer that is kept for the operator to see.
inline constexpr std::size_t kShownResponseBytes = 200;

struct CallFailed {
    Epoch epoch{};
    RequestId id{};
    FailureKind kind = FailureKind::down;
    std::string reason;                        // One sentence with the endpoint and what came back.
    std::chrono::milliseconds retry_after{0};  // What the server asked for; 0: nothing.
    // 429 or 503: it is given too much.
    bool overloaded = false;
    FailurePoint point = FailurePoint::answer;
    int status = 0;             // Of the answer; 0: there was none.
    std::string response = {};  // Of its body, the first kShownResponseBytes.
};

struct ReadResult {
    std::vector<std::optional<SharedBytes>> gets;
    std::vector<storage::ScanResult> scans;
};

struct Loaded {
    Epoch epoch{};
    RequestId id{};
    storage::StoreResult<ReadResult> result;
};

// Every commit up to this one is durable.
struct Durable {
    Epoch epoch{};
    CommitNumber up_to{};
};

// The time that wake_at asked for has come, or just now and then.
struct Tick {};

// An operator's questions and orders. Each is answered once, by Told or Refused, when what the
// answer shows or changed is durable. Orders are idempotent: a repeated one changes nothing and
// says so.
struct EntityAsked {
    WaiterId waiter{};
    Address entity;
};

enum class EntityAction : std::uint8_t {
    retry,        // Call now: end the pause after a failure.
    skip,         // Drop the message at the head.
    dead_letter,  // Set the message at the head aside.
    pause,        // No calls until `resume`; messages are accepted and kept.
    resume,
    purge,                  // Drop all messages that wait.
    purge_to_dead_letters,  // Set all of them aside.
};

struct EntityOrdered {
    WaiterId waiter{};
    Address entity;
    EntityAction action = EntityAction::retry;
    std::string message_id;  // Of the head that skip and dead_letter mean.
};

struct TypeAsked {
    WaiterId waiter{};
    TypeName type;
};

enum class TypeAction : std::uint8_t {
    pause,  // No calls of any of its entities until `resume`; messages are accepted and kept.
    resume,
};

struct TypeOrdered {
    WaiterId waiter{};
    TypeName type;
    TypeAction action = TypeAction::pause;
};

struct DeadLettersAsked {
    WaiterId waiter{};
    std::string cursor;  // Where the last page ended; empty: from the start.
    std::size_t limit = 100;
    std::optional<TypeName> type;   // Only of this type,
    std::optional<Address> entity;  // or only of this entity.
};

enum class DeadLetterAction : std::uint8_t { replay, drop };

struct DeadLetterOrdered {
    WaiterId waiter{};
    Address entity;
    std::string message_id;  // As the list names it.
    DeadLetterAction action = DeadLetterAction::replay;
};

// A reader asks an egress lane (playground: a topic) for its next record.
struct EgressAsked {
    WaiterId waiter{};
    TypeName egress;
    std::string lane;
};

// The offered record was written out, or could not be (then it is offered again).
struct EgressTaken {
    TypeName egress;
    std::string lane;
    std::uint64_t position = 0;
    bool written = false;
};

// A stream delivers an egress's records by itself, in order (Kafka). It opens the egress, in each
// epoch anew, and is answered by StreamAt, or Refused as long as the store is being read.
struct StreamOpened {
    WaiterId waiter{};
    TypeName egress;
};

// The next records behind those that were given before. Answered by StreamRecords when there is at
// least one, or by EgressEmpty: open it again (a new epoch, or another reader has opened it).
struct StreamPulled {
    WaiterId waiter{};
    TypeName egress;
    std::size_t records_max = 1;
    std::size_t bytes_max = 0;  // One record may be larger.
};

// Everything up to this position is delivered, also what this epoch has not given yet.
struct StreamDelivered {
    TypeName egress;
    std::uint64_t up_to = 0;
};

// What was given and is not delivered is given again; a StreamPulled that is out gets EgressEmpty.
struct StreamRewound {
    TypeName egress;
};

// The first record that is not delivered can't be: it becomes a dead letter. Answered by
// EgressEmpty when that is durable; the position has passed it then.
struct StreamRefused {
    WaiterId waiter{};
    TypeName egress;
    std::uint64_t position = 0;
    std::string reason;
};

// Another module is bound from now on. Each endpoint that was bound before is where it was (rebind
// in protocol/module_rebind.h), so calls in flight end where they began. Messages of types that are
// bound no more wait, those of types that are bound now are found.
struct BindingsChanged {
    std::shared_ptr<const ModuleSpec> module;
    std::vector<EndpointId> renewed;  // New, or with other settings.
};

struct PartitionAcquired {
    PartitionId partition = 0;
};

struct PartitionReleased {
    PartitionId partition = 0;
};

// Everything that is not durable is gone: begin the next epoch at this number.
struct Reset {
    CommitNumber first{};
    CommitNumber ceiling{};
    std::int64_t wall_ms = 0;
};

// The store can't be written; a Reset follows when it was opened anew. What is not durable is in
// doubt from here on.
struct StoreLost {};

// The disk's room, seen by the driver (design D10).
enum class DiskRoom : std::uint8_t { plenty, below_reserve, below_half_reserve };

struct DiskRoomChanged {
    DiskRoom room = DiskRoom::plenty;
};

// No new messages from outside, no new calls; what is in flight goes on.
struct StopStarting {};

using Event = std::variant<
    MessageArrived,
    BulkArrived,
    WaiterGone,
    CallTimedOut,
    ReplyAsked,
    ResponseArrived,
    CallFailed,
    Loaded,
    Durable,
    Tick,
    EgressAsked,
    EgressTaken,
    StreamOpened,
    StreamPulled,
    StreamDelivered,
    StreamRewound,
    StreamRefused,
    SourceOpened,
    SourceRecords,
    SourceAsked,
    EntityAsked,
    EntityOrdered,
    TypeAsked,
    TypeOrdered,
    DeadLettersAsked,
    DeadLetterOrdered,
    RefusedRecordsAsked,
    RefusedRecordOrdered,
    BindingsChanged,
    PartitionAcquired,
    PartitionReleased,
    DiskRoomChanged,
    StoreLost,
    StopStarting>;

}  // namespace sfg::engine
