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
// Invariants: a session ends with the epoch, when the same source is opened again, and with records
//             that break the rules below: whatever is still on its way for it is answered by
//             SourceLost and changes nothing. (A SourceAsked that waits for the disk then is
//             answered as it was asked: what it is told is durable.)
// Limits:     one SourceRecords of a source at a time; kSourceMessagesMax messages and
//             kSourceRefusedMax refused records in it; kSourcePartsMax parts of a source,
//             kSourcesMax sources.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sfg::engine {

// As many as the loop takes within its turn (design D1, 500 us).
inline constexpr std::size_t kSourceMessagesMax = 500;
inline constexpr std::size_t kSourceRefusedMax = 500;
inline constexpr std::size_t kSourcePartsMax = 10'000;
inline constexpr std::size_t kSourcesMax = 1'000;

// Begins a session. Answered by SourceAt with `session` set, once all that was taken before is
// durable; by Refused as long as the store is being read, or when the gateway stops; by SourceLost
// when the store is lost meanwhile: ask again.
struct SourceOpened {
    WaiterId waiter{};
    TypeName source;
};

// One message of a record. No caller, no key. The target is none of the gateway's own types; one
// that nobody serves gets it when somebody does (design D6).
struct SourceMessage {
    Address target;
    SharedBytes stored;  // As MessageArrived's. Requires: nobody else holds it.
};

// A record that can't be a message: it is set aside in the same commit.
struct SourceRefusal {
    std::string part;
    std::uint64_t position = 0;  // Of the record.
    std::string record;          // JSON that describes the record and why.
};

struct SourcePosition {
    std::string part;
    std::uint64_t next = 0;  // The first record that is not taken yet.
    // The source begins this part anew, which may be behind where it stood: its records are gone
    // (a topic that was deleted and made again). Without it a position never goes back.
    // The engine never sets it.
    bool is_reset = false;

    bool operator==(const SourcePosition&) const = default;
};

// The next records, in their order, and where the parts stand after them. All of it is one
// decision: taken together or not at all. Without messages and refusals it keeps positions only
// (where a part is read from for the first time); with any, it moves at least one part on. Answered
// by SourceTaken when it is taken (which may be long after, when there is no room), by SourceLost,
// or by Refused when the gateway stops: then nothing of it is taken, and the session goes on for
// SourceAsked only.
struct SourceRecords {
    WaiterId waiter{};
    TypeName source;
    std::uint64_t session = 0;
    std::vector<SourceMessage> messages;
    std::vector<SourceRefusal> refused;
    std::vector<SourcePosition> positions;
};

// Asks for what is durable, without opening anew: answered by SourceAt when all that was taken
// until now is, or by SourceLost.
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

// An operator's question and order about records that were set aside: answered by Told or Refused.
struct RefusedRecordsAsked {
    WaiterId waiter{};
    std::string cursor;  // Where the last page ended; empty: from the start.
    std::size_t limit = 100;
    std::optional<TypeName> source;  // Only of this one.
};

// It is dropped for good.
struct RefusedRecordOrdered {
    WaiterId waiter{};
    TypeName source;
    std::string record;  // As the list names it.
};

}  // namespace sfg::engine
