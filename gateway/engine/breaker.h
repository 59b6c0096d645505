// Breaker: how many calls may be in flight to something that may be down.
//
//     ramping ---- steps of success ----> closed
//        ^                                   |
//        |                     failures in a row
//     success of any call                    v
//        +------------- open: one probe at a time, with growing pauses
//
// It serves endpoints, which open on transport failures, and function types, which open when the
// function refuses everybody (design D6). What comes back is met gently: from a few calls, twice as
// many with each step, so that a cold server meets no storm of connects.
//
// Threads:    the engine's. Pure: time comes in.
// Invariants: while it is open, at most one call that was started since then is in flight.
// Limits:     the pause between probes stays within Options::pause_max, plus a tenth.
#pragma once

#include "gateway/engine/actions.h"

#include <cstdint>

namespace sfg::engine {

class Breaker {
public:
    static constexpr std::uint32_t kAny = ~std::uint32_t{0};

    struct Options {
        std::uint32_t failures_to_open = 3;  // In a row.
        SteadyMs pause_first{100};
        SteadyMs pause_max{2'000};
        std::uint32_t calls_at_first = kAny;  // Of what was never called.
        std::uint32_t calls_when_back = 2;
        SteadyMs step{500};             // At least so long between two doublings,
        std::uint32_t ramp_ends = 256;  // until there are so many.
    };

    explicit Breaker(Options options) : options_(options), calls_(options.calls_at_first) {}

    [[nodiscard]] bool is_open() const { return open_; }

    // Whether a call may start beside `in_flight` others.
    [[nodiscard]] bool admits(std::uint32_t in_flight, SteadyMs now) const {
        return open_ ? !probing_ && now >= next_probe_ : in_flight < calls_;
    }

    // When admits() changes by time alone; 0: it does not.
    [[nodiscard]] SteadyMs changes_at() const {
        return open_ && !probing_ ? next_probe_ : SteadyMs{0};
    }

    // When the next probe is due, while it is open.
    [[nodiscard]] SteadyMs next_probe() const { return next_probe_; }

    // A call starts. True: it is a probe, which its end must say.
    [[nodiscard]] bool started();

    void succeeded(bool probe, SteadyMs now);

    // `spread`: a number to vary the pause by.
    void failed(bool probe, SteadyMs now, std::uint64_t spread);

    // The call ended in a way that says nothing.
    void ended(bool probe);

private:
    void open(SteadyMs now, std::uint64_t spread);

    Options options_;
    bool open_ = false;
    bool probing_ = false;
    std::uint32_t calls_;
    std::uint32_t failures_ = 0;
    SteadyMs pause_{0};  // The last one; 0: none since it was well.
    SteadyMs next_probe_{0};
    SteadyMs stepped_{0};
};

}  // namespace sfg::engine
