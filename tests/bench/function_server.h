// The server under the benchmark's functions: plain Beast, one thread, no SDK, no tricks: what a
// competent person writes in an afternoon. FROZEN, as reference_function.cc is, and for its reason.
//
// Threads:  one, the caller's.
// Limits:   bodies of 64 MiB.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace bench {

struct Answer {
    std::optional<std::string> body{};   // Nothing: 500.
    std::chrono::milliseconds after{0};  // Held back for so long, while others are served.
};

// Answers the body of a request.
using Handler = Answer (*)(const std::string& body);

// Serves, and prints where: on the loopback interface on this port, with 0 on a free one, or on a
// Unix socket if it is a path.
void serve(const std::string& where, Handler handler);

}  // namespace bench
