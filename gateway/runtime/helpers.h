// Helpers: a small pool of threads for work that grows with size (design D1): parsing, validating
// or inflating a large body. Work runs over immutable bytes; its result comes back to the loop.
//
// Threads:   run() on the loop's thread.
// Lifetime:  stop() before the loop is destroyed; it waits for work that has begun and drops the
// rest. Limits:    the caller bounds how much work is out (each piece belongs to a call or a
// connection).
#pragma once

#include "gateway/runtime/loop.h"

#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <functional>

namespace sfg::runtime {

class Helpers {
public:
    Helpers(Loop& loop, std::size_t threads);
    Helpers(const Helpers&) = delete;
    Helpers& operator=(const Helpers&) = delete;
    ~Helpers();

    // `work` on a helper thread, then `done` on the loop.
    void run(std::function<void()> work, std::function<void()> done);

    void stop();

private:
    Loop& loop_;
    boost::asio::thread_pool pool_;
};

}  // namespace sfg::runtime
