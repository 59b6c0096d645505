#include "gateway/commit/group.h"

#include "protocol/assert.h"
#include "storage/key_codec.h"

#include <utility>

namespace sfg::commit {

void Group::append(engine::Commit& commit) {
    if (empty()) {
        first_ = commit.number;
    } else {
        SFG_ASSERT(commit.number == next(last_), "commits come in the order of their numbers");
    }
    last_ = commit.number;
    ++commits_;
    waited_ = waited_ || commit.urgency == engine::Urgency::waited;
    first_slot_of_commit_.push_back(message_slots_.size());
    const std::uint32_t base = batch_.add_text(commit.text.view()).at;
    auto ours = [base](storage::Part part) {
        return storage::Part{base + part.at, part.size};
    };
    for (auto& message : commit.messages) {
        message_slots_.push_back(batch_.put(ours(message.key), std::move(message.value)));
    }
    for (const auto& gone : commit.consumed) {
        consume(ours(gone.key), gone.message);
    }
    for (auto& put : commit.puts) {
        batch_.put(ours(put.key), std::move(put.value));
    }
    for (storage::Part key : commit.deletes) {
        batch_.remove(ours(key));
    }
    for (const auto& row : commit.rows) {
        put_row(ours(row.key), ours(row.value));
    }
}

void Group::consume(storage::Part key, MessageKey message) {
    if (message.number < first_) {
        batch_.remove(key);
        return;
    }
    auto place = value_of(message.number) - value_of(first_);
    std::size_t at = first_slot_of_commit_.at(place) + message.index;
    batch_.cancel(message_slots_.at(at));
}

void Group::put_row(storage::Part key, storage::Part value) {
    if (auto partition = storage::partition_of_row(batch_.text(key))) {
        return put_partition_row({*partition, key, value});
    }
    auto [found, is_new] = rows_.try_emplace(std::string(batch_.text(key)));
    if (is_new) {
        found->second = batch_.put(key, value);
    } else {
        batch_.replace(found->second, value);
    }
}

void Group::put_partition_row(const Tally::Row& row) {
    if (place_of_partition_.size() <= row.partition) {
        place_of_partition_.resize(row.partition + std::size_t{1});
    }
    std::uint32_t& place = place_of_partition_[row.partition];
    if (place == 0) {
        partition_rows_.push_back(row);
        place = static_cast<std::uint32_t>(partition_rows_.size());
    } else {
        partition_rows_[place - 1].value = row.value;
    }
}

void Group::close(Tally& tally) {
    tally.put(partition_rows_, batch_);
}

void Group::clear() {
    batch_.clear();
    message_slots_.clear();
    first_slot_of_commit_.clear();
    rows_.clear();
    partition_rows_.clear();
    place_of_partition_.clear();
    commits_ = 0;
    waited_ = false;
}

}  // namespace sfg::commit
