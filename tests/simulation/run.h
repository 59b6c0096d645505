// Run: one seed from its beginning to its end, and how it is told.
//
// Threads: one; an assertion of the gateway ends the process after the same report.
#pragma once

#include "tests/simulation/world.h"

#include <cstdint>

namespace sfg::sim {

struct RunOptions {
    std::uint64_t seed = 1;
    std::uint64_t steps = 2000;
    bool echo = false;   // Each line of the trace as it happens.
    bool twice = false;  // Once more, to see that it is the same run.
};

struct RunReport {
    bool passed = false;
    std::string violation;
    std::uint64_t step = 0;
    Tally tally;
};

// Prints the report of a run that fails: seed, step, violation, and the last lines of its trace.
[[nodiscard]] RunReport run(const RunOptions& options);

}  // namespace sfg::sim
