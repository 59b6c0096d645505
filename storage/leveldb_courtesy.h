// Courtesy: LevelDB's compaction lets others run.
//
// Compaction is work of many milliseconds that nobody waits for, and on a machine with few cores it
// makes those wait whom somebody waits for: the scheduler lets it finish its slice of some
// milliseconds before a thread that was just woken, the loop or a function. So it offers the
// processor after each block that it reads or writes (16 KiB, some 50 us of work). A lower priority
// would not do: slices stay as long, and the class for idle work can't be left again without a
// privilege. tests/bench/PROFILE.md has what it brings.
//
// It gives away four fifths of its time at most: where the processors are full of what never
// sleeps, each offer costs a slice of every such thread. And nothing while a write waits for the
// compaction (it takes longer than kWriteWaits), nor for kCatchesUp after one did: then the store
// is what limits.
//
// Threads:   write_begins() and write_ended() by whoever writes, one at a time; the rest any.
// Lifetime:  outlives the files and the database.
#pragma once

#include <atomic>
#include <chrono>

namespace sfg::storage {

class Courtesy {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::chrono::milliseconds kWriteWaits{5};
    static constexpr std::chrono::seconds kCatchesUp{1};

    void write_begins() { writing_since_.store(Clock::now(), std::memory_order_relaxed); }

    void write_ended() { write_ended_at(Clock::now()); }

    void write_ended_at(Clock::time_point now);

    // The calling thread is LevelDB's own, from here on.
    static void this_thread_compacts() { compacts_ = true; }

    // Offers the processor, if this is such a thread and no write waits.
    void let_others_run() const;

    // Whether it should at this time, on such a thread.
    [[nodiscard]] bool is_due(Clock::time_point now) const {
        return now >= behind_until_.load(std::memory_order_relaxed) &&
               now - writing_since_.load(std::memory_order_relaxed) < kWriteWaits;
    }

    // How long it works before its next offer, if it made one and had the processor back then.
    [[nodiscard]] static Clock::time_point
    works_until(Clock::time_point offered, Clock::time_point back) {
        return back + (back - offered) / kGivenForOneKept;
    }

private:
    static constexpr int kGivenForOneKept = 4;
    // So late that nothing has waited since.
    static constexpr Clock::time_point kNobody = Clock::time_point::max();

    static thread_local bool compacts_;
    // No offer before.
    static thread_local Clock::time_point works_until_;

    std::atomic<Clock::time_point> writing_since_{kNobody};
    std::atomic<Clock::time_point> behind_until_{Clock::time_point::min()};
};

}  // namespace sfg::storage
