// What happens to the engine. Each event is one call of Engine::on, on the engine's thread.
//
// Late events are normal: whatever belongs to an older epoch or an unknown request is dropped
// (design, invariant 5).
#pragma once

#include "gateway/engine/actions.h"
#include "protocol/address.h"
#include "protocol/codec.h"
#include "protocol/errors.h"
#include "protocol/ids.h"
#include "storage/store.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sfg::engine {

// Makes a request safe to repeat (design D9).
struct Idempotency {
    std::string key;
    std::uint64_t content_hash = 0;  // Of kind (send or call), typename, body and delay.
};

// A message from outside. For a call, the message's caller is a reserved address whose id is a
// placeholder of kMessageIdBytes characters that ends at `stored[id_end]`; the engine writes the
// message id there. Requires: nobody else holds `stored` yet.
struct MessageArrived {
    WaiterId waiter{};
    Address target;
    SharedBytes stored;
    bool is_call = false;
    std::size_t id_end = 0;
    std::optional<Idempotency> idempotency;
    // Deliver it only after so long. Not for a call.
    std::optional<std::chrono::milliseconds> delay;
};

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

// Design D6. In this version every kind is retried for as long as it takes, with its reason
// visible.
enum class FailureKind : std::uint8_t {
    down,       // Can't connect, TLS, disconnect, time-out, 408, 429, 502, 503, 504.
    rejected,   // 500, 501, 505 and above, other 3xx and 4xx, wrong media type, unparsable,
                // oversized.
    too_large,  // 413.
};

struct CallFailed {
    Epoch epoch{};
    RequestId id{};
    FailureKind kind = FailureKind::down;
    std::string reason;  // One sentence with the endpoint and what came back.
    std::uint32_t attempts = 0;
    std::chrono::milliseconds retry_after{0};  // What the server asked for; 0: nothing.
    // 429 or 503: it is given too much. Such a call ends at once, so that it holds no slot while it
    // waits.
    bool overloaded = false;
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
    PartitionAcquired,
    PartitionReleased,
    DiskRoomChanged,
    StoreLost,
    StopStarting>;

}  // namespace sfg::engine
