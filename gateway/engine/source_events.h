// What a source says: an ingress that reads records in order from somewhere that keeps them
// (Kafka), and whose position is kept here, in the commits of the messages that they became (design
// D9).
//
//     driver                                       engine
//     SourceOpened          ->                     the position rows are read
//                           <-  SourceAt           from there on, and nothing of an older session
//     SourceRecords         ->                     taken as soon as there is room: back-pressure
//                           <-  SourceTaken        the next ones may come
//     SourceAsked           ->
//                           <-  SourceAt           what is durable: may be told outside
//
// A source has parts (Kafka: "topic/partition"), each with a position of its own: the first record
// that is not taken yet. Records are read again from the durable position after a crash or a reset,
// and become the messages that they would have been: none is lost, and none counts twice, since
// what was taken of them is gone with the position.
//
// Threads:    values; the engine's from on() on.
// Invariants: a session ends with the epoch and when the same source is opened again: whatever is
//             still on its way for it is answered by SourceLost and changes nothing.
// Limits:     one SourceRecords of a source at a time; kSourceMessagesMax messages and
//             kSourceRefusedMax refused records in it.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sfg::engine {

// As many as the loop takes within its turn (design D1, 500 us).
inline constexpr std::size_t kSourceMessagesMax = 500;
inline constexpr std::size_t kSourceRefusedMax = 500;

// Begins a session. Answered by SourceAt with `session` set; Refused as long as the store is being
// read, or when the gateway stops: ask again.
struct SourceOpened {
    WaiterId waiter{};
    TypeName source;
};

// One message of a record. No caller, no key.
struct SourceMessage {
    Address target;
    SharedBytes stored;  // As MessageArrived's. Requires: nobody else holds it.
};

// A record that can't be a message: it is set aside in the same commit.
struct SourceRefusal {
    std::string part;
    std::uint64_t position = 0;  // Of the record.
    std::string record;          // JSON that describes the record and why (kept as it is).
};

struct SourcePosition {
    std::string part;
    std::uint64_t next = 0;  // The first record that is not taken yet.
    // The source begins this part anew, which may be behind where it stood: its records are gone
    // (a topic that was deleted and made again). Without it a position never goes back.
    bool is_reset = false;

    bool operator==(const SourcePosition&) const = default;
};

// The next records, in their order, and where the parts stand after them. All of it is one
// decision: taken together or not at all. Without messages and refusals it keeps positions only
// (where a part is read from for the first time). Answered by SourceTaken when it is taken (which
// may be long after, when there is no room) or SourceLost.
struct SourceRecords {
    WaiterId waiter{};
    TypeName source;
    std::uint64_t session = 0;
    std::vector<SourceMessage> messages;
    std::vector<SourceRefusal> refused;
    std::vector<SourcePosition> positions;
};

// Asks for what is durable, without opening anew.
struct SourceAsked {
    WaiterId waiter{};
    TypeName source;
    std::uint64_t session = 0;
};

// Answers.
struct SourceAt {
    std::uint64_t session = 0;
    std::vector<SourcePosition> positions;  // Durable; by part.
};

struct SourceTaken {};

// The session is over: open again.
struct SourceLost {};

}  // namespace sfg::engine
