// Ring: a queue in one block of memory, which it keeps.
//
// std::deque asks for a block whenever it has moved on by 512 bytes, which is one event or two. A
// ring asks while it grows, and at rest for nothing.
//
// Threads: one at a time.
// Limits:  whoever fills it bounds it. What a burst took is given back when the ring is empty.
#pragma once

#include <boost/circular_buffer.hpp>

#include <cstddef>
#include <utility>

namespace sfg {

template <typename T>
class Ring {
public:
    [[nodiscard]] bool empty() const { return items_.empty(); }

    [[nodiscard]] std::size_t size() const { return items_.size(); }

    [[nodiscard]] T& front() { return items_.front(); }

    [[nodiscard]] const T& front() const { return items_.front(); }

    [[nodiscard]] T& back() { return items_.back(); }

    void push_back(T&& item) {
        if (items_.full()) {
            items_.set_capacity(items_.empty() ? kFirst : 2 * items_.capacity());
        }
        items_.push_back(std::move(item));
    }

    void pop_front() {
        items_.pop_front();
        if (items_.empty() && items_.capacity() > kKept) {
            items_.set_capacity(kFirst);
        }
    }

    void clear() { items_.clear(); }

    auto begin() { return items_.begin(); }

    auto end() { return items_.end(); }

private:
    static constexpr std::size_t kFirst = 16;
    static constexpr std::size_t kKept = 1024;

    boost::circular_buffer<T> items_;
};

}  // namespace sfg
