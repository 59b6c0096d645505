#include "storage/leveldb_courtesy.h"

#include <thread>

namespace sfg::storage {

thread_local bool Courtesy::compacts_ = false;
thread_local Courtesy::Clock::time_point Courtesy::works_until_{};

void Courtesy::write_ended_at(Clock::time_point now) {
    if (now - writing_since_.load(std::memory_order_relaxed) >= kWriteWaits) {
        behind_until_.store(now + kCatchesUp, std::memory_order_relaxed);
    }
    writing_since_.store(kNobody, std::memory_order_relaxed);
}

void Courtesy::let_others_run() const {
    if (!compacts_) {
        return;
    }
    Clock::time_point now = Clock::now();
    if (now < works_until_ || !is_due(now)) {
        return;
    }
    std::this_thread::yield();
    works_until_ = works_until(now, Clock::now());
}

}  // namespace sfg::storage
