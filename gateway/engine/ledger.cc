#include "gateway/engine/ledger.h"

#include "protocol/assert.h"

#include <algorithm>
#include <utility>

namespace sfg::engine {

namespace {

constexpr std::int64_t kTimeWrittenEveryMs = 1000;
constexpr std::int64_t kTimesWrittenEveryMs = 60'000;
static_assert(kTimeWrittenEveryMs >= CommitTimes::kApartMs);

std::string store_row(std::string_view name) {
    std::string key = storage::system_prefix(storage::Table::store);
    storage::append_text(key, name);
    return key;
}

std::string u64_bytes(std::uint64_t value) {
    std::string bytes;
    storage::append_u64(bytes, value);
    return bytes;
}

}  // namespace

std::string ceiling_key() {
    return store_row("number ceiling");
}

std::string engine_time_key() {
    return store_row("engine time");
}

Partitions::Change& Draft::count(PartitionId partition) {
    for (auto& [id, change] : changes_) {
        if (id == partition) {
            return change;
        }
    }
    return changes_.emplace_back(partition, Partitions::Change{}).second;
}

void Draft::clear() {
    commit_.clear();
    value_bytes_ = 0;
    hold_.reset();
    changes_.clear();
    is_open_ = false;
}

void Ledger::begin(CommitNumber first, CommitNumber ceiling) {
    SFG_ASSERT(held_.empty(), "an epoch begins without waiters");
    SFG_ASSERT(first >= next_ && ceiling >= first, "numbers never go back");
    first_ = next_ = first;
    durable_ = last_number();
    ceiling_ = ceiling;
    wall_written_ms_ = 0;  // It may have been lost.
    times_written_ms_ = 0;
    std::exchange(undurable_, {}).clear();
    undurable_bytes_ = 0;
}

Draft& Ledger::open() {
    SFG_ASSERT(next_ <= ceiling_, "numbers are reserved long before they are used");
    SFG_ASSERT(!draft_.is_open_, "one decision at a time");
    draft_.is_open_ = true;
    draft_.commit_.number = next_;
    next_ = next(next_);
    return draft_;
}

void Ledger::close(Draft& draft) {
    CommitNumber number = draft.number();
    SFG_ASSERT(draft.is_open_);
    SFG_ASSERT(number == last_number(), "commits are closed in the order of their numbers");
    for (auto& [id, change] : draft.changes_) {
        partitions_.apply(id, change, number);
        auto row = encode(partitions_[id].counters);
        draft.put_row(storage::RowKey{id, storage::Table::partition_row}, {row.data(), row.size()});
    }
    // A block is far larger than what can be undurable, so the new ceiling is durable in time.
    if (value_of(ceiling_) - value_of(number) < kNumberBlock / 2) {
        ceiling_ = CommitNumber{value_of(ceiling_) + kNumberBlock};
        draft.put_row(ceiling_key(), u64_bytes(value_of(ceiling_)));
    }
    if (wall_ms_ - wall_written_ms_ >= kTimeWrittenEveryMs) {
        remember(draft);
    }
    std::size_t bytes = draft.bytes();
    undurable_.push_back({number, bytes, std::move(draft.hold_)});
    undurable_bytes_ += bytes;
    ++commits_;
    actions_.commit(draft.commit_);
    draft.clear();
}

void Ledger::remember(Draft& draft) {
    wall_written_ms_ = wall_ms_;
    draft.put_row(engine_time_key(), u64_bytes(static_cast<std::uint64_t>(wall_ms_)));
    times_.note(draft.number(), wall_ms_);
    // Not before what the store has is part of it.
    if (times_restored_ && wall_ms_ - times_written_ms_ >= kTimesWrittenEveryMs) {
        times_written_ms_ = wall_ms_;
        draft.put_row(commit_times_key(), times_.encode());
    }
}

void Ledger::restore_times(const std::optional<SharedBytes>& row) {
    if (row) {
        times_.restore(row->view());
    }
    times_restored_ = true;
    wall_written_ms_ = 0;  // The next commit begins what this life adds.
}

void Ledger::remember_time() {
    if (wall_ms_ - wall_written_ms_ >= kTimeWrittenEveryMs) {
        close(open());
    }
}

void Ledger::answer_when_durable(CommitNumber number, WaiterId waiter, Answer answer) {
    if (number <= durable_ && held_.empty()) {
        actions_.answer(waiter, std::move(answer));
        return;
    }
    // Almost always the newest; an older number waits with those that it is not before.
    CommitNumber at = held_.empty() ? number : std::max(number, held_.back().number);
    held_.push_back({at, waiter, std::move(answer)});
}

void Ledger::on_durable(CommitNumber up_to) {
    SFG_ASSERT(up_to >= durable_ && up_to < next_, "durability advances over what was committed");
    durable_ = up_to;
    while (!undurable_.empty() && undurable_.front().number <= up_to) {
        Sized durable = std::move(undurable_.front());  // What it held may bring others here.
        undurable_.pop_front();
        undurable_bytes_ -= durable.bytes;
    }
    while (!held_.empty() && held_.front().number <= up_to) {
        Held held = std::move(held_.front());
        held_.pop_front();
        actions_.answer(held.waiter, std::move(held.answer));
    }
}

std::vector<std::pair<WaiterId, Answer>> Ledger::take_waiting() {
    std::vector<std::pair<WaiterId, Answer>> waiting;
    for (Held& held : held_) {
        waiting.emplace_back(held.waiter, std::move(held.answer));
    }
    held_.clear();
    return waiting;
}

}  // namespace sfg::engine
