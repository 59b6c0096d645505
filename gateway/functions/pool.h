// Pool: the connections to one server of one endpoint, and the calls that wait for one.
//
// A kept connection is the one that was used last, if the server still holds it open. Servers close
// idle connections after 2 to 5 seconds, so ours are idle for a shorter time; a connection also
// grows no older than pool_ttl, so that a changed address is noticed under load.
// Connections that are being made belong to nobody: whoever waits longest gets what comes first.
//
// Threads:    the loop's.
// Lifetime:   shared by the routes that use it and the dialers' handlers; close() before it goes.
// Invariants: used + idle + dialing <= pool_size.
// Limits:     pool_size; dials_at_once_max (a cold server is not met with a thousand connects), and
//             one at a time while the server is down; who waits is bounded by the calls that the
//             engine starts.
#pragma once

#include "gateway/functions/connection.h"
#include "gateway/functions/dialer.h"
#include "gateway/functions/failure.h"
#include "gateway/functions/seams.h"
#include "gateway/functions/stats.h"
#include "gateway/runtime/loop.h"

#include <boost/intrusive/list.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace sfg::functions {

// Somebody who wants a connection.
class PoolWaiter : public boost::intrusive::list_base_hook<> {
public:
    enum class Origin : std::uint8_t { fresh, reused };

    PoolWaiter() = default;
    PoolWaiter(const PoolWaiter&) = delete;
    PoolWaiter& operator=(const PoolWaiter&) = delete;
    virtual ~PoolWaiter() = default;

    virtual void on_connection(std::shared_ptr<Connection> connection, Origin origin) = 0;
    virtual void on_no_connection(const TroubleReport& trouble) = 0;

private:
    friend class Pool;
    bool wants_fresh_ = false;
};

class Pool : public std::enable_shared_from_this<Pool> {
public:
    struct Options {
        std::size_t size;
        std::size_t dials_at_once_max;
        std::chrono::milliseconds connect_timeout;
        std::chrono::milliseconds next_address_after;
        std::chrono::milliseconds idle_max;
        std::chrono::milliseconds ttl;  // 0: none.
        std::function<std::uint64_t()> random;
    };

    Pool(const Seams& seams, Dialer::Target target, Options options, CallerStats& stats);
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool();

    // Answers once, perhaps from here with a connection, never from here without one. The waiter
    // calls forget() if it goes before.
    void acquire(PoolWaiter& waiter);
    // The same, before all others and only with a new connection.
    void acquire_fresh(PoolWaiter& waiter);
    void forget(PoolWaiter& waiter);

    // The connection is no longer used. `keep_alive_timeout`: what the server said of it.
    void keep(
        std::shared_ptr<Connection> connection,
        std::optional<std::chrono::seconds> keep_alive_timeout,
        runtime::SteadyTime now
    );
    void drop(Connection& connection);

    // Ends what it holds; connections in use are dropped by their users. Nothing is handed out
    // afterwards.
    void close();

private:
    struct Idle {
        std::shared_ptr<Connection> connection;
        runtime::SteadyTime until;
    };

    using Waiters = boost::intrusive::list<PoolWaiter>;

    void serve();
    void dial();
    void dialed(Dialer& dialer, Dialer::Result result);
    void hand_over(std::shared_ptr<Connection> connection);
    void fail_share(const TroubleReport& trouble, std::size_t share);
    std::shared_ptr<Connection> take_idle();
    void sweep();
    [[nodiscard]] PoolWaiter* pop_waiter();

    [[nodiscard]] std::size_t wanted() const { return fresh_waiters_.size() + waiters_.size(); }

    const Seams seams_;
    const Dialer::Target target_;
    const Options options_;
    CallerStats& stats_;
    Waiters fresh_waiters_;
    Waiters waiters_;
    std::vector<Idle> idle_;  // The one that was used last is the last.
    std::vector<std::shared_ptr<Dialer>> dialers_;
    std::size_t used_ = 0;
    bool is_sweep_armed_ = false;
    bool is_closed_ = false;
    bool is_down_ = false;  // The last dial failed.
    runtime::Loop::DeadlineTimer sweep_timer_;
};

}  // namespace sfg::functions
