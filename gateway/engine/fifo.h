// Fifo: a queue in one block of memory.
//
// std::deque costs over half a kilobyte while it is empty, and there is one queue per entity: this
// one costs three words then.
//
// Threads: the engine's.
#pragma once

#include "protocol/assert.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace sfg::engine {

template <typename T>
class Fifo {
public:
    [[nodiscard]] bool empty() const { return begin_ == items_.size(); }

    [[nodiscard]] std::size_t size() const { return items_.size() - begin_; }

    T& operator[](std::size_t at) { return items_[begin_ + at]; }

    const T& operator[](std::size_t at) const { return items_[begin_ + at]; }

    T& front() { return (*this)[0]; }

    const T& front() const { return (*this)[0]; }

    const T& back() const { return items_.back(); }

    void push_back(T item) {
        // Not for a few: what is moved now must not have to be moved again soon.
        if (items_.size() == items_.capacity() && begin_ * 4 >= items_.size()) {
            compact();
        }
        if (items_.size() == items_.capacity()) {
            // Long queues grow by less than the double: what is reserved is memory that is charged.
            std::size_t size = items_.size();
            items_.reserve(size + std::max<std::size_t>(size < 64 ? size : size / 4, 1));
        }
        items_.push_back(std::move(item));
    }

    // What the queue holds of memory for its items, filled or not.
    [[nodiscard]] std::size_t memory_bytes() const { return items_.capacity() * sizeof(T); }

    void pop_front() {
        SFG_ASSERT(!empty());
        items_[begin_++] = T();
        if (empty()) {
            clear();
        } else if (begin_ >= 64 && begin_ * 2 > items_.size()) {
            compact();
        }
    }

    // Leaves the first `count` items.
    void truncate(std::size_t count) {
        items_.resize(begin_ + count);
        compact();
    }

    void clear() {
        begin_ = 0;
        if (items_.capacity() > 64) {
            items_ = {};
        } else {
            items_.clear();
        }
    }

private:
    void compact() {
        items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(begin_));
        begin_ = 0;
        if (items_.capacity() > 64 && items_.capacity() > 2 * items_.size()) {
            std::vector<T> smaller;
            smaller.reserve(items_.size());
            std::move(items_.begin(), items_.end(), std::back_inserter(smaller));
            items_ = std::move(smaller);
        }
    }

    std::vector<T> items_;
    std::size_t begin_ = 0;
};

}  // namespace sfg::engine
