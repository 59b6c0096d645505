#include "gateway/runtime/metrics.h"

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

}  // namespace sfg::runtime
