// Probe: does anything serve the endpoints that a module names?
//
// It goes the way of a real call (endpoint table, pool, connection) and posts an empty body. Every
// SDK refuses that, or answers without effects, before user code runs (Python and JavaScript 500,
// Go 400, Java an empty 200), so a probe changes nothing; any HTTP answer at all counts as
// reachable, and its status is shown.
//
// Threads:  blocks the calling thread, which runs a loop meanwhile.
// Limits:   kProbesAtOnce endpoints at a time, each for at most `patience`; answers up to 64 KiB.
#pragma once

#include "protocol/module_spec.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sfg::cli {

inline constexpr std::size_t kProbesAtOnce = 32;
inline constexpr std::chrono::milliseconds kProbePatience{5000};

enum class Probed : std::uint8_t { reachable, unreachable, skipped };

struct ProbeResult {
    std::string functions;  // "ns/*".
    std::string url;
    Probed outcome = Probed::unreachable;
    std::string what;  // "HTTP 400 in 3 ms", or why not.
};

// In the order of the endpoints. Where the pattern leaves the function's name open and the URL
// depends on it, only a connection is made, or not even that if the host depends on it.
[[nodiscard]] std::vector<ProbeResult>
probe_endpoints(const ModuleSpec& spec, std::chrono::milliseconds patience = kProbePatience);

}  // namespace sfg::cli
