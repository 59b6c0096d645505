#include "gateway/runtime/io_loops.h"

#include "gateway/runtime/thread_name.h"

#include <string>

namespace sfg::runtime {

IoLoops::IoLoops(std::size_t count, std::size_t helper_threads) {
    for (std::size_t i = 0; i < count; ++i) {
        all_.push_back(std::make_unique<One>(helper_threads));
    }
}

IoLoops::~IoLoops() {
    stop();
}

void IoLoops::start() {
    for (std::size_t i = 0; i < all_.size(); ++i) {
        One& one = *all_[i];
        one.thread = std::thread([&one] { one.loop.run(); });
        name_thread(one.thread, ("io-" + std::to_string(i)).c_str());
    }
}

void IoLoops::stop() {
    for (auto& one : all_) {
        one->loop.stop();
        if (one->thread.joinable()) {
            one->thread.join();
        }
        one->helpers.stop();
    }
}

}  // namespace sfg::runtime
