#include "gateway/commit/group.h"

#include "protocol/assert.h"

#include <utility>

namespace sfg::commit {

void Group::append(engine::Commit commit) {
    if (empty()) {
        first_ = commit.number;
    } else {
        SFG_ASSERT(commit.number == next(last_), "commits come in the order of their numbers");
    }
    last_ = commit.number;
    ++commits_;
    waited_ = waited_ || commit.urgency == engine::Urgency::waited;
    first_slot_of_commit_.push_back(message_slots_.size());
    for (auto& message : commit.messages) {
        message_slots_.push_back(batch_.put(message.key, std::move(message.value)));
    }
    for (const auto& gone : commit.consumed) {
        consume(gone);
    }
    for (auto& put : commit.puts) {
        batch_.put(put.key, std::move(put.value));
    }
    for (const auto& key : commit.deletes) {
        batch_.remove(key);
    }
    for (const auto& row : commit.rows) {
        put_row(row);
    }
}

void Group::consume(const engine::Commit::MessageDelete& gone) {
    if (gone.message.number < first_) {
        batch_.remove(gone.key);
        return;
    }
    auto place = value_of(gone.message.number) - value_of(first_);
    std::size_t at = first_slot_of_commit_.at(place) + gone.message.index;
    batch_.cancel(message_slots_.at(at));
}

void Group::put_row(const engine::Commit::RowPut& row) {
    auto [found, is_new] = rows_.try_emplace(row.key, 0);
    if (is_new) {
        found->second = batch_.put_copy(row.key, row.value);
    } else {
        batch_.replace(found->second, row.value);
    }
}

void Group::clear() {
    batch_.clear();
    message_slots_.clear();
    first_slot_of_commit_.clear();
    rows_.clear();
    commits_ = 0;
    waited_ = false;
}

}  // namespace sfg::commit
