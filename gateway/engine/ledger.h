// Ledger: the one order of commits, and what waits for them to be durable.
//
// Every effect is written through a Draft, which is given the next number, collects the operations,
// and becomes a commit when it is closed. An answer to the outside is handed over with the number
// it rests on and leaves when that number is durable, after the answers of every earlier one.
//
// Threads:    the engine's.
// Invariants: 3: nothing leaves before its commit, and every earlier one, is durable.
//             Numbers increase by one and stay at or below the durable ceiling.
// Limits:     undurable_bytes() plus the credit of calls in flight stays within
//             kCommitQueueBytesMax (design D4), except for a commit of a call that had credit.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/commit_times.h"
#include "gateway/engine/partitions.h"
#include "protocol/ring.h"
#include "storage/key_codec.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sfg::engine {

// Numbers reserved at a time; the next block is asked for when half of one is used.
inline constexpr std::uint64_t kNumberBlock = 1 << 20;

// The key of the row that says up to where numbers are reserved; its value is a u64.
[[nodiscard]] std::string ceiling_key();
// The key of the row that says how far engine time has come (ms since 1970); its value is a u64.
[[nodiscard]] std::string engine_time_key();

class Ledger;

// A commit that is being filled. There is one, which the ledger opens for one decision after the
// other: an event that opens it closes it.
class Draft {
public:
    Draft() = default;
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;

    [[nodiscard]] CommitNumber number() const { return commit_.number; }

    // The key that the next message of this commit gets.
    [[nodiscard]] MessageKey next_message() const {
        return {commit_.number, static_cast<std::uint32_t>(commit_.messages.size())};
    }

    // A key here is text, or a storage::RowKey. `mailbox` is what the keys of its messages begin
    // with; the message's own key is appended.
    template <typename Key>
    MessageKey add_message(const Key& mailbox, SharedBytes stored) {
        MessageKey message = next_message();
        value_bytes_ += stored.size();
        commit_.messages.push_back({add(mailbox, message), std::move(stored)});
        return message;
    }

    template <typename Key>
    void consume(const Key& mailbox, MessageKey message) {
        commit_.consumed.push_back({add(mailbox, message), message});
    }

    template <typename Key>
    void put(const Key& key, SharedBytes value) {
        value_bytes_ += value.size();
        commit_.puts.push_back({add(key), std::move(value)});
    }

    template <typename Key>
    void put(const Key& key, std::string_view value) {
        put(key, SharedBytes(value));
    }

    template <typename Key>
    void erase(const Key& key) {
        commit_.deletes.push_back(add(key));
    }

    // Of a row that changes in every commit only the last value of a group is written.
    template <typename Key>
    void put_row(const Key& key, std::string_view value) {
        storage::Part place = add(key);
        commit_.rows.push_back({place, commit_.text.append(value)});
    }

    // Counts for a partition; its row joins the commit.
    Partitions::Change& count(PartitionId partition);

    // Keeps what was granted for this until it is durable.
    void keep(Hold hold) { hold_ = std::move(hold); }

    // Durable together with the commit before it, or not at all.
    void join() { commit_.joins = true; }

    // Somebody outside waits for this.
    void hurry() { commit_.urgency = Urgency::waited; }

private:
    friend class Ledger;

    storage::Part add(std::string_view key) { return commit_.text.append(key); }

    storage::Part add(const storage::RowKey& key) { return storage::append(commit_.text, key); }

    template <typename Key>
    storage::Part add(const Key& mailbox, MessageKey message) {
        storage::Part key = add(mailbox);
        storage::write_message_key(commit_.text.extend(storage::kMessageKeyBytes), message);
        key.size += storage::kMessageKeyBytes;
        return key;
    }

    [[nodiscard]] std::size_t bytes() const { return commit_.text.size() + value_bytes_; }

    void clear();

    Commit commit_;
    std::size_t value_bytes_ = 0;  // Of what is not in the commit's text.
    Hold hold_;
    std::vector<std::pair<PartitionId, Partitions::Change>> changes_;
    bool is_open_ = false;
};

class Ledger {
public:
    Ledger(Actions& actions, Partitions& partitions) : actions_(actions), partitions_(partitions) {}

    // A new epoch: nothing waits, the next number is `first`.
    void begin(CommitNumber first, CommitNumber ceiling);

    // Engine time; commits remember it in the store about once a second.
    void set_time(std::int64_t wall_ms) { wall_ms_ = wall_ms; }

    // When commits were made, also in earlier lives once the store's row of it is read (nothing:
    // there is none).
    [[nodiscard]] const CommitTimes& times() const { return times_; }

    void restore_times(const std::optional<SharedBytes>& row);

    // Requires: the one before is closed.
    [[nodiscard]] Draft& open();
    void close(Draft& draft);

    // Of this epoch.
    [[nodiscard]] CommitNumber first_number() const { return first_; }

    [[nodiscard]] CommitNumber next_number() const { return next_; }

    [[nodiscard]] CommitNumber last_number() const { return CommitNumber{value_of(next_) - 1}; }

    [[nodiscard]] CommitNumber durable() const { return durable_; }

    // Makes the engine time durable soon, if it is not known to the second.
    void remember_time();

    // Sends the answer when `number` is durable: at once if it is already.
    void answer_when_durable(CommitNumber number, WaiterId waiter, Answer answer);

    // Every commit up to this one is durable. Requires: not below the last one.
    void on_durable(CommitNumber up_to);

    // Everybody whose answer is still held, with the answer; they are forgotten here.
    [[nodiscard]] std::vector<std::pair<WaiterId, Answer>> take_waiting();

    [[nodiscard]] std::size_t undurable_bytes() const { return undurable_bytes_; }

    [[nodiscard]] std::uint64_t commits() const { return commits_; }

private:
    struct Sized {
        CommitNumber number;
        std::size_t bytes;
        Hold hold;
    };

    struct Held {
        CommitNumber number;
        WaiterId waiter;
        Answer answer;
    };

    void remember(Draft& draft);

    Actions& actions_;
    Partitions& partitions_;
    CommitNumber first_{1};
    CommitNumber next_{1};
    CommitNumber durable_{};
    CommitNumber ceiling_{};
    Draft draft_;
    Ring<Sized> undurable_;
    Ring<Held> held_;  // In the order of their numbers.
    std::size_t undurable_bytes_ = 0;
    std::uint64_t commits_ = 0;
    std::int64_t wall_ms_ = 0;
    std::int64_t wall_written_ms_ = 0;
    CommitTimes times_;
    bool times_restored_ = false;
    std::int64_t times_written_ms_ = 0;
};

}  // namespace sfg::engine
