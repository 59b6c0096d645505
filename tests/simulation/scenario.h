// Scenario: what a seed decides before a run: limits, endpoints, and which faults may happen how
// often. Each run has a few of them only, so that each can go far.
//
// Threads: a value.
#pragma once

#include "gateway/engine/core.h"
#include "protocol/codec.h"
#include "protocol/module_spec.h"
#include "storage/paged_store.h"
#include "tests/simulation/random.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sfg::sim {

// What the scheduler can do next; the weight of each is part of the scenario.
enum class Move : std::uint8_t {
    send,            // A client sends, calls, or repeats.
    send_bulk,       // A client sends many messages in one body, some of them again.
    ask_reply,       // A client asks for a reply by message id.
    leave,           // A client is gone.
    call_deadline,   // The deadline of a call.
    take_snapshot,   // A read is answered, and the answer waits.
    deliver_read,    // The answer of a read arrives.
    fail_read,       // The store can't answer a read.
    answer_call,     // A function's response arrives.
    lose_answer,     // A function is called, its response is lost and it is called again.
    invalid_answer,  // A function's response can't be accepted.
    garble_answer,   // A function's response is no protobuf.
    fail_call,       // The call fails.
    late_answer,     // The response of a call that is over arrives (again).
    begin_write,     // The open group goes to the writer.
    finish_write,    // It is durable.
    fail_write,      // It is in doubt.
    notice,          // The engine hears of it.
    tick,            // A tick at any time.
    pass_time,       // Time passes up to where the engine wants to wake.
    jump_time,       // The process sleeps for hours.
    set_clock,       // The wall clock is set, forwards or backwards.
    ask_egress,      // A reader asks an egress for a record.
    take_egress,     // A record was written out, or could not be.
    release,         // A partition goes.
    acquire,         // It comes back.
    grow_log,        // What a source is read from has more, or a part of it is made anew.
    stream,          // Who delivers an egress in transactions hears, asks or ends one.
    source,          // The driver of a source hears, asks or gives something.
    refused,         // An operator lists records that were set aside, or drops one.
    order,           // An operator asks or says what becomes of an entity.
    letters,         // An operator lists dead letters, replays or drops one.
    disk_room,       // The disk's room changes.
    compact,         // LevelDB's postponed work is done.
    redeploy,        // A function declares other states.
    bad_deploy,      // The functions of a type refuse everything, or are mended.
    outage,          // An endpoint goes, or comes back.
    reload,          // Endpoints are bound, bound elsewhere, bound no more.
    crash,           // The process or the machine dies.
    restart,         // A clean stop and a start.
    reopen,          // The store that was lost is opened anew.
    kMoves,
};

inline constexpr std::size_t kMoves = static_cast<std::size_t>(Move::kMoves);

inline constexpr StoreId kStore{0x51a1};

// An egress that is delivered in transactions.
inline const TypeName kStream{"k", "out"};

// When the values of a state expire.
struct Expiration {
    ExpireMode mode = ExpireMode::none;
    std::int64_t ttl_ms = 0;
};

struct Scenario {
    explicit Scenario(std::uint64_t seed);

    std::uint64_t seed = 0;
    engine::EngineOptions options;
    ModuleSpec module;
    bool leveldb = false;
    bool timers = false;          // Messages are delayed and cancelled.
    bool parking = false;         // Some messages can't be processed.
    bool dead_letters = false;    // Those are set aside; else their entities are parked.
    bool poison_hangs = false;    // Those cut the call off, instead of being refused.
    std::size_t batch_most = 0;   // The function's server takes no more messages; 0: any.
    bool streams = false;         // Functions send to an egress that is delivered in transactions.
    bool expiring = false;        // States have a time to live.
    std::size_t ids = 8;          // Entities of each type.
    std::size_t padding_max = 0;  // Bytes that make messages large.
    std::size_t requests_open_max = 0;
    std::size_t group_commits_max = 0;  // A group takes no more; 0: any number.
    std::size_t own_rows_max = 0;       // Larger groups write a tally of their partitions.
    storage::PageLimits pages;          // Of the store.
    unsigned weights[kMoves] = {};

    [[nodiscard]] unsigned weight(Move move) const {
        return weights[static_cast<std::size_t>(move)];
    }

    // Whether no function can process the message.
    [[nodiscard]] bool is_poison(const std::string& uid) const;

    // Function types, the first ones bound.
    [[nodiscard]] static const std::vector<TypeName>& types();

private:
    void have_poison(Random& random);
    void have_bulks(Random& random);
    void have_pages(Random random);
    void have_edges(Random& random);
};

// How long a message is delayed: often the same, so that some are due together; some for longer
// than a run lasts.
[[nodiscard]] Expiration some_expiration(Random& random);
[[nodiscard]] std::int64_t some_delay(Random& random);

}  // namespace sfg::sim
