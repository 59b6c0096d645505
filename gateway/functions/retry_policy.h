// RetryPolicy: when the next attempt of a call starts, and when the call ends.
//
// A call is the attempts within its budget. Each lasts at most as long as what is left of the
// budget; between them the delay doubles, with jitter, so that calls that failed together do not
// come back together.
//
// Threads:  a value; one per call.
// Time:     `elapsed` is the time since the start of the call.
// Source:   StateFun's Netty client waits 4, 8, 16, ... ms, capped by the budget only. We cap a
//           delay, so that an endpoint that comes back is noticed.
#pragma once

#include "gateway/functions/failure.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace sfg::functions {

struct RetryOptions {
    std::chrono::milliseconds delay_first{4};
    std::chrono::milliseconds delay_max{10'000};  // Before jitter.
    // Attempts that the function may refuse (kinds rejected and too_large) before the call ends:
    // more of the same bytes seldom help, and the engine should learn the reason soon.
    std::uint32_t refusals_max = 3;
    // Attempts in all; 0: as many as the budget holds. A breaker will end calls to an endpoint that
    // is down; until then such a call keeps its slot for its budget.
    std::uint32_t attempts_max = 0;
};

class RetryPolicy {
public:
    RetryPolicy(const RetryOptions& options, std::chrono::milliseconds budget);

    // What is left of the budget; 0 when it is gone.
    [[nodiscard]] std::chrono::milliseconds remaining(std::chrono::milliseconds elapsed) const;

    void attempt_started() { ++attempts_; }

    [[nodiscard]] std::uint32_t attempts() const { return attempts_; }

    // The delay before the next attempt: never less than what the server asked for. Nothing if the
    // call ends here, also because the delay would outlive the budget: a slot is not held for a
    // wait that leads nowhere. `draw`: 64 random bits.
    [[nodiscard]] std::optional<std::chrono::microseconds>
    after_failure(const Failure& failure, std::chrono::milliseconds elapsed, std::uint64_t draw);

private:
    [[nodiscard]] std::chrono::microseconds next_delay(std::uint64_t draw);

    RetryOptions options_;
    std::chrono::milliseconds budget_;
    std::uint32_t attempts_ = 0;
    std::uint32_t failures_ = 0;
    std::uint32_t refusals_ = 0;
};

}  // namespace sfg::functions
