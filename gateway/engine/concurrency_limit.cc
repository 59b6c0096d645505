#include "gateway/engine/concurrency_limit.h"

#include <algorithm>

namespace sfg::engine {

namespace {

// A window over the target keeps at least and at most so much of the limit.
constexpr double kKeptLeast = 0.5;
constexpr double kKeptMost = 0.9;
// Growth after the first sign of queueing, per window.
constexpr double kGrowth = 1.1;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(Concurrency kind, std::uint32_t most)
    : adaptive_(kind.is_adaptive()),
      most_(std::max(most, 1U)),
      limit_(adaptive_ ? std::min(kUnqueuedCalls, most_) : most_) {}

void ConcurrencyLimit::answered(Answer answer, std::uint32_t in_flight, SteadyMs now) {
    if (was_refused_ && now - refused_at_ > kRefusalRemembered) {
        was_refused_ = false;
    }
    if (skip_ > 0) {
        --skip_;
        return;
    }
    if (!adaptive_) {
        if (limit_ < most_ && in_flight >= value()) {
            grow(now);
        }
        return;
    }
    if (answer.latency.count() <= 0) {
        return;
    }
    ++answers_;
    sum_us_ += static_cast<double>(answer.latency.count());
    messages_ += std::max(answer.messages, 1U);
    most_in_flight_ = std::max(most_in_flight_, in_flight);
    if (answers_ >= std::max(kWindowAnswers, value())) {
        close_window(now);
    }
}

void ConcurrencyLimit::close_window(SteadyMs now) {
    double mean = sum_us_ / messages_;
    bool unqueued = most_in_flight_ <= kUnqueuedCalls;
    if (unqueued || unqueued_us_ == 0 || mean < unqueued_us_) {
        unqueued_us_ = mean;
    }
    double slack = static_cast<double>(kSlack.count()) * answers_ / messages_;
    double target = unqueued_us_ * kSlowdown + slack;
    if (mean > target) {
        double kept = std::clamp(target / mean, kKeptLeast, kKeptMost);
        double floor = std::min(limit_, static_cast<double>(kUnqueuedCalls));
        skip_ = most_in_flight_;
        limit_ = std::max(limit_ * kept, floor);
        doubles_ = false;
    } else if (most_in_flight_ >= value()) {
        grow(now);  // Else it was not the limit that kept the calls few.
    }
    begin_window();
}

void ConcurrencyLimit::grow(SteadyMs now) {
    if (was_refused_) {
        if (now >= raise_at_) {
            limit_ = std::min<double>(limit_ + 1, most_);
            raise_at_ = now + kRaiseEvery;
        }
        return;
    }
    double grown = !adaptive_ || doubles_ ? limit_ * 2 : std::max(limit_ + 1, limit_ * kGrowth);
    limit_ = std::min<double>(grown, most_);
}

void ConcurrencyLimit::ended() {
    skip_ -= skip_ > 0 ? 1 : 0;
}

void ConcurrencyLimit::refused(std::uint32_t in_flight, SteadyMs now) {
    was_refused_ = true;
    refused_at_ = now;
    raise_at_ = now + kRaiseEvery;
    doubles_ = false;
    if (skip_ > 0) {
        --skip_;  // It was started before the limit was lowered the last time.
        return;
    }
    double used = std::min<double>(limit_, std::max(in_flight, 1U));
    limit_ = std::max(used * kKeptAfterRefusal, 1.0);
    skip_ = in_flight > 0 ? in_flight - 1 : 0;
    begin_window();
}

void ConcurrencyLimit::begin_window() {
    answers_ = 0;
    most_in_flight_ = 0;
    sum_us_ = 0;
    messages_ = 0;
}

}  // namespace sfg::engine
