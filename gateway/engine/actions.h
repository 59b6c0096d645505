// What the engine asks of the drivers. The engine itself does nothing to the world.
//
// Threads:    called on the engine's thread, from within an event; a driver only enqueues here and
//             answers later with an event (events.h). commit() is the exception in that the group
//             takes the commit at once.
// Lifetime:   views inside an action are valid during the call, unless they are in a SharedBytes.
#pragma once

#include "gateway/engine/commit.h"
#include "gateway/engine/happening.h"
#include "gateway/engine/source_events.h"
#include "protocol/address.h"
#include "protocol/codec.h"
#include "protocol/errors.h"
#include "protocol/ids.h"
#include "storage/store.h"

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sfg::engine {

// Steady time since the start of the process; backoff and waits.
using SteadyMs = std::chrono::milliseconds;

using EndpointId = std::uint32_t;  // Index into ModuleSpec::endpoints.

// A question to the store, answered from one snapshot by Loaded with the same id.
struct ReadRequest {
    struct Get {
        std::string key;
        std::size_t bytes_max = std::numeric_limits<std::size_t>::max();  // The rest is cut off.
    };

    struct Scan {
        storage::Range range;
        // Begin later than range.from: right after the 12-byte message key that stands at
        // `resume_at` in the value of gets[*resume_get], if that row exists. (An entity's row tells
        // how far its mailbox is consumed; walking there would walk tombstones.)
        std::optional<std::size_t> resume_get;
        std::size_t resume_at = 0;
    };

    Epoch epoch{};
    RequestId id{};
    // It may take long, because it walks over much that is of no use (deleted rows too). Others
    // should not wait behind it.
    bool walks = false;
    std::vector<Get> gets;
    std::vector<Scan> scans;
};

// Calls one function for one entity. The driver makes one attempt, and answers with ResponseArrived
// or CallFailed.
struct StartCall {
    Epoch epoch{};
    RequestId id{};
    EndpointId endpoint = 0;
    Address target;
    PartitionId home = 0;
    Body body;
};

// Answers for those who wait (WaiterId). They leave only when what they tell is durable.
struct Accepted {
    MessageId message_id;
};

// Every message of a BulkArrived, in its order.
struct BulkAccepted {
    StoreId store{};
    std::vector<MessageKey> messages;
    // Which of them were accepted before, by their key: places in `messages`, ascending.
    std::vector<std::uint32_t> repeats;
};

struct Reply {
    std::string message_id;
    SharedBytes typed_value;  // Encoded TypedValue.
};

struct StillOpen {
    std::string message_id;
};

// The message of a call is durable; its reply follows. Only for a large one: what was held for its
// body is free.
struct Stored {};

struct Refused {
    Problem problem;
    std::chrono::seconds retry_after{0};  // 0: no Retry-After.
    std::string message_id;               // Of a call that was accepted but not answered; or empty.
    std::optional<std::uint32_t> place{};  // Of the message in its BulkArrived that it is about.
};

// A record for a reader that asked the outbox. The driver says EgressTaken when it was written out.
struct EgressOffer {
    TypeName egress;
    std::string lane;
    std::uint64_t position = 0;
    SharedBytes typed_value;
};

struct EgressEmpty {};

// Where a stream's egress stands: what is delivered as far as the store knows, and the last record
// that there is. (A stream that knows better says StreamDelivered before it pulls.)
struct StreamAt {
    std::uint64_t delivered = 0;
    std::uint64_t last = 0;
};

// Durable records of an egress, in order and without gaps but for those that were set aside.
struct StreamRecords {
    struct Record {
        std::uint64_t position = 0;
        SharedBytes stored;  // message_invocation() of it is the encoded TypedValue.
    };

    std::vector<Record> records;
};

// What an operator asked for, as JSON.
struct Told {
    std::string json;
};

using Answer = std::variant<
    Stored,
    Accepted,
    BulkAccepted,
    Reply,
    StillOpen,
    Refused,
    EgressOffer,
    EgressEmpty,
    StreamAt,
    StreamRecords,
    SourceAt,
    SourceTaken,
    SourceLost,
    Told>;

class Actions {
public:
    virtual ~Actions() = default;

    virtual void read(ReadRequest request) = 0;
    virtual void start_call(StartCall&& call) = 0;
    // The answer of this call is no longer wanted. It may still come.
    virtual void cancel_call(RequestId id) = 0;
    // Takes the commit into the open group: what it holds may be moved out, what is left is
    // cleared. Its number is the next one.
    virtual void commit(Commit& commit) = 0;
    virtual void answer(WaiterId waiter, Answer answer) = 0;
    // The request of this waiter has its place in the order; the connection's next one may come.
    virtual void admitted(WaiterId waiter) = 0;
    // Send Tick at this time or soon after; a later call replaces an earlier one. Once for each
    // call: after a Tick the next one is asked for anew.
    virtual void wake_at(SteadyMs when) = 0;
    // All of the partition is durable and forgotten.
    virtual void released(PartitionId partition) = 0;
    // For operators who listen. What it tells is durable.
    virtual void happened(Happening happening) = 0;
    // For the operator's log; at most a few per second (the engine bounds them).
    virtual void notice(std::string text) = 0;
};

}  // namespace sfg::engine
