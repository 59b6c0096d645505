// News: what operators hear of without asking, when it is durable.
//
// Threads:    the engine's.
// Invariants: 3: a happening leaves when the commit that it rests on is durable, after all earlier
//             ones; of a commit that is undone nothing is told.
// Limits:     kHeldMax that wait for their commits; what is more is counted and not told.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/engine/happening.h"
#include "protocol/ids.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace sfg::engine {

class News {
public:
    static constexpr std::size_t kHeldMax = 1'000;

    explicit News(Actions& actions) : actions_(actions) {}

    // Without a commit it only comes after what was told before.
    void tell(Happening happening, CommitNumber rests_on = CommitNumber{}) {
        if (held_.size() < kHeldMax) {
            held_.push_back({rests_on, std::move(happening)});
        } else {
            ++lost_;
        }
    }

    // After each event.
    void settle(CommitNumber durable) {
        while (!held_.empty() && held_.front().rests_on <= durable) {
            Held told = std::move(held_.front());
            held_.pop_front();
            actions_.happened(std::move(told.happening));
        }
    }

    // A new epoch, or the store is lost: the commits that they rest on are undone, or in doubt.
    void clear() {
        std::erase_if(held_, [](const Held& held) { return held.rests_on != CommitNumber{}; });
    }

    [[nodiscard]] std::uint64_t lost() const { return lost_; }

private:
    struct Held {
        CommitNumber rests_on;
        Happening happening;
    };

    Actions& actions_;
    std::deque<Held> held_;
    std::uint64_t lost_ = 0;
};

}  // namespace sfg::engine
