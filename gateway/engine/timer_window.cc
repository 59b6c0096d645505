#include "gateway/engine/timer_window.h"

#include "protocol/assert.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sfg::engine {

void TimerWindow::begin(TimerKey from) {
    SFG_ASSERT(known_.empty() && beyond_.empty() && !read_out_);
    horizon_ = from;
}

void TimerWindow::put(const TimerKey& key, SharedBytes row) {
    bool is_known = key < horizon_;
    (is_known ? known_bytes_ : beyond_bytes_) += cost(row);
    bool is_new = (is_known ? known_ : beyond_).emplace(key, std::move(row)).second;
    SFG_ASSERT(is_new, "a message key is given once");
    changes_.push_back({key.message.number, key, false});
}

void TimerWindow::cancel(const TimerKey& key, CommitNumber number) {
    if (auto found = known_.find(key); found != known_.end()) {
        leave(found);
    } else if (auto far = beyond_.find(key); far != beyond_.end()) {
        beyond_bytes_ -= cost(far->second);
        beyond_.erase(far);
    }
    cancelled_.insert(key);
    changes_.push_back({number, key, true});
}

TimerKey TimerWindow::first_possible() const {
    return known_.empty() ? horizon_ : known_.begin()->first;
}

void TimerWindow::bring_row(const TimerKey& key, SharedBytes row) {
    if (first_known() && known_.begin()->first == key) {
        SharedBytes& place = known_.begin()->second;
        known_bytes_ = known_bytes_ - place.size() + row.size();
        place = std::move(row);
    }
}

void TimerWindow::pop() {
    leave(known_.begin());
}

void TimerWindow::leave(Items::iterator known) {
    known_bytes_ -= cost(known->second);
    known_.erase(known);
    is_full_ = false;
}

// Well before the last one fires; but what trim() has cut off would be cut off again.
bool TimerWindow::wants_read() const {
    bool few = !is_full_ && known_.size() < kRows / 4 && known_bytes_ < bytes_max_ / 4;
    return !read_out_ && horizon_ != kNever && (known_.empty() || few);
}

TimerKey TimerWindow::begin_read() {
    SFG_ASSERT(!read_out_);
    read_out_ = true;
    return horizon_;
}

void TimerWindow::end_read(std::vector<Item> items, bool more, CommitNumber durable) {
    SFG_ASSERT(read_out_);
    SFG_ASSERT(items.empty() || items.front().key >= horizon_, "a read begins at the horizon");
    read_out_ = false;
    horizon_ = kNever;
    if (more && !items.empty()) {
        horizon_ = items.back().key;
        ++horizon_.message.index;
    }
    // What is in memory is laid over what was read.
    while (!beyond_.empty() && beyond_.begin()->first < horizon_) {
        std::size_t bytes = cost(beyond_.begin()->second);
        beyond_bytes_ -= bytes;
        known_bytes_ += bytes;
        known_.insert(beyond_.extract(beyond_.begin()));
    }
    for (Item& item : items) {
        if (cancelled_.contains(item.key)) {
            continue;
        }
        SharedBytes row = item.row.size() > kRowBytesKept ? SharedBytes() : std::move(item.row);
        std::size_t bytes = cost(row);
        if (known_.try_emplace(item.key, std::move(row)).second) {
            known_bytes_ += bytes;
        }
    }
    settle(durable);
}

void TimerWindow::settle(CommitNumber durable) {
    // A read that is out may not have seen what became durable meanwhile.
    while (!read_out_ && !changes_.empty() && changes_.front().number <= durable) {
        const Change& change = changes_.front();
        if (change.is_cancel) {
            cancelled_.erase(change.key);
        } else if (auto far = beyond_.find(change.key); far != beyond_.end()) {
            beyond_bytes_ -= cost(far->second);
            beyond_.erase(far);
        } else if (auto near = known_.find(change.key); near != known_.end()) {
            drop_row(near);
        }
        changes_.pop_front();
    }
    trim(durable);
}

void TimerWindow::drop_row(Items::iterator item) {
    if (item->second.size() > kRowBytesKept) {
        known_bytes_ -= item->second.size();
        item->second = SharedBytes();
    }
}

void TimerWindow::trim(CommitNumber durable) {
    if (read_out_ || (known_.size() <= 2 * kRows && known_bytes_ <= 2 * bytes_max_)) {
        return;
    }
    while (known_.size() > 1 && (known_.size() > kRows || known_bytes_ > bytes_max_)) {
        auto last = std::prev(known_.end());
        std::size_t bytes = cost(last->second);
        known_bytes_ -= bytes;
        is_full_ = true;
        horizon_ = last->first;
        auto node = known_.extract(last);
        if (horizon_.message.number > durable) {
            beyond_bytes_ += bytes;
            beyond_.insert(std::move(node));
        }
    }
}

std::size_t TimerWindow::memory_bytes() const {
    return known_bytes_ + beyond_bytes_ + cancelled_.size() * 64 + changes_.size() * sizeof(Change);
}

}  // namespace sfg::engine
