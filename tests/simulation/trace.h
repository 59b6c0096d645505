// Trace: what happened in a run, in words; the last lines for a reader, all of them for the digest
// that shows that one seed gives one run.
//
// Threads: one.
#pragma once

#include "tests/simulation/random.h"

#include <cstdint>
#include <cstdio>
#include <deque>
#include <string>

namespace sfg::sim {

class Trace {
public:
    explicit Trace(bool echo) : echo_(echo) {}

    void begin_step(std::uint64_t step) { step_ = step; }

    [[nodiscard]] std::uint64_t step() const { return step_; }

    void add(std::string line) {
        digest_ = mix(digest_, line.data(), line.size());
        line = std::to_string(step_) + "  " + line;
        if (echo_) {
            std::fprintf(stderr, "%s\n", line.c_str());
        }
        lines_.push_back(std::move(line));
        if (lines_.size() > kLines) {
            lines_.pop_front();
        }
    }

    [[nodiscard]] std::uint64_t digest() const { return digest_; }

    void print() const {
        for (const std::string& line : lines_) {
            std::fprintf(stderr, "  %s\n", line.c_str());
        }
    }

private:
    static constexpr std::size_t kLines = 80;

    const bool echo_;
    std::uint64_t step_ = 0;
    std::uint64_t digest_ = 0;
    std::deque<std::string> lines_;
};

}  // namespace sfg::sim
