// Fifo: a queue in one block of memory.
//
// std::deque costs over half a kilobyte while it is empty, and there is one queue per entity: this
// one costs three words then.
//
// Threads: the engine's.
#pragma once

#include "protocol/assert.h"

#include <cstddef>
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

    void push_back(T item) { items_.push_back(std::move(item)); }

    void pop_front() {
        SFG_ASSERT(!empty());
        items_[begin_++] = T();
        if (empty()) {
            clear();
        } else if (begin_ >= 64 && begin_ * 2 > items_.size()) {
            items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(begin_));
            begin_ = 0;
        }
    }

    // Leaves the first `count` items.
    void truncate(std::size_t count) { items_.resize(begin_ + count); }

    void clear() {
        begin_ = 0;
        if (items_.capacity() > 64) {
            items_ = {};
        } else {
            items_.clear();
        }
    }

private:
    std::vector<T> items_;
    std::size_t begin_ = 0;
};

}  // namespace sfg::engine
