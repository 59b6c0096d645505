#include "gateway/runtime/io_loops.h"

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
    for (auto& one : all_) {
        one->thread = std::thread([&loop = one->loop] { loop.run(); });
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
