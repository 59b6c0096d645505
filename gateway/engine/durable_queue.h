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
// Invariants: keys strictly increase from consumed to the tail's last. While there is no middle,
//             there is no tail. An item in the middle is durable. While a read is out, the head is
//             not cut, and what the tail gives to the middle lies behind the read's end.
// Limits:     the owner bounds count and bytes; memory_bytes() is what is charged.
#pragma once

#include "gateway/engine/fifo.h"
#include "protocol/assert.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"

#include <cstddef>
#include <optional>
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
        last_pushed_ = item.key;
        memory_bytes_ += cost(item);
        (middle_ ? tail_ : head_).push_back(std::move(item));
    }

    // The store may hold items that we have not seen, all after `consumed`. Requires: empty().
    void assume_stored(Key consumed) {
        SFG_ASSERT(head_.empty() && tail_.empty() && !read_out_);
        consumed_ = consumed;
        middle_ = true;
    }

    // Nothing waits: neither in memory nor, as far as is known, in the store.
    [[nodiscard]] bool empty() const { return head_.empty() && !middle_ && tail_.empty(); }

    // Items at hand, in order.
    [[nodiscard]] std::size_t ready() const { return head_.size(); }

    [[nodiscard]] const Item& at(std::size_t i) const { return head_[i]; }

    // Items in memory, of head and tail.
    [[nodiscard]] std::size_t in_memory() const { return head_.size() + tail_.size(); }

    [[nodiscard]] std::size_t memory_bytes() const {
        return memory_bytes_ + head_.memory_bytes() + tail_.memory_bytes();
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
            SFG_ASSERT(head_.empty() && !read_out_);
            SFG_ASSERT(tail_.empty() || tail_.front().key > key, "the tail is not durable");
            consumed_ = key;
        }
    }

    [[nodiscard]] bool has_middle() const { return middle_; }

    [[nodiscard]] bool read_out() const { return read_out_; }

    // Begins a read of the middle. `next` is a key above every key given so far.
    Gap begin_read(Key next) {
        SFG_ASSERT(middle_ && !read_out_);
        read_out_ = true;
        read_before_ = tail_.empty() ? next : tail_.front().key;
        Key after = head_.empty() ? consumed_ : head_.back().key;
        return {after < seen_ ? seen_ : after, read_before_};
    }

    // The answer, in key order. `more`: the read stopped at a limit of its own. `seen`: how far it
    // looked, where not every row that it saw belongs to this queue.
    void end_read(std::vector<Item> items, bool more, Key seen = Key{}) {
        SFG_ASSERT(read_out_);
        read_out_ = false;
        seen_ = seen;
        for (Item& item : items) {
            Key last = head_.empty() ? consumed_ : head_.back().key;
            SFG_ASSERT(item.key > last && item.key < read_before_, "a read stays in its gap");
            memory_bytes_ += cost(item);
            head_.push_back(std::move(item));
        }
        middle_ = more || middle_end_ >= read_before_;
        if (!middle_) {
            while (!tail_.empty()) {
                head_.push_back(std::move(tail_.front()));
                tail_.pop_front();
            }
        }
    }

    void abort_read() { read_out_ = false; }

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
            if (!read_out_) {
                cut_head(keep);
            }
            while (!tail_.empty() && tail_.front().number <= durable) {
                middle_end_ = tail_.front().key;
                memory_bytes_ -= cost(tail_.front());
                tail_.pop_front();
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
        for (std::size_t i = durable_items; i < head_.size(); ++i) {
            tail_.push_back(std::move(head_[i]));
        }
        for (std::size_t i = keep; i < durable_items; ++i) {
            memory_bytes_ -= cost(head_[i]);
        }
        middle_ = true;
        seen_ = Key{};
        middle_end_ = head_[durable_items - 1].key;
        head_.truncate(keep);
    }

private:
    static std::size_t cost(const Item& item) {
        return SharedBytes::kOverheadBytes + item.bytes.size();
    }

    [[nodiscard]] Key last_key() const {
        return last_pushed_ > consumed_ ? last_pushed_ : consumed_;
    }

    void cut_head(std::size_t keep) {
        if (head_.size() <= keep) {
            return;
        }
        seen_ = Key{};
        if (middle_end_ < head_.back().key) {
            middle_end_ = head_.back().key;
        }
        for (std::size_t i = keep; i < head_.size(); ++i) {
            memory_bytes_ -= cost(head_[i]);
        }
        head_.truncate(keep);
    }

    Fifo<Item> head_;
    Fifo<Item> tail_;
    Key consumed_{};
    Key last_pushed_{};
    Key middle_end_{};   // The last key that was given to the middle by spill().
    Key seen_{};         // Up to here the middle was looked through, while it stays middle.
    Key read_before_{};  // Where the read that is out ends.
    std::size_t memory_bytes_ = 0;  // Of the items' bytes.
    bool middle_ = false;
    bool read_out_ = false;
};

}  // namespace sfg::engine
