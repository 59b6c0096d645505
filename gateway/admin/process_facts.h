// What the operating system knows of this process.
//
// Threads:  any. Reads /proc; what can't be read is 0.
#pragma once

#include <cstdint>

namespace sfg::admin {

struct ProcessFacts {
    std::uint64_t resident_bytes = 0;
    double cpu_seconds = 0;
    double start_unix_seconds = 0;  // When its static objects were made.
};

[[nodiscard]] ProcessFacts process_facts();

}  // namespace sfg::admin
