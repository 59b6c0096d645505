// Pace: when the open group is written and synced (design D3, sync on demand, paced by load).
//
// At once when somebody outside waits and the loop has nothing else ready; else a millisecond after
// the previous group; without anybody waiting after 5 ms or at 1 MiB. While one group is being
// written the next one gathers. Where writing takes long, because there is much, and nobody waits,
// groups gather for longer: what comes and goes within one never reaches the disk.
//
// Pure: time comes in, a decision goes out.
#pragma once

#include "protocol/limits.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sfg::commit {

using Micros = std::chrono::microseconds;

struct PaceOptions {
    Micros under_load{1000};
    Micros unwaited{5000};
    Micros unwaited_max{20'000};
    int unwaited_share = 4;  // Of the time: a group gathers as many times longer than one took.
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
        return group.waited ? last_ + options_.under_load : group.opened + unwaited();
    }

    void began(Micros now) {
        writing_ = true;
        last_ = now;
    }

    // `took`: the time that writing it took.
    void ended(Micros took) {
        writing_ = false;
        took_ = took;
    }

    [[nodiscard]] bool writing() const { return writing_; }

private:
    [[nodiscard]] Micros unwaited() const {
        return std::clamp(
            options_.unwaited_share * took_, options_.unwaited, options_.unwaited_max
        );
    }

    const PaceOptions options_;
    bool writing_ = false;
    Micros last_{0};
    Micros took_{0};  // The last group.
};

}  // namespace sfg::commit
