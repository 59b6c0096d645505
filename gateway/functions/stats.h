// CallerStats: what is counted of the calls of one endpoint, for metrics and for the console.
//
// Threads:  written on the loop's thread; read there. A copy is what another thread reads.
// Limits:   kLatencyTypesMax function types of an endpoint have a latency of their own: their names
//           come from messages.
#pragma once

#include "gateway/engine/events.h"
#include "gateway/functions/cut_off.h"
#include "gateway/runtime/metrics.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sfg::functions {

inline constexpr std::size_t kLatencyTypesMax = 16;

// Counters and what there is now: numbers only, so that those of several callers can be added.
struct CallerCounts {
    std::uint64_t calls = 0;          // Started.
    std::uint64_t calls_failed = 0;   // Ended with CallFailed.
    std::uint64_t attempts = 0;       // Of those, with a URL to go to.
    std::uint64_t failures_down = 0;  // Calls that failed, by kind.
    std::uint64_t failures_rejected = 0;
    std::uint64_t failures_too_large = 0;
    // Kept ones that the server closed as we wrote; no failures.
    std::uint64_t stale_connections = 0;
    std::uint64_t empty_replies = 0;    // Accepted answers without a byte of body.
    std::uint64_t connects = 0;         // New connections that came about.
    std::uint64_t tls_resumptions = 0;  // Of those, with a short TLS handshake.
    std::uint64_t connect_failures = 0;
    std::uint64_t bytes_sent = 0;      // Bodies, also of calls that failed.
    std::uint64_t bytes_received = 0;  // Bodies of accepted answers.

    // Now.
    std::uint64_t calls_in_flight = 0;
    std::uint64_t calls_without_connection = 0;  // Of those, waiting for one.
    std::uint64_t connections_open = 0;
};

struct CallerStats : CallerCounts {
    std::map<int, std::uint64_t> answers_by_status;

    // From writing the request to the whole answer, accepted or not.
    runtime::Histogram latency;
    // The same by function type, of the first ones that were called, in that order.
    std::vector<std::pair<TypeName, runtime::Histogram>> latency_by_type;

    CutOff cut_off;
    std::string last_failure;  // Of the latest failed call.

    void observe_latency(const TypeName& type, std::chrono::microseconds took) {
        latency.observe(took);
        if (runtime::Histogram* of_type = latency_of(type)) {
            of_type->observe(took);
        }
    }

    void count_failure(engine::FailureKind kind, const std::string& reason) {
        switch (kind) {
            case engine::FailureKind::down:
                ++failures_down;
                break;
            case engine::FailureKind::rejected:
                ++failures_rejected;
                break;
            case engine::FailureKind::too_large:
                ++failures_too_large;
                break;
        }
        last_failure = reason;
    }

    // Adds what another caller counted of the same endpoint. (`last_failure` and `cut_off` are of
    // one caller alone.)
    void add(const CallerStats& other);

private:
    [[nodiscard]] runtime::Histogram* latency_of(const TypeName& type);
};

}  // namespace sfg::functions
