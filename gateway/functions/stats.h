// CallerStats: what is counted of the calls of one endpoint, for metrics and for the console.
//
// Threads:  written on the loop's thread; read there.
#pragma once

#include "gateway/engine/events.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace sfg::functions {

struct CallerStats {
    // Upper bounds of the latency buckets, in microseconds; the last bucket has none.
    static constexpr std::array<std::uint64_t, 15> kLatencyBoundsUs{
        250,
        500,
        1'000,
        2'500,
        5'000,
        10'000,
        25'000,
        50'000,
        100'000,
        250'000,
        500'000,
        1'000'000,
        5'000'000,
        30'000'000,
        120'000'000
    };

    std::uint64_t calls = 0;         // Started.
    std::uint64_t calls_failed = 0;  // Ended with CallFailed.
    std::uint64_t attempts = 0;
    std::uint64_t failures_down = 0;  // Attempts that failed, by kind.
    std::uint64_t failures_rejected = 0;
    std::uint64_t failures_too_large = 0;
    std::uint64_t stale_connections =
        0;                            // Kept ones that the server closed as we wrote; no failures.
    std::uint64_t empty_replies = 0;  // Accepted answers without a byte of body.
    std::uint64_t connects = 0;       // New connections that came about.
    std::uint64_t connect_failures = 0;
    std::uint64_t bytes_sent = 0;      // Bodies, also of attempts that failed.
    std::uint64_t bytes_received = 0;  // Bodies of accepted answers.
    std::map<int, std::uint64_t> answers_by_status;

    // Now.
    std::uint64_t calls_in_flight = 0;
    std::uint64_t calls_without_connection = 0;  // Of those, waiting for one.
    std::uint64_t calls_in_backoff = 0;          // Of those, between two attempts.
    std::uint64_t connections_open = 0;

    // From writing the request to the whole answer, accepted or not.
    std::array<std::uint64_t, kLatencyBoundsUs.size() + 1> latency_buckets{};
    std::uint64_t latency_sum_us = 0;
    std::uint64_t latency_count = 0;

    std::string last_failure;  // Of the latest failed attempt.

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

    void observe_latency(std::chrono::microseconds latency) {
        auto us = static_cast<std::uint64_t>(latency.count());
        std::size_t bucket = 0;
        while (bucket < kLatencyBoundsUs.size() && us > kLatencyBoundsUs[bucket]) {
            ++bucket;
        }
        ++latency_buckets[bucket];
        latency_sum_us += us;
        ++latency_count;
    }
};

}  // namespace sfg::functions
