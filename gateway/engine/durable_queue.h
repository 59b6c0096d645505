// DurableQueue: an ordered queue whose head is in memory, whose middle may be only in the store,
// and whose tail is again in memory. It serves mailboxes and the outbox (design D5).
//
//     consumed | head (in memory) | middle (in the store) | tail (in memory)
//
// The rule of every read: what the store says is true as of the last durable notice. Newer puts
// stay in memory until they are durable; newer deletes lie before `consumed` and are never looked
// at. So the middle is read strictly between the head's last key (or the consumed one) and the
// tail's first (or the first key that is not given yet), and nothing can come twice or be missed.
//
// Threads:    the engine's.
// Invariants: keys strictly increase from consumed to the tail's last. Without a middle there is
//             no tail, so that a queue which is all in memory costs six words. An item in the
//             middle is durable. While a read is out, the head is not cut, and what the tail gives
//             to the middle lies behind the read's end.
// Limits:     the owner bounds count and bytes; memory_bytes() is what is charged.
#pragma once

#include "gateway/engine/fifo.h"
#include "protocol/assert.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace sfg::engine {

template <typename Key>
class DurableQueue {
public:
    struct Item {
        Key key{};
        CommitNumber number{};  // The commit that put it.
        SharedBytes bytes;
    };

    // What one item costs beside its bytes, in a queue without reserve.
    static constexpr std::size_t kItemBytes = sizeof(Item) + SharedBytes::kOverheadBytes;

    // Keys strictly between: where to read the middle.
    struct Gap {
        Key after{};
        Key before{};
    };

    void push(Item item) {
        SFG_ASSERT(item.key > last_key(), "keys increase");
        memory_bytes_ += cost(item);
        (middle_ ? middle_->tail : head_).push_back(std::move(item));
    }

    // The store may hold items that we have not seen, all after `consumed`. Requires: empty().
    void assume_stored(Key consumed) {
        SFG_ASSERT(head_.empty() && !(middle_ && (middle_->read_out || !middle_->tail.empty())));
        consumed_ = consumed;
        middle_ = std::make_unique<Middle>();
    }

    // Nothing waits: neither in memory nor, as far as is known, in the store.
    [[nodiscard]] bool empty() const { return head_.empty() && !middle_; }

    // Items at hand, in order.
    [[nodiscard]] std::size_t ready() const { return head_.size(); }

    [[nodiscard]] const Item& at(std::size_t i) const { return head_[i]; }

    // Items in memory, of head and tail.
    [[nodiscard]] std::size_t in_memory() const {
        return head_.size() + (middle_ ? middle_->tail.size() : 0);
    }

    [[nodiscard]] std::size_t memory_bytes() const {
        return memory_bytes_ + head_.memory_bytes() +
               (middle_ ? sizeof(Middle) + middle_->tail.memory_bytes() : 0);
    }

    [[nodiscard]] Key consumed() const { return consumed_; }

    // No item of this queue has a key below this one. Requires: !empty(), and an integer key.
    [[nodiscard]] Key first_possible() const {
        return head_.empty() ? consumed_ + 1 : head_.front().key;
    }

    // Takes the first item away for good.
    void pop() {
        memory_bytes_ -= cost(head_.front());
        consumed_ = head_.front().key;
        head_.pop_front();
    }

    // Takes everything up to `key` away for good, also what is only in the store. Requires: no read
    // is out, or all of it is in memory.
    void take_up_to(Key key) {
        while (!head_.empty() && head_.front().key <= key) {
            pop();
        }
        if (key > consumed_) {
            SFG_ASSERT(head_.empty() && !read_out());
            SFG_ASSERT(
                !middle_ || middle_->tail.empty() || middle_->tail.front().key > key,
                "the tail is not durable"
            );
            consumed_ = key;
        }
    }

    [[nodiscard]] bool has_middle() const { return middle_ != nullptr; }

    [[nodiscard]] bool read_out() const { return middle_ && middle_->read_out; }

    // Begins a read of the middle. `next` is a key above every key given so far.
    Gap begin_read(Key next) {
        SFG_ASSERT(middle_ && !middle_->read_out);
        middle_->read_out = true;
        middle_->read_before = middle_->tail.empty() ? next : middle_->tail.front().key;
        return {std::max(head_end(), middle_->seen), middle_->read_before};
    }

    // The answer, in key order. `more`: the read stopped at a limit of its own. `seen`: how far it
    // looked, where not every row that it saw belongs to this queue.
    void end_read(std::vector<Item> items, bool more, Key seen = Key{}) {
        SFG_ASSERT(read_out());
        Middle& middle = *middle_;
        middle.read_out = false;
        middle.seen = seen;
        for (Item& item : items) {
            SFG_ASSERT(
                item.key > head_end() && item.key < middle.read_before, "a read stays in its gap"
            );
            memory_bytes_ += cost(item);
            head_.push_back(std::move(item));
        }
        if (more || middle.end >= middle.read_before) {
            return;
        }
        while (!middle.tail.empty()) {
            head_.push_back(std::move(middle.tail.front()));
            middle.tail.pop_front();
        }
        middle_.reset();
    }

    void abort_read() {
        if (middle_) {
            middle_->read_out = false;
        }
    }

    // The store's own record of how far the queue was consumed; what is in memory is newer.
    void raise_consumed(Key consumed) {
        SFG_ASSERT(head_.empty() || consumed < head_.front().key);
        if (consumed > consumed_) {
            consumed_ = consumed;
        }
    }

    // Leaves in memory what is not durable and the first `keep` items; the rest becomes middle.
    void spill(CommitNumber durable, std::size_t keep) {
        if (middle_) {
            if (!middle_->read_out) {
                cut_head(keep);
            }
            Fifo<Item>& tail = middle_->tail;
            while (!tail.empty() && tail.front().number <= durable) {
                middle_->end = tail.front().key;
                memory_bytes_ -= cost(tail.front());
                tail.pop_front();
            }
            return;
        }
        std::size_t durable_items = head_.size();
        while (durable_items > keep && head_[durable_items - 1].number > durable) {
            --durable_items;
        }
        if (durable_items <= keep) {
            return;
        }
        middle_ = std::make_unique<Middle>();
        middle_->end = head_[durable_items - 1].key;
        for (std::size_t i = durable_items; i < head_.size(); ++i) {
            middle_->tail.push_back(std::move(head_[i]));
        }
        for (std::size_t i = keep; i < durable_items; ++i) {
            memory_bytes_ -= cost(head_[i]);
        }
        head_.truncate(keep);
    }

private:
    // What is only there while not all of the queue is in memory.
    struct Middle {
        Fifo<Item> tail;
        Key end{};          // The last key that was given to the middle by spill().
        Key seen{};         // Up to here the middle was looked through.
        Key read_before{};  // Where the read that is out ends.
        bool read_out = false;
    };

    static std::size_t cost(const Item& item) {
        return SharedBytes::kOverheadBytes + item.bytes.size();
    }

    [[nodiscard]] Key head_end() const { return head_.empty() ? consumed_ : head_.back().key; }

    [[nodiscard]] Key last_key() const {
        if (!middle_) {
            return head_end();
        }
        return middle_->tail.empty() ? std::max(head_end(), middle_->end)
                                     : middle_->tail.back().key;
    }

    void cut_head(std::size_t keep) {
        if (head_.size() <= keep) {
            return;
        }
        middle_->seen = Key{};
        middle_->end = std::max(middle_->end, head_.back().key);
        for (std::size_t i = keep; i < head_.size(); ++i) {
            memory_bytes_ -= cost(head_[i]);
        }
        head_.truncate(keep);
    }

    Fifo<Item> head_;
    Key consumed_{};
    std::unique_ptr<Middle> middle_;
    std::size_t memory_bytes_ = 0;  // Of the items' bytes.
};

}  // namespace sfg::engine
