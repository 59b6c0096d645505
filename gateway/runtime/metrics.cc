#include "gateway/runtime/metrics.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::runtime {

void Histogram::observe(std::chrono::nanoseconds duration) {
    duration = std::max(duration, std::chrono::nanoseconds(0));
    // Rounded up, so that a bucket holds nothing that took longer than its bound.
    auto us =
        static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::microseconds>(duration).count());
    const auto* bound = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), us);
    buckets_.at(static_cast<std::size_t>(bound - kBoundsUs.begin())) += 1;
    count_ += 1;
    sum_ += duration;
}

void Histogram::add(const Histogram& other) {
    for (std::size_t i = 0; i < kBuckets; ++i) {
        buckets_.at(i) += other.buckets_.at(i);
    }
    count_ += other.count_;
    sum_ += other.sum_;
}

void Histogram::add_counts(
    std::span<const std::uint64_t> bounds_us,
    std::span<const std::uint64_t> counts,
    std::chrono::nanoseconds sum
) {
    SFG_ASSERT(counts.size() == bounds_us.size() + 1);
    for (std::size_t i = 0; i < bounds_us.size(); ++i) {
        const auto* bound = std::find(kBoundsUs.begin(), kBoundsUs.end(), bounds_us[i]);
        SFG_ASSERT(bound != kBoundsUs.end(), "a bucket that this histogram does not have");
        buckets_.at(static_cast<std::size_t>(bound - kBoundsUs.begin())) += counts[i];
        count_ += counts[i];
    }
    buckets_.back() += counts.back();
    count_ += counts.back();
    sum_ += sum;
}

}  // namespace sfg::runtime
