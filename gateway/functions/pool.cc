#include "gateway/functions/pool.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::functions {
namespace {

using runtime::SteadyClock;
using runtime::SteadyTime;
using std::chrono::milliseconds;

// How long before the server's own time-out a connection is given up: its close may be on the way.
milliseconds keep_for(std::chrono::seconds server_timeout) {
    constexpr milliseconds kMargin{1000};
    milliseconds timeout = server_timeout;
    return std::max(timeout - kMargin, timeout / 2);
}

}  // namespace

Pool::Pool(const Seams& seams, Dialer::Target target, Options options, CallerStats& stats)
    : seams_(seams),
      target_(std::move(target)),
      options_(std::move(options)),
      stats_(stats),
      sweep_timer_(seams.loop, [this] { sweep(); }) {}

Pool::~Pool() {
    close();
}

void Pool::acquire(PoolWaiter& waiter) {
    waiter.wants_fresh_ = false;
    waiters_.push_back(waiter);
    serve();
}

void Pool::acquire_fresh(PoolWaiter& waiter) {
    waiter.wants_fresh_ = true;
    fresh_waiters_.push_back(waiter);
    serve();
}

void Pool::forget(PoolWaiter& waiter) {
    if (waiter.is_linked()) {
        Waiters& list = waiter.wants_fresh_ ? fresh_waiters_ : waiters_;
        list.erase(list.iterator_to(waiter));
    }
}

void Pool::keep(
    std::shared_ptr<Connection> connection,
    std::optional<std::chrono::seconds> keep_alive_timeout,
    SteadyTime now
) {
    milliseconds idle_max = options_.idle_max;
    if (keep_alive_timeout) {
        idle_max = std::min(idle_max, keep_for(*keep_alive_timeout));
    }
    SteadyTime until = std::min(now + idle_max, connection->expires());
    if (is_closed_ || until <= now || !connection->is_usable()) {
        return drop(*connection);
    }
    --used_;
    if (waiters_.empty()) {
        connection->rest();
    }
    idle_.push_back({std::move(connection), until});
    if (!is_sweep_armed_) {
        is_sweep_armed_ = true;
        sweep_timer_.set_at(until);
    }
    serve();
}

void Pool::drop(Connection& connection) {
    connection.close();
    --used_;
    --stats_.connections_open;
    serve();
}

void Pool::close() {
    is_closed_ = true;
    sweep_timer_.cancel();
    for (auto& dialer : std::exchange(dialers_, {})) {
        dialer->cancel();
    }
    stats_.connections_open -= idle_.size();
    for (Idle& idle : std::exchange(idle_, {})) {
        idle.connection->close();
    }
}

// Gives out what is there, and makes what is missing.
void Pool::serve() {
    if (is_closed_) {
        return;
    }
    while (!waiters_.empty()) {
        std::shared_ptr<Connection> connection = take_idle();
        if (!connection) {
            break;
        }
        PoolWaiter& waiter = waiters_.front();
        waiters_.pop_front();
        ++used_;
        waiter.on_connection(std::move(connection), PoolWaiter::Origin::reused);
    }
    bool is_full = used_ + idle_.size() + dialers_.size() >= options_.size;
    if (is_full && !fresh_waiters_.empty() && !idle_.empty()) {
        // Only who wants a new connection is left, and kept ones take the room.
        idle_.front().connection->close();
        idle_.erase(idle_.begin());
        --stats_.connections_open;
    }
    std::size_t dials_max = is_down_ ? 1 : options_.dials_at_once_max;
    while (dialers_.size() < std::min(wanted(), dials_max) &&
           used_ + idle_.size() + dialers_.size() < options_.size) {
        dial();
    }
}

void Pool::dial() {
    auto done = [weak = weak_from_this()](Dialer& dialer, Dialer::Result result) {
        if (auto self = weak.lock()) {
            self->dialed(dialer, std::move(result));
        }
    };
    Dialer::Timing timing{options_.connect_timeout, options_.next_address_after};
    dialers_.push_back(std::make_shared<Dialer>(seams_, target_, timing, std::move(done)));
    dialers_.back()->start();
}

void Pool::dialed(Dialer& dialer, Dialer::Result result) {
    std::size_t dials = dialers_.size();
    std::erase_if(dialers_, [&](const auto& each) { return each.get() == &dialer; });
    if (result.trouble) {
        ++stats_.connect_failures;
        is_down_ = true;
        // One dial stands for its share of those who wait: a thousand calls to a server that is
        // down need not all find it out by themselves.
        return fail_share(*result.trouble, (wanted() + dials - 1) / dials);
    }
    is_down_ = false;
    ++stats_.connects;
    stats_.tls_resumptions += result.tls && result.tls->is_resumed() ? 1 : 0;
    ++stats_.connections_open;
    SteadyTime expires = SteadyTime::max();
    if (options_.ttl.count() > 0) {
        // Up to a tenth less, so that connections made together do not end together.
        auto spread = static_cast<std::uint64_t>(options_.ttl.count() / 10 + 1);
        expires = SteadyClock::now() + options_.ttl -
                  milliseconds(static_cast<std::int64_t>(options_.random() % spread));
    }
    hand_over(Connection::make(*std::move(result.socket), std::move(result.tls), expires));
}

void Pool::hand_over(std::shared_ptr<Connection> connection) {
    ++used_;
    if (PoolWaiter* waiter = pop_waiter()) {
        waiter->on_connection(std::move(connection), PoolWaiter::Origin::fresh);
        return serve();
    }
    keep(std::move(connection), std::nullopt, SteadyClock::now());
}

void Pool::fail_share(const TroubleReport& trouble, std::size_t share) {
    for (; share != 0; --share) {
        PoolWaiter* waiter = pop_waiter();
        if (waiter == nullptr) {
            break;
        }
        waiter->on_no_connection(trouble);
    }
    serve();
}

std::shared_ptr<Connection> Pool::take_idle() {
    SteadyTime now = SteadyClock::now();
    while (!idle_.empty()) {
        Idle last = std::move(idle_.back());
        idle_.pop_back();
        if (last.until > now && last.connection->is_usable()) {
            return std::move(last.connection);
        }
        last.connection->close();
        --stats_.connections_open;
    }
    return nullptr;
}

void Pool::sweep() {
    is_sweep_armed_ = false;
    SteadyTime now = SteadyClock::now();
    SteadyTime next = SteadyTime::max();
    std::erase_if(idle_, [&](const Idle& idle) {
        if (idle.until > now) {
            next = std::min(next, idle.until);
            return false;
        }
        idle.connection->close();
        --stats_.connections_open;
        return true;
    });
    if (!idle_.empty()) {
        is_sweep_armed_ = true;
        sweep_timer_.set_at(next);
    }
}

PoolWaiter* Pool::pop_waiter() {
    Waiters& list = fresh_waiters_.empty() ? waiters_ : fresh_waiters_;
    if (list.empty()) {
        return nullptr;
    }
    PoolWaiter& waiter = list.front();
    list.pop_front();
    return &waiter;
}

}  // namespace sfg::functions
