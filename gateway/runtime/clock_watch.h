// ClockWatch: tells when the system's clock was set while the process runs.
//
// Engine time does not follow it before the next start (engine_clock.h), so delayed messages and
// expiries are not moved; whoever reads the log should know why they differ from the wall.
//
// Threads: a value; pure.
#pragma once

#include <chrono>
#include <optional>

namespace sfg::runtime {

class ClockWatch {
public:
    using Ms = std::chrono::milliseconds;

    // Smaller steps are what time synchronisation does all the time.
    static constexpr Ms kJumpMin{1000};

    // By how much the wall has moved against elapsed time since the last look that was a jump (or
    // the first one); nothing if it is less than kJumpMin.
    [[nodiscard]] std::optional<Ms> look(Ms wall, Ms since_start) {
        Ms offset = wall - since_start;
        if (!offset_) {
            offset_ = offset;
        }
        Ms moved = offset - *offset_;
        if (std::chrono::abs(moved) < kJumpMin) {
            return std::nullopt;
        }
        offset_ = offset;
        return moved;
    }

private:
    std::optional<Ms> offset_;
};

}  // namespace sfg::runtime
