// Histogram: latencies in nanoseconds, log-linear: each power of two is cut into 64 equal parts, so
// that a quantile is off by less than 1.6 %.
//
// Threads:  one.
// Limits:   a fixed 29 KiB; everything from 2^63 ns (292 years) up is one bucket.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

class Histogram {
public:
    void add(std::uint64_t ns) {
        ++buckets_[index_of(ns)];
        ++count_;
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }

    // The smallest bucket's upper end that at least `share` (0 to 1) of all values stay below or
    // reach; 0 without values.
    [[nodiscard]] std::uint64_t quantile(double share) const {
        const auto rank = share * static_cast<double>(count_);
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < buckets_.size(); ++i) {
            seen += buckets_[i];
            if (seen > 0 && static_cast<double>(seen) >= rank) {
                return upper_end(i);
            }
        }
        return 0;
    }

private:
    static constexpr unsigned kPartBits = 6;
    static constexpr std::uint64_t kParts = 1U << kPartBits;

    // Values below 64 have a bucket each. Above, the position of the highest bit chooses a row of
    // 64 buckets, and the six bits below it one of these.
    static std::size_t index_of(std::uint64_t ns) {
        if (ns < kParts) {
            return static_cast<std::size_t>(ns);
        }
        const auto shift = static_cast<unsigned>(std::bit_width(ns)) - 1 - kPartBits;
        return static_cast<std::size_t>(shift * kParts + (ns >> shift));
    }

    static std::uint64_t upper_end(std::size_t index) {
        if (index < 2 * kParts) {
            return index;
        }
        const std::uint64_t shift = index / kParts - 1;
        const std::uint64_t part = index % kParts + kParts;
        return ((part + 1) << shift) - 1;
    }

    std::array<std::uint64_t, (64 - kPartBits + 1) * kParts> buckets_{};
    std::uint64_t count_ = 0;
};

}  // namespace bench
