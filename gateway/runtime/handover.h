// Handover: items from other threads to a loop, in batches.
//
// What is put while the loop is busy is taken by it as one batch, so a loop that has much to do is
// woken seldom, and one that has nothing to do at once. The lock is held to append and to swap.
//
// Threads:    put() and put_all() on any; `take` runs on the loop's, and may put.
// Lifetime:   the loop outlives it; it is destroyed when nobody puts any more, and on the loop's
//             thread or after the loop has stopped. What was not taken goes with it.
// Invariants: what one thread puts is taken in that order; whatever is put is taken once, as long
//             as the loop runs; at most one wake-up is under way.
// Limits:     none of its own: whoever puts bounds what can wait.
#pragma once

#include "gateway/runtime/loop.h"

#include <cstddef>
#include <functional>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

namespace sfg::runtime {

template <typename T>
class Handover {
public:
    // Takes all items out of the batch, or leaves them to be destroyed.
    using Take = std::function<void(std::vector<T>& batch)>;

    Handover(Loop& to, Take take) : to_(to), take_(std::move(take)) {}

    Handover(const Handover&) = delete;
    Handover& operator=(const Handover&) = delete;
    ~Handover() = default;

    void put(T item) {
        bool is_first = false;
        {
            std::lock_guard lock(mutex_);
            is_first = begin_batch();
            waiting_.push_back(std::move(item));
        }
        wake(is_first);
    }

    // Puts all of them, in their order; `items` is empty afterwards.
    void put_all(std::vector<T>& items) {
        if (items.empty()) {
            return;
        }
        bool is_first = false;
        {
            std::lock_guard lock(mutex_);
            is_first = begin_batch();
            if (is_first) {
                waiting_.swap(items);
            } else {
                std::move(items.begin(), items.end(), std::back_inserter(waiting_));
            }
        }
        items.clear();
        wake(is_first);
    }

    // On the loop's thread: from the first put of the last batch until it was taken.
    [[nodiscard]] SteadyClock::duration last_wait() const { return last_wait_; }

private:
    // After a burst the memory for so many items is kept.
    static constexpr std::size_t kKeptItems = 1024;

    [[nodiscard]] bool begin_batch() {
        if (!waiting_.empty()) {
            return false;
        }
        since_ = SteadyClock::now();
        return true;
    }

    void wake(bool is_first) {
        if (is_first) {
            to_.post([this] { deliver(); });
        }
    }

    void deliver() {
        SteadyTime since;
        {
            std::lock_guard lock(mutex_);
            taken_.swap(waiting_);
            since = since_;
        }
        last_wait_ = SteadyClock::now() - since;
        take_(taken_);
        taken_.clear();
        if (taken_.capacity() > kKeptItems) {
            taken_.shrink_to_fit();
        }
    }

    Loop& to_;
    const Take take_;

    std::mutex mutex_;  // Guards the next two.
    std::vector<T> waiting_;
    SteadyTime since_{};

    // The loop's.
    std::vector<T> taken_;
    SteadyClock::duration last_wait_{0};
};

}  // namespace sfg::runtime
