// MemoryTrim: gives back what is still held of a burst that is over: what the store keeps for the
// next read, and then, to the system, what the allocator has free.
//
// Large answers leave free pages between blocks that stay, and glibc gives back by itself only what
// is free at the end of a heap. So the process is looked at every few seconds, and where it is much
// larger than it should be, the allocator is asked to give back all its free pages. It keeps each
// of its heaps locked for the few milliseconds that this takes.
//
// Threads:    the loop's; the allocator is asked on a helper.
// Lifetime:   loop and helpers outlive it.
// Limits:     nothing is done up to `floor_bytes`; after each time that did not help the pause is
//             twice as long, up to four minutes.
#pragma once

#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace sfg {

// When it is worth asking. Pure; counts in looks.
class TrimPace {
public:
    static constexpr int kPauseMax = 128;

    explicit TrimPace(std::size_t floor_bytes) : floor_(floor_bytes) {}

    // A look: the process has so much now. Whether some of it may be free.
    [[nodiscard]] bool due(std::size_t resident_bytes) {
        if (resident_bytes <= floor_) {
            pause_ = 1;
            left_ = 0;
            return false;
        }
        return --left_ <= 0;
    }

    // It had so much before, and has so much now.
    void trimmed(std::size_t before_bytes, std::size_t after_bytes) {
        bool helped = after_bytes < before_bytes - before_bytes / 8;
        pause_ = helped ? 1 : std::min(2 * pause_, kPauseMax);
        left_ = pause_;
    }

private:
    const std::size_t floor_;
    int pause_ = 1;
    int left_ = 0;
};

class MemoryTrim {
public:
    // `trim_store`: Store::trim() of the one that is open, every few seconds.
    MemoryTrim(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        std::size_t floor_bytes,
        std::function<void()> trim_store
    );

    // From here on it looks.
    void begin() { look(); }

private:
    void look();

    runtime::Helpers& helpers_;
    const std::function<void()> trim_store_;
    TrimPace pace_;
    bool trims_ = false;
    runtime::Loop::DeadlineTimer timer_;
};

}  // namespace sfg
