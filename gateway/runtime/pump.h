// Pump: gives every class of events its share of the loop (design D1, nobody starves).
//
// Handlers of the loop only put events here. The pump drains the classes in turn, each up to its
// weight, at most kEventsPerRound events or kRoundTime; then the sockets are polled again, and the
// next round begins with the class behind. So a flood of one class delays the others by a bounded
// time. An event that is as long as many counts as so many.
//
// Threads: the loop's.
// Limits:  none of its own: what can be queued is bounded by whoever puts it here (one slot per
//          connection, the engine's credit).
#pragma once

#include "gateway/runtime/loop.h"
#include "protocol/ring.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

namespace sfg::runtime {

template <typename Event, std::size_t kClasses>
class Pump {
public:
    static constexpr std::size_t kEventsPerRound = 64;
    static constexpr std::chrono::microseconds kRoundTime{500};

    using Weights = std::array<std::size_t, kClasses>;

    // `handle` takes one event and says how many usual ones it counts as; `after_round` runs when a
    // round is over.
    Pump(
        Loop& loop,
        Weights weights,
        std::function<std::size_t(Event&&)> handle,
        std::function<void()> after_round
    )
        : loop_(loop),
          weights_(weights),
          handle_(std::move(handle)),
          after_round_(std::move(after_round)) {}

    void put(std::size_t event_class, Event&& event) {
        queues_[event_class].push_back(std::move(event));
        schedule();
    }

    [[nodiscard]] std::size_t waiting(std::size_t event_class) const {
        return queues_[event_class].size();
    }

    [[nodiscard]] bool empty() const {
        for (const auto& queue : queues_) {
            if (!queue.empty()) {
                return false;
            }
        }
        return true;
    }

    // The time, as it was when the round last looked: before the events of this class.
    [[nodiscard]] SteadyTime now() const { return now_; }

    // From when its first event waited until the last round began, for the lag metric.
    [[nodiscard]] SteadyClock::duration last_wait() const { return last_wait_; }

private:
    void schedule() {
        if (!scheduled_) {
            scheduled_ = true;
            since_ = SteadyClock::now();
            loop_.post([this] { round(); });
        }
    }

    void round() {
        SteadyTime start = SteadyClock::now();
        now_ = start;
        last_wait_ = start - since_;
        std::size_t handled = 0;
        while (in_time(start) && handled < kEventsPerRound && !empty()) {
            handled += drain(class_);
            class_ = (class_ + 1) % kClasses;
        }
        scheduled_ = false;
        if (!empty()) {
            schedule();
        }
        after_round_();
    }

    [[nodiscard]] bool in_time(SteadyTime start) const { return now_ - start < kRoundTime; }

    // Up to the weight of the class; returns how many usual events that was.
    std::size_t drain(std::size_t event_class) {
        Ring<Event>& queue = queues_[event_class];
        std::size_t handled = 0;
        while (handled < weights_[event_class] && !queue.empty()) {
            Event event = std::move(queue.front());
            queue.pop_front();
            handled += handle_(std::move(event));
        }
        if (handled > 0) {
            now_ = SteadyClock::now();
        }
        return handled;
    }

    Loop& loop_;
    const Weights weights_;
    const std::function<std::size_t(Event&&)> handle_;
    const std::function<void()> after_round_;
    std::array<Ring<Event>, kClasses> queues_;
    std::size_t class_ = 0;  // Whose turn it is.
    bool scheduled_ = false;
    SteadyTime now_{};
    SteadyTime since_{};
    SteadyClock::duration last_wait_{0};
};

}  // namespace sfg::runtime
