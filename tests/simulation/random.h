// Random: the only source of chance in a simulation; the same seed gives the same numbers on every
// machine and with every compiler.
//
// Threads: one.
#pragma once

#include "protocol/assert.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sfg::sim {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    // SplitMix64.
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    // 0 <= result < n.
    std::size_t below(std::size_t n) {
        SFG_ASSERT(n > 0);
        return static_cast<std::size_t>(next() % n);
    }

    [[nodiscard]] bool percent(unsigned chance) { return below(100) < chance; }

    [[nodiscard]] bool one_in(std::size_t n) { return below(n) == 0; }

    template <typename Container>
    auto& pick(Container& from) {
        return from[below(from.size())];
    }

private:
    std::uint64_t state_;
};

// A number that depends on all bytes of the text and on nothing else.
[[nodiscard]] inline std::uint64_t mix(std::uint64_t seed, const char* data, std::size_t size) {
    std::uint64_t hash = seed ^ 0xcbf29ce484222325;
    for (std::size_t i = 0; i < size; ++i) {
        hash = (hash ^ static_cast<unsigned char>(data[i])) * 0x100000001b3;
    }
    return Random(hash).next();
}

}  // namespace sfg::sim
