// TimerWindow: the timers of one partition, of which the next ones to fire are in memory (design
// D5).
//
//     fired | known: all of them, in memory | horizon | in the store; beyond: not durable yet
//
// Timers do not arrive in the order of their keys. So a read of the store from the horizon on is
// true only together with what was armed and cancelled and is not durable, also while the read was
// out: `beyond` and `cancelled` keep just that. Only when they are laid over the answer does the
// horizon move.
//
// Threads:    the engine's.
// Invariants: every pending timer before the horizon is known; every one behind it is in the store
//             as of the last durable notice, or in `beyond`. A cancelled timer never comes back.
//             The horizon never moves below a timer that was fired: what is armed later is due
//             later, since engine time doesn't run backwards.
// Limits:     about kRows timers and the given bytes are known, and what is not durable yet (the
//             commit queue bounds it); a durable row over kRowBytesKept is read when it is to fire.
#pragma once

#include "gateway/engine/timer_row.h"
#include "protocol/limits.h"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace sfg::engine {

class TimerWindow {
public:
    static constexpr std::size_t kRows = 128;
    static constexpr std::size_t kRowBytesKept = 4 * kKiB;
    // What one timer costs beside its row.
    static constexpr std::size_t kItemBytes = 128;

    struct Item {
        TimerKey key;
        SharedBytes row;
    };

    explicit TimerWindow(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // Nothing is known; the store may hold timers from this key on.
    void begin(TimerKey from);

    // A timer that was armed just now. Requires: its key is above that of every fired one.
    void put(const TimerKey& key, SharedBytes row);

    // A pending timer was cancelled by this commit.
    void cancel(const TimerKey& key, CommitNumber number);

    // No pending timer has a smaller key; kNever: none is pending.
    [[nodiscard]] TimerKey first_possible() const;

    // Whether the first pending timer is in memory.
    [[nodiscard]] bool first_known() const { return !known_.empty(); }

    // Its row; empty: it must be read from the store. Requires: first_known().
    [[nodiscard]] const SharedBytes& first_row() const { return known_.begin()->second; }

    // The row of the first timer was read. Ignored if another one is the first by now.
    void bring_row(const TimerKey& key, SharedBytes row);

    // The first timer was fired. Requires: first_known().
    void pop();

    // More should be read from the store.
    [[nodiscard]] bool wants_read() const;

    // Where the read begins.
    TimerKey begin_read();

    // The answer, in key order. `more`: there are rows behind the last one.
    void end_read(std::vector<Item> items, bool more, CommitNumber durable);

    // Something of it was not durable when it was last settled.
    [[nodiscard]] bool has_changes() const { return !changes_.empty(); }

    // After a durable notice: lets go of what the store can tell, and of what is too much.
    void settle(CommitNumber durable);

    [[nodiscard]] std::size_t memory_bytes() const;

private:
    using Items = std::map<TimerKey, SharedBytes>;

    // A put or a cancellation that was not durable when it was made.
    struct Change {
        CommitNumber number;
        TimerKey key;
        bool is_cancel;
    };

    static std::size_t cost(const SharedBytes& row) { return kItemBytes + row.size(); }

    void trim(CommitNumber durable);
    void drop_row(Items::iterator item);
    void leave(Items::iterator known);

    std::size_t bytes_max_;
    Items known_;
    Items beyond_;
    std::set<TimerKey> cancelled_;  // That a read may still bring.
    std::deque<Change> changes_;    // In the order of their numbers.
    TimerKey horizon_ = kNever;
    std::size_t known_bytes_ = 0;
    std::size_t beyond_bytes_ = 0;
    bool read_out_ = false;
    bool is_full_ = false;  // Since what is next did not fit, nothing has left.
};

}  // namespace sfg::engine
