#include "gateway/runtime/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace sfg::runtime {

// Sockets and timers are touched by the loop's thread only, so they need no locks; post() does.
Loop::Loop() : io_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO), tick_timer_(io_) {}

Loop::~Loop() = default;

void Loop::run() {
    auto guard = boost::asio::make_work_guard(io_);
    arm_tick();
    while (!io_.stopped()) {
        io_.poll();  // It has looked in vain when it returns: nothing is ready.
        if (idle_ && !io_.stopped()) {
            idle_();
        }
        io_.run_one();
    }
}

void Loop::stop() {
    io_.stop();
}

void Loop::post(std::function<void()> work) {
    boost::asio::post(io_, std::move(work));
}

void Loop::arm_tick() {
    tick_timer_.expires_after(kTickMs);
    tick_timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            tick();
            arm_tick();
        }
    });
}

void Loop::tick() {
    SteadyTime now = SteadyClock::now();
    DeadlineList due;
    for (auto at = deadlines_.begin(); at != deadlines_.end();) {
        DeadlineTimer& timer = *at++;
        if (timer.due_ <= now) {
            timer.place_.unlink();
            due.push_back(timer);
        }
    }
    // Firing may arm, cancel or destroy any timer, also one that stands in `due`.
    while (!due.empty()) {
        DeadlineTimer& timer = due.front();
        timer.place_.unlink();
        auto fire = timer.fire_;
        fire();
    }
}

Loop::DeadlineTimer::DeadlineTimer(Loop& loop, std::function<void()> fire)
    : loop_(loop),
      fire_(std::move(fire)) {}

void Loop::DeadlineTimer::set_at(SteadyTime due) {
    due_ = due;
    if (!place_.is_linked()) {
        loop_.deadlines_.push_back(*this);
    }
}

void Loop::DeadlineTimer::cancel() {
    place_.unlink();
}

}  // namespace sfg::runtime
