// CutOff: notices that something before a function ends its calls after 29 to 30 s.
//
// API gateways do so (29 s) and load balancers (30 s), while the function works on: every later
// attempt runs into the same wall, and the answers say nothing of it.
//
// Threads: the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace sfg::functions {

class CutOff {
public:
    static constexpr std::uint32_t kInARow = 3;
    static constexpr std::chrono::milliseconds kFrom{28'800};
    static constexpr std::chrono::milliseconds kUntil{30'200};
    static constexpr std::string_view kHint =
        "; the last calls all ended after 29 to 30 s: a gateway or load balancer before the "
        "function may cut calls off there, give it a longer time-out or call the function directly";

    // An attempt has ended after `took`. Whether it is time for the hint.
    bool observe(std::chrono::microseconds took, bool failed) {
        if (took < kFrom) {
            return false;  // Says nothing of the wall.
        }
        bool may_be_the_wall = failed && took <= kUntil;
        in_a_row_ = may_be_the_wall ? in_a_row_ + 1 : 0;  // Else calls may take longer.
        return in_a_row_ >= kInARow;
    }

private:
    std::uint32_t in_a_row_ = 0;
};

}  // namespace sfg::functions
