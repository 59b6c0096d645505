// LoadOptions: what the load generator is told on its command line.
//
// Threads:  a value; read_options() at the start of the process.
#pragma once

#include "tests/bench/request_template.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

struct LoadOptions {
    Mode mode = Mode::send;
    std::uint16_t port = 0;
    std::string socket;  // A Unix socket's path, instead of the port.
    std::uint32_t connections = 1;
    std::uint32_t pipeline = 1;  // Requests that a connection has out at a time; closed loop only.
    std::uint32_t ids = 10'000;
    double zipf = 0;          // The exponent of the ids' frequencies; 0: all are equally frequent.
    std::uint64_t count = 0;  // Requests, to ids in their order; 0: as many as fit, to any of them.
    std::vector<std::string> targets = {"bench/counter"};  // Taken in turn.
    Content content;
    std::uint32_t rate = 0;  // Requests per second that arrive, come what may; 0: a closed loop.
    double warm_up_s = 1;
    double measured_s = 5;
};

// Fills `options`. A negative number: they are good; else what the process exits with, and why was
// printed.
[[nodiscard]] int read_options(int argc, char** argv, LoadOptions& options);

}  // namespace bench
