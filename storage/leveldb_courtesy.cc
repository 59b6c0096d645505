#include "storage/leveldb_courtesy.h"

#include <thread>

namespace sfg::storage {

namespace {

constexpr int kGivenForOneKept = 4;

}  // namespace

thread_local bool Courtesy::compacts_ = false;
thread_local Courtesy::Clock::time_point Courtesy::works_until_{};

void Courtesy::let_others_run() const {
    if (!compacts_) {
        return;
    }
    Clock::time_point now = Clock::now();
    if (now < works_until_ || !is_due(now)) {
        return;
    }
    std::this_thread::yield();
    Clock::time_point again = Clock::now();
    works_until_ = again + (again - now) / kGivenForOneKept;
}

}  // namespace sfg::storage
