// IdSource: the number of each next entity. A fixed seed: every run asks for the same ones.
//
// Threads:  one.
// Limits:   with Zipf 8 bytes are held for each id.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

namespace bench {

class IdSource {
public:
    enum class Order : std::uint8_t { ascending, random };

    // Random ids are equally frequent where `zipf` is 0; else number n has the weight (n+1)^-zipf.
    IdSource(std::uint32_t ids, Order order, double zipf) : ids_(ids), order_(order) {
        double total = 0;
        for (std::uint32_t n = 1; zipf > 0 && n <= ids; ++n) {
            cumulative_.push_back(total += std::pow(n, -zipf));
        }
    }

    [[nodiscard]] std::uint32_t next() {
        if (order_ == Order::ascending) {
            return next_++ % ids_;
        }
        if (cumulative_.empty()) {
            return static_cast<std::uint32_t>(random_() % ids_);
        }
        std::uniform_real_distribution<double> point(0, cumulative_.back());
        const auto at = std::upper_bound(cumulative_.begin(), cumulative_.end(), point(random_));
        const auto number = static_cast<std::uint32_t>(at - cumulative_.begin());
        return std::min(number, ids_ - 1);
    }

private:
    const std::uint32_t ids_;
    const Order order_;
    std::vector<double> cumulative_;
    std::minstd_rand random_{20'260'101};
    std::uint32_t next_ = 0;
};

}  // namespace bench
