#include "gateway/runtime/helpers.h"

#include <boost/asio/post.hpp>

namespace sfg::runtime {

Helpers::Helpers(Loop& loop, std::size_t threads) : loop_(loop), pool_(threads) {}

Helpers::~Helpers() {
    stop();
}

void Helpers::run(std::function<void()> work, std::function<void()> done) {
    auto job = [this, work = std::move(work), done = std::move(done)]() mutable {
        work();
        loop_.post(std::move(done));
    };
    boost::asio::post(pool_, std::move(job));
}

void Helpers::stop() {
    pool_.stop();
    pool_.join();
}

}  // namespace sfg::runtime
