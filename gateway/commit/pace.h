// Pace: when the open group is written and synced (design D3, sync on demand, paced by load).
//
// At once when somebody outside waits and the loop has nothing else ready; else a millisecond after
// the previous group; without anybody waiting after 5 ms or at 1 MiB. While one group is being
// written the next one gathers.
//
// Pure: time comes in, a decision goes out.
#pragma once

#include "protocol/limits.h"

#include <chrono>
#include <cstddef>

namespace sfg::commit {

using Micros = std::chrono::microseconds;

struct PaceOptions {
    Micros under_load{1000};
    Micros unwaited{5000};
    std::size_t bytes_max = 1 * kMiB;
};

struct OpenGroup {
    bool empty = true;
    bool waited = false;
    std::size_t bytes = 0;
    Micros opened{0};  // When its first commit came.
};

enum class LoopState { busy, idle };

class Pace {
public:
    explicit Pace(PaceOptions options) : options_(options) {}

    // When the group should be written: `now` or before means at once. Max: not by itself.
    [[nodiscard]] Micros due(const OpenGroup& group, LoopState loop) const {
        if (group.empty || writing_) {
            return Micros::max();
        }
        if (group.bytes >= options_.bytes_max || (group.waited && loop == LoopState::idle)) {
            return Micros{0};
        }
        return group.waited ? last_ + options_.under_load : group.opened + options_.unwaited;
    }

    void began(Micros now) {
        writing_ = true;
        last_ = now;
    }

    void ended() { writing_ = false; }

    [[nodiscard]] bool writing() const { return writing_; }

private:
    const PaceOptions options_;
    bool writing_ = false;
    Micros last_{0};
};

}  // namespace sfg::commit
