// StoreModel: what the gateway's effects add up to, kept without the gateway: mailboxes, states,
// counters, outbox, calls and marks.
//
// The auditor reads each commit into Effects and applies them twice: to the model of what was
// committed, and, once the group was written, to the model of what is durable.
//
// Threads: one.
#pragma once

#include "protocol/address.h"
#include "protocol/codec.h"
#include "protocol/ids.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sfg::sim {

struct StoredMessage {
    std::string bytes;  // As stored.
    std::string uid;    // The simulation's own name of the message, from its text.
    std::string call;   // The id of the call that it is the message of; empty: of none.
    bool from_outside = false;
};

// A pending delayed message: where its row stands.
struct TimerName {
    PartitionId home = 0;  // Of its sender; of its target, if it came from outside.
    std::uint64_t due_ms = 0;
    MessageKey message{};

    auto operator<=>(const TimerName&) const = default;
    [[nodiscard]] std::string text() const;
};

using TokenName = std::pair<Address, std::string>;  // The sender, and its name for it.

struct TimerModel {
    std::optional<TokenName> token;
    Address target;
    StoredMessage message;  // As it will be delivered.
};

struct StateModel {
    std::string typed_value;  // Encoded.
    std::int64_t stamp_ms = 0;
};

struct EntityModel {
    std::map<MessageKey, StoredMessage> mailbox;
    MessageKey consumed{};
    std::map<std::string, StateModel> states;
    std::uint8_t status = 0;      // kParkedBit, kPausedBit, kFailingBit.
    std::int64_t parked_ms = 0;   // Its row said so last.
    CommitNumber applied{};       // The commit of its last turn.
    std::int64_t touched_ms = 0;  // The last request of the last turn was built then.
    std::int64_t ahead_ms = 0;    // The same in a life whose clock was ahead; it may be forgotten.
};

// What a function declares of a state.
struct SpecModel {
    ExpireMode mode = ExpireMode::none;
    std::int64_t ttl_ms = 0;
    std::int64_t since_ms = 0;  // It expires AFTER_INVOKE since then.

    [[nodiscard]] bool same(const SpecModel& other) const {
        return mode == other.mode && (mode == ExpireMode::none || ttl_ms == other.ttl_ms);
    }

    // From then on the value is gone; `touched_ms` counts AFTER_INVOKE only.
    [[nodiscard]] std::int64_t ends_ms(std::int64_t stamp_ms, std::int64_t touched_ms) const;
};

// Where the store remembers that a value must go.
struct ExpiryName {
    PartitionId home = 0;
    std::int64_t due_ms = 0;
    Address owner;
    std::string state;

    auto operator<=>(const ExpiryName&) const = default;
};

struct CountersModel {
    std::uint64_t accepted = 0, sent = 0, fired = 0, consumed = 0, set_aside = 0, dropped = 0;
    std::uint64_t waiting = 0, waiting_bytes = 0, calls = 0, marks = 0, timers = 0, parked = 0;

    bool operator==(const CountersModel&) const = default;
    [[nodiscard]] std::string text() const;
};

struct RecordModel {
    std::string lane;
    std::string typed_value;
};

struct EgressModel {
    std::uint64_t next = 1;
    std::map<std::uint64_t, RecordModel> records;  // Not yet delivered.
};

struct CallModel {
    bool replied = false;
    bool held = false;  // Its message is parked, or was taken away.
    bool keyed = false;
    bool gone = false;  // Its row was deleted; the reply is remembered for late checks.
    std::int64_t created_ms = 0;
    std::string reply;

    // Ten minutes, or a day for one with a key.
    [[nodiscard]] bool is_over(std::int64_t wall_ms) const {
        constexpr std::int64_t kMinute = 60'000;
        return created_ms + (keyed ? 24 * 60 : 10) * kMinute <= wall_ms;
    }
};

struct MarkModel {
    MessageKey message{};
    std::uint64_t hash = 0;
    std::int64_t time_ms = 0;
};

using MarkName = std::pair<Address, std::string>;

// A dead letter. It is named by the key of its row.
struct LetterModel {
    Address owner;  // Of a message: its target; of an egress record: its sender.
    MessageKey own{};
    bool is_message = true;
    std::string why;    // As stored.
    std::string bytes;  // Of the message or record.
};

// Where a source stands.
struct SourceModel {
    std::map<std::string, std::uint64_t> positions;  // By part: the first record not taken.
    CommitNumber last{};                             // The last commit that moved it.
};

// A record that was set aside.
struct RefusedModel {
    TypeName source;
    MessageKey own{};
    std::string part;
    std::uint64_t position = 0;
    std::int64_t time_ms = 0;
    std::string record;
};

// What becomes of messages that leave a mailbox.
enum class Fate : std::uint8_t { consumed, set_aside, dropped };

// Of an entity's row.
inline constexpr std::uint8_t kParkedBit = 1;
inline constexpr std::uint8_t kPausedBit = 2;
inline constexpr std::uint8_t kFailingBit = 4;

// One commit, as its rows say.
struct Effects {
    struct Put {
        Address target;
        PartitionId partition = 0;
        MessageKey key;
        StoredMessage message;
    };

    struct Gone {
        Address target;
        MessageKey key;
    };

    struct EgressRow {
        std::uint64_t delivered = 0, next = 0, waiting = 0;
    };

    CommitNumber number{};
    std::int64_t time_ms = 0;    // Of the engine, when it was made.
    std::uint32_t numbered = 0;  // Messages and timers so far.
    std::vector<Put> puts;
    std::vector<std::pair<TimerName, TimerModel>> armed;
    std::vector<TimerName> timers_gone;  // Fired or cancelled.
    std::map<TokenName, TimerName> tokens;
    std::set<TokenName> tokens_gone;
    std::map<PartitionId, TimerName> timers_begin;  // Rows that say where a start looks from.
    std::vector<Gone> consumed;
    std::map<std::pair<Address, std::string>, std::optional<StateModel>> states;
    std::optional<std::pair<Address, std::int64_t>> touched;  // By a turn: when it was asked.
    std::vector<ExpiryName> expiries, expiries_gone;
    std::vector<std::pair<std::pair<TypeName, std::uint64_t>, RecordModel>> records;
    std::vector<std::pair<TypeName, std::uint64_t>> taken;
    std::map<TypeName, EgressRow> egress_rows;
    std::map<std::string, CallModel> calls;
    std::map<std::string, CallModel> held;  // Of those: what is only told why it waits.
    std::set<std::string> calls_gone;
    Fate fate = Fate::consumed;
    std::map<Address, std::uint8_t> status;
    std::map<std::string, LetterModel> letters;
    std::set<std::string> letters_gone;
    std::map<TypeName, std::map<std::string, std::uint64_t>> source_rows;  // By part.
    std::map<TypeName, std::uint64_t> source_counts;  // Refused records that are kept.
    std::map<std::string, RefusedModel> refused;      // By their keys.
    std::set<std::string> refused_gone;
    std::map<MarkName, MarkModel> marks;
    std::set<MarkName> marks_gone;
    std::vector<PartitionId> hours, hours_gone;  // Rows of the index of marks.
    std::map<PartitionId, CountersModel> counters;
    std::map<PartitionId, std::uint64_t> last_numbers;
    std::map<Address, MessageKey> consumed_rows;
    std::map<TypeName, std::map<std::string, SpecModel>> registry;
    std::map<TypeName, bool> type_pauses;  // False: it goes on.
    std::vector<std::string> unknown;      // Rows that the auditor can't explain.

    // A delayed message's time has come: nothing else takes a timer away without consuming.
    [[nodiscard]] bool is_firing() const { return consumed.empty() && !timers_gone.empty(); }

    // It is what a source brought.
    [[nodiscard]] bool is_source() const { return !source_rows.empty() || !refused.empty(); }

    // Records of this egress leave.
    [[nodiscard]] bool takes_from(const TypeName& egress) const {
        return !taken.empty() && taken.front().first == egress;
    }

    // A dead letter is a message again: it was counted when it first came.
    [[nodiscard]] bool is_replay() const { return !letters_gone.empty() && !puts.empty(); }
};

struct StoreModel {
    PartitionId partitions = 1;
    CommitNumber last{};
    std::int64_t time_ms = 0;
    std::map<Address, EntityModel> entities;
    std::map<PartitionId, CountersModel> counters;
    std::map<TypeName, EgressModel> egresses;
    std::map<std::string, CallModel> calls;  // By message id.
    std::map<MarkName, MarkModel> marks;
    std::map<std::string, LetterModel> letters;
    std::map<TypeName, SourceModel> sources;
    std::map<std::string, RefusedModel> refused;
    std::map<TimerName, TimerModel> timers;
    std::map<TokenName, TimerName> tokens;  // Of those timers.
    std::set<ExpiryName> expiries;
    std::map<TypeName, std::map<std::string, SpecModel>> registry;  // The declared states.
    std::set<TypeName> paused_types;
    // Messages from outside, by uid; more than one where a mark had expired.
    std::map<std::string, std::vector<MessageKey>> accepted;
    std::set<std::string> seen;  // The uid of each message and record.

    void apply(const Effects& effects);

    // The next one of a partition; nothing: none is pending.
    [[nodiscard]] std::optional<TimerName> first_timer(PartitionId home) const;

    // What is declared of a state; nothing: it is not known.
    [[nodiscard]] const SpecModel* spec(const TypeName& type, const std::string& state) const;

    struct End {
        std::int64_t earliest_ms = 0;
        std::int64_t latest_ms = 0;
    };

    // When the value is gone if nothing happens to it. Requires: it has one.
    [[nodiscard]] End end_of(const Address& owner, const std::string& state) const;

    // A process begins at this time, which may be a bit earlier than the last one has come.
    void clock_begins(std::int64_t now_ms);

private:
    void apply_messages(const Effects& effects);
    void apply_timers(const Effects& effects);
    void apply_states(const Effects& effects);
    void apply_letters(const Effects& effects);
    void apply_sources(const Effects& effects);
};

}  // namespace sfg::sim
