// Committer: brings groups of commits to the store, in order, on a thread of its own.
//
// The engine's thread appends commits to the open group; when it is due the whole group goes to the
// committer's thread, which writes and syncs it as one step and reports back. What is not durable
// is bounded by the engine's credit (design D4), so append() never waits.
//
// Threads:    append(), flush_if_due(), on_idle(), discard() on the loop; the store's commit()
//             on the committer's thread; callbacks on the loop.
// Lifetime:   stop() before the store or the loop goes.
// Limits:     a group takes no more commits once it has kGroupBytesMax, for the store copies it,
//             but for those that join its last one.
// Invariants: at most one group is being written. After a failed group nothing more is written
//             until resume() (the handle is dead, design D10).
#pragma once

#include "gateway/commit/group.h"
#include "gateway/commit/pace.h"
#include "gateway/runtime/loop.h"
#include "protocol/ids.h"
#include "storage/store.h"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace sfg::commit {

inline constexpr std::size_t kGroupBytesMax = 4 * kMiB;

struct CommitterStats {
    std::uint64_t groups = 0;
    std::uint64_t commits = 0;
    std::uint64_t bytes = 0;
};

class Committer {
public:
    struct Callbacks {
        std::function<void(Epoch, CommitNumber)> durable;
        // The group is in doubt, nothing after it is written.
        std::function<void(storage::StoreError)> failed;
        // How long one group took, for a histogram.
        std::function<void(Micros)> wrote;
    };

    Committer(runtime::Loop& loop, PaceOptions pace, Callbacks callbacks);
    Committer(const Committer&) = delete;
    Committer& operator=(const Committer&) = delete;
    ~Committer();

    // The store to write to from here on, for the commits of this epoch. The open group is empty.
    void use(storage::Store& store, Epoch epoch);

    void append(engine::Commit& commit);

    // Once per turn of the loop, and when it has nothing else to do.
    void flush_if_due() { flush(LoopState::busy); }

    void on_idle() { flush(LoopState::idle); }

    // Everything that is not being written is forgotten (design D10, reset).
    void discard();

    // Nothing is open or being written.
    [[nodiscard]] bool quiet() const { return open_.empty() && full_.empty() && !pace_.writing(); }

    // How long the oldest commit that is not durable has waited.
    [[nodiscard]] Micros oldest_wait() const;

    [[nodiscard]] const CommitterStats& stats() const { return stats_; }

    // Waits for the group that is being written, then ends the thread.
    void stop();

private:
    // A group that takes no more commits and waits for the one that is being written.
    struct Full {
        Group group;
        Micros opened;
    };

    void flush(LoopState loop);
    void begin_write(Micros time);
    void arm(Micros due);
    void run();
    void done(storage::StoreResult<void> result, Micros took);

    [[nodiscard]] static Micros now();

    runtime::Loop& loop_;
    const Callbacks callbacks_;

    // The loop's.
    Pace pace_;
    Tally tally_;
    Group open_;
    Micros opened_{0};
    std::deque<Full> full_;  // Before the open one.
    Micros writing_since_{0};
    Epoch epoch_{};
    bool failed_ = false;
    boost::asio::steady_timer timer_;
    Micros timer_due_ = Micros::max();
    CommitterStats stats_;

    // Guarded by mutex_: handed from one thread to the other.
    std::mutex mutex_;
    std::condition_variable changed_;
    bool work_ = false;
    bool stop_ = false;
    storage::Store* store_ = nullptr;

    // Whose turn it is follows from pace_.writing(): the loop's if not, else the committer's.
    Group writing_;
    std::thread thread_;
};

}  // namespace sfg::commit
