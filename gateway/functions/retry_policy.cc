#include "gateway/functions/retry_policy.h"

#include <algorithm>

namespace sfg::functions {

using std::chrono::microseconds;
using std::chrono::milliseconds;

RetryPolicy::RetryPolicy(const RetryOptions& options, milliseconds budget)
    : options_(options),
      budget_(budget) {}

milliseconds RetryPolicy::remaining(milliseconds elapsed) const {
    return std::max(budget_ - elapsed, milliseconds{0});
}

std::optional<microseconds>
RetryPolicy::after_failure(const Failure& failure, milliseconds elapsed, std::uint64_t draw) {
    if (failure.kind != FailureKind::down) {
        ++refusals_;
    }
    microseconds delay = microseconds(failure.retry_after) + next_delay(draw);
    bool is_refused = refusals_ >= options_.refusals_max;
    bool is_last = options_.attempts_max != 0 && attempts_ >= options_.attempts_max;
    // Repeated here, it would hold a slot of the very server that asked for less.
    if (failure.overloaded || is_refused || is_last || delay >= remaining(elapsed)) {
        return std::nullopt;
    }
    return delay;
}

microseconds RetryPolicy::next_delay(std::uint64_t draw) {
    // 2^16 times the first delay is over a minute even for the smallest one.
    std::uint32_t doublings = std::min(failures_, 16U);
    ++failures_;
    microseconds base = std::min(options_.delay_first * (1U << doublings), options_.delay_max);
    // Between half and one and a half of it.
    double share = 0.5 + static_cast<double>(draw >> 11U) * 0x1p-53;
    return microseconds(static_cast<std::int64_t>(static_cast<double>(base.count()) * share));
}

}  // namespace sfg::functions
