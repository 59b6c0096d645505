#include "gateway/commit/committer.h"

#include "gateway/runtime/thread_name.h"
#include "protocol/assert.h"

#include <utility>

namespace sfg::commit {

Committer::Committer(runtime::Loop& loop, PaceOptions pace, Callbacks callbacks)
    : loop_(loop),
      callbacks_(std::move(callbacks)),
      pace_(pace),
      timer_(loop.io()),
      thread_([this] { run(); }) {
    runtime::name_thread(thread_, "committer");
}

Committer::~Committer() {
    stop();
}

Micros Committer::now() {
    return std::chrono::duration_cast<Micros>(runtime::SteadyClock::now().time_since_epoch());
}

void Committer::use(storage::Store& store, Epoch epoch) {
    SFG_ASSERT(quiet(), "a store is changed between groups");
    std::lock_guard lock(mutex_);
    store_ = &store;
    epoch_ = epoch;
    failed_ = false;
    tally_.clear();
}

void Committer::append(engine::Commit& commit) {
    // One event's commits come together, so the one that this one joins is in the open group.
    if (open_.bytes() >= kGroupBytesMax && !commit.joins) {
        full_.push_back({std::exchange(open_, {}), opened_});
    }
    if (open_.empty()) {
        opened_ = now();
    }
    open_.append(commit);
    ++stats_.commits;
}

void Committer::flush(LoopState loop) {
    if (failed_ || pace_.writing()) {
        return;
    }
    if (!full_.empty()) {
        writing_ = std::move(full_.front().group);
        full_.pop_front();
        return begin_write(now());
    }
    if (open_.empty()) {
        return;
    }
    OpenGroup group{false, open_.waited(), open_.bytes(), opened_};
    Micros due = pace_.due(group, loop);
    Micros time = now();
    if (due > time) {
        arm(due);
        return;
    }
    std::swap(open_, writing_);
    begin_write(time);
}

void Committer::begin_write(Micros time) {
    writing_.close(tally_);
    pace_.began(time);
    writing_since_ = time;
    timer_due_ = Micros::max();
    {
        std::lock_guard lock(mutex_);
        work_ = true;
    }
    changed_.notify_one();
}

void Committer::arm(Micros due) {
    if (due == timer_due_) {
        return;
    }
    timer_due_ = due;
    timer_.expires_at(runtime::SteadyTime(due));
    timer_.async_wait([this, due](const boost::system::error_code& error) {
        if (!error && due == timer_due_) {
            timer_due_ = Micros::max();
            flush(LoopState::busy);
        }
    });
}

void Committer::run() {
    std::unique_lock lock(mutex_);
    while (true) {
        changed_.wait(lock, [this] { return work_ || stop_; });
        if (!work_) {
            return;
        }
        work_ = false;
        storage::Store& store = *store_;
        lock.unlock();
        Micros start = now();
        store.commit(writing_.batch(), [this, start](storage::StoreResult<void> result) {
            loop_.post([this, result = std::move(result), took = now() - start]() mutable {
                done(std::move(result), took);
            });
        });
        lock.lock();
    }
}

void Committer::done(storage::StoreResult<void> result, Micros took) {
    CommitNumber last = writing_.last();
    stats_.bytes += writing_.bytes();
    ++stats_.groups;
    writing_.clear();
    pace_.ended(took);
    if (result.has_error()) {
        failed_ = true;
        callbacks_.failed(result.error());
        return;
    }
    callbacks_.wrote(took);
    callbacks_.durable(epoch_, last);
    flush_if_due();
}

void Committer::discard() {
    open_.clear();
    full_.clear();
}

Micros Committer::oldest_wait() const {
    if (pace_.writing()) {
        return now() - writing_since_;
    }
    if (!full_.empty()) {
        return now() - full_.front().opened;
    }
    return open_.empty() ? Micros{0} : now() - opened_;
}

void Committer::stop() {
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
}

}  // namespace sfg::commit
