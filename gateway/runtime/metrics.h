// Histogram: how long something took, counted into fixed buckets.
//
// Threads:    one writer; a copy is what another thread reads. observe() is two additions and a
//             search over a small constant array: no lock, no atomic, no allocation.
// Invariants: count() is the sum of all buckets; the bounds never change, so copies can be compared
//             and added.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sfg::runtime {

class Histogram {
public:
    // Upper bounds in microseconds, from a cheap turn to a call's whole budget.
    static constexpr std::array<std::uint64_t, 17> kBoundsUs = {
        50,
        100,
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
        120'000'000,
    };
    static constexpr std::size_t kBuckets = kBoundsUs.size() + 1;

    // A negative duration counts as none.
    void observe(std::chrono::nanoseconds duration);

    // Adds what another one counted.
    void add(const Histogram& other);

    // Bucket i counts what took at most kBoundsUs[i] and more than the bound before it; the last
    // one counts the rest.
    [[nodiscard]] const std::array<std::uint64_t, kBuckets>& buckets() const { return buckets_; }

    [[nodiscard]] std::uint64_t count() const { return count_; }

    [[nodiscard]] std::chrono::nanoseconds sum() const { return sum_; }

private:
    std::array<std::uint64_t, kBuckets> buckets_{};
    std::uint64_t count_ = 0;
    std::chrono::nanoseconds sum_{0};
};

}  // namespace sfg::runtime
