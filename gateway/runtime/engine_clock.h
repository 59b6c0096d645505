// EngineClock: the time that due times, expiries and stamps use (design D11).
//
// It is the wall's time at the start plus what has passed on the steady clock, so a clock that is
// set while the process runs moves nothing. If the time that the store remembers is ahead of the
// wall at a start, it goes on from there at half speed until the two meet, so it never runs
// backwards.
//
// Threads: a value; pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sfg::runtime {

class EngineClock {
public:
    using Ms = std::chrono::milliseconds;

    // All since 1970; `persisted`: what the store remembers, 0 if nothing.
    EngineClock(Ms wall_at_start, Ms persisted)
        : wall_at_start_(wall_at_start),
          floor_(std::max(wall_at_start, persisted)) {}

    [[nodiscard]] std::int64_t at(Ms since_start) const {
        Ms wall = wall_at_start_ + since_start;
        return std::max(wall, floor_ + since_start / 2 * (floor_ > wall_at_start_ ? 1 : 0)).count();
    }

    // How far the remembered time was ahead; 0: it was not.
    [[nodiscard]] Ms ahead_at_start() const { return floor_ - wall_at_start_; }

private:
    const Ms wall_at_start_;
    const Ms floor_;
};

}  // namespace sfg::runtime
