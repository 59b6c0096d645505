// ConcurrencyLimit: how many calls one endpoint gets at a time.
//
// A server that does its work on one core answers no faster when it is given more calls at once:
// they only queue there, where they hold memory and time out, instead of here, where they become
// batches. A server that waits for others (a database) needs many. So the limit is found out, by a
// gradient with slack: while the answers of a window take at most kSlowdown times as long as they
// do without queueing, plus kSlack, the limit grows; else it shrinks by the ratio that it is past
// that. Times are per message: a lower limit makes larger batches, which take longer, and that must
// not lower it further. What they take without queueing is measured whenever few calls are in
// flight: after a start, in quiet hours, and when the limit has shrunk that far, which is how a
// server that has become slower for good is noticed.
//
// A refusal (429 or 503) lowers the limit at once, a fixed one too; after that it grows by one a
// second, so a server that says how much it bears is met just below that.
//
// Threads:    the engine's. Pure: time comes in.
// Invariants: 1 <= value() <= the most that was given. Latency alone never goes below
//             kUnqueuedCalls, or there would be nothing to measure with.
// Limits:     a window is at least kWindowAnswers answers.
#pragma once

#include "gateway/engine/actions.h"
#include "protocol/module_spec.h"

#include <chrono>
#include <cstdint>

namespace sfg::engine {

class ConcurrencyLimit {
public:
    // Calls at once that do not queue in any server worth the name. An adaptive limit starts here.
    static constexpr std::uint32_t kUnqueuedCalls = 4;
    static constexpr std::uint32_t kWindowAnswers = 16;
    static constexpr double kSlowdown = 2.0;
    static constexpr std::chrono::microseconds kSlack{5'000};
    // What is left after a refusal, and how long the limit then stays, and between two steps up.
    static constexpr double kKeptAfterRefusal = 0.7;
    static constexpr SteadyMs kRaiseEvery{1'000};
    // So long after a refusal the limit grows by one at a time.
    static constexpr SteadyMs kRefusalRemembered{60'000};

    // `most`: a fixed limit, or the bound of an adaptive one. At least 1.
    ConcurrencyLimit(Concurrency kind, std::uint32_t most);

    [[nodiscard]] std::uint32_t value() const { return static_cast<std::uint32_t>(limit_); }

    [[nodiscard]] std::uint32_t most() const { return most_; }

    struct Answer {
        std::chrono::microseconds latency{0};  // Of the last attempt; 0: not measured.
        std::uint32_t messages = 1;
    };

    // A call was answered. `in_flight`: calls at that moment, this one included.
    void answered(Answer answer, std::uint32_t in_flight, SteadyMs now);

    // A call ended without an answer that says how fast the endpoint is.
    void ended();

    // The endpoint said that it is given too much.
    void refused(std::uint32_t in_flight, SteadyMs now);

private:
    void close_window(SteadyMs now);
    void grow(SteadyMs now);
    void begin_window();

    // Constant after construction.
    bool adaptive_;
    std::uint32_t most_;

    double limit_;
    bool doubles_ = true;  // Until the first sign of queueing.

    // Answers of calls that were started before the last decrease say nothing about it.
    std::uint32_t skip_ = 0;
    double unqueued_us_ = 0;  // Per message; 0: not measured yet.

    // The window.
    std::uint32_t answers_ = 0;
    std::uint32_t most_in_flight_ = 0;
    double sum_us_ = 0;
    double messages_ = 0;

    bool was_refused_ = false;
    SteadyMs refused_at_{0};
    SteadyMs raise_at_{0};
};

}  // namespace sfg::engine
