// Question: what a thread asks the loop and waits for, one at a time.
//
// Threads:    the asking thread calls everything but on_answer() and close(), which any may.
// Invariants: an answer to a question that is over is dropped.
#pragma once

#include "protocol/ids.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace sfg::runtime {

template <typename Answer>
class Question {
public:
    using Time = std::chrono::steady_clock::time_point;

    // Its waiters are those after `first`.
    explicit Question(WaiterId first) : last_(first) {}

    // The next one; the one before it is over.
    [[nodiscard]] WaiterId ask() {
        std::lock_guard lock(mutex_);
        last_ = WaiterId{static_cast<std::uint64_t>(last_) + 1};
        answer_.reset();
        is_out_ = true;
        return last_;
    }

    // Its answer; nothing: there is none until then, or it is closed.
    [[nodiscard]] std::optional<Answer> wait(std::optional<Time> until = std::nullopt) {
        std::unique_lock lock(mutex_);
        auto is_over = [this] {
            return answer_.has_value() || is_closed_;
        };
        if (until) {
            changed_.wait_until(lock, *until, is_over);
        } else {
            changed_.wait(lock, is_over);
        }
        if (!answer_ || is_closed_) {
            return std::nullopt;
        }
        is_out_ = false;
        return std::exchange(answer_, std::nullopt);
    }

    // Nobody wants the answer any more.
    void drop() {
        std::lock_guard lock(mutex_);
        is_out_ = false;
        answer_.reset();
    }

    // Asked, and its answer was not taken yet.
    [[nodiscard]] bool is_out() const {
        std::lock_guard lock(mutex_);
        return is_out_;
    }

    // False: it is closed.
    [[nodiscard]] bool sleep(std::chrono::milliseconds time) {
        std::unique_lock lock(mutex_);
        return !changed_.wait_for(lock, time, [this] { return is_closed_; });
    }

    void on_answer(WaiterId waiter, Answer answer) {
        std::lock_guard lock(mutex_);
        if (waiter == last_ && is_out_) {
            answer_ = std::move(answer);
            changed_.notify_all();
        }
    }

    // Whoever waits, and whoever asks from now on, gets no answer.
    void close() {
        std::lock_guard lock(mutex_);
        is_closed_ = true;
        changed_.notify_all();
    }

    [[nodiscard]] bool is_closed() const {
        std::lock_guard lock(mutex_);
        return is_closed_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Under the mutex.
    WaiterId last_;
    bool is_out_ = false;
    std::optional<Answer> answer_;
    bool is_closed_ = false;
};

}  // namespace sfg::runtime
