// Loop: a thread's event loop, with what every driver on it needs.
//
// Threads:   everything here on the loop's own thread, except post() and stop().
// Lifetime:  outlives every object that registers with it.
// Time:      coarse deadlines (DeadlineTimer) have a resolution of kTickMs; a tick of the whole
//            loop is far cheaper than a timer per operation (design section 7).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <functional>

namespace sfg::runtime {

using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;

class Loop {
public:
    static constexpr std::chrono::milliseconds kTickMs{50};

    Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    [[nodiscard]] boost::asio::io_context& io() { return io_; }

    // Runs until stop(); the calling thread is the loop's thread from here on.
    void run();

    // Called on the loop's thread whenever nothing else is ready, before it waits.
    void on_idle(std::function<void()> idle) { idle_ = std::move(idle); }

    // Any thread. Handlers that are queued already are dropped with the loop.
    void stop();

    // Any thread. Runs the work soon on the loop's thread.
    void post(std::function<void()> work);

    // A coarse deadline: `fire` is called once on the loop, at or up to kTickMs after the time that
    // set() named last. Disarmed by cancel() and by its destruction. `fire` may destroy the timer.
    class DeadlineTimer {
    public:
        DeadlineTimer(Loop& loop, std::function<void()> fire);
        DeadlineTimer(const DeadlineTimer&) = delete;
        DeadlineTimer& operator=(const DeadlineTimer&) = delete;
        ~DeadlineTimer() = default;

        void set(std::chrono::milliseconds from_now) { set_at(SteadyClock::now() + from_now); }

        void set_at(SteadyTime due);
        void cancel();

    private:
        friend class Loop;
        // Leaves its list by itself when it is destroyed.
        using Place = boost::intrusive::list_member_hook<
            boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

        Loop& loop_;
        std::function<void()> fire_;
        SteadyTime due_{};
        Place place_;
    };

private:
    using DeadlineList = boost::intrusive::list<
        DeadlineTimer,
        boost::intrusive::member_hook<DeadlineTimer, DeadlineTimer::Place, &DeadlineTimer::place_>,
        boost::intrusive::constant_time_size<false>>;

    void tick();
    void arm_tick();

    boost::asio::io_context io_;
    boost::asio::steady_timer tick_timer_;
    std::function<void()> idle_;
    DeadlineList deadlines_;  // Armed ones, in no order.
};

}  // namespace sfg::runtime
