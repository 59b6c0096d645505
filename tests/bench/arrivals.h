// Arrivals: when requests begin in an open loop. They come at a fixed mean rate, at random moments
// as from many independent clients, whether or not earlier ones were answered: so a server that
// stands still makes every request late that came meanwhile, and none goes unseen.
//
// Threads:   the loop's.
// Lifetime:  until the loop has ended.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <utility>

namespace bench {

using Clock = std::chrono::steady_clock;

class Arrivals {
public:
    // `arrived` gets each moment at which a request begins; false: it wants no more.
    Arrivals(
        boost::asio::io_context& io,
        std::uint32_t per_second,
        std::function<bool(Clock::time_point)> arrived
    )
        : timer_(io),
          gap_s_(per_second),
          arrived_(std::move(arrived)) {}

    void start() {
        due_ = Clock::now();
        wait();
    }

private:
    void wait() {
        timer_.expires_at(due_);
        timer_.async_wait([this](boost::system::error_code error) {
            if (!error) {
                take_due();
            }
        });
    }

    void take_due() {
        const Clock::time_point now = Clock::now();
        while (due_ <= now) {
            if (!arrived_(due_)) {
                return;
            }
            const std::chrono::duration<double> gap(gap_s_(random_));
            due_ += std::chrono::duration_cast<Clock::duration>(gap);
        }
        wait();
    }

    boost::asio::steady_timer timer_;
    std::exponential_distribution<double> gap_s_;
    std::minstd_rand random_{20'260'102};
    const std::function<bool(Clock::time_point)> arrived_;
    Clock::time_point due_;
};

}  // namespace bench
