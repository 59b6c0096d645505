// IoLoops: loops that only carry bytes, each on a thread of its own (design D1, ioThreads).
//
// What they carry they exchange with the engine's loop in batches (Handover): nothing that the
// engine owns is touched here, and nothing of a carrier by the engine's thread.
//
// Threads:    start(), stop() and the rest on the engine's thread; ask() from its loop.
// Lifetime:   what lives on a loop is made before start() or by a post, and goes after stop().
//             The helpers of a loop end with it.
// Invariants: after stop() nothing of theirs runs any more; what was posted and did not run is
//             dropped with the loops.
// Limits:     as many as the operator chose (ioThreads).
#pragma once

#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace sfg::runtime {

class IoLoops {
public:
    // `helper_threads` of each.
    IoLoops(std::size_t count, std::size_t helper_threads);
    IoLoops(const IoLoops&) = delete;
    IoLoops& operator=(const IoLoops&) = delete;
    ~IoLoops();

    [[nodiscard]] std::size_t size() const { return all_.size(); }

    [[nodiscard]] Loop& loop(std::size_t at) { return all_[at]->loop; }

    [[nodiscard]] Helpers& helpers(std::size_t at) { return all_[at]->helpers; }

    void start();
    void stop();

    // Calls `look` on each loop and then `told`, on `home`, with what it said of each; at once if
    // there are none. Requires: the loops run, or are stopped: then nobody is told.
    template <typename T>
    void
    ask(Loop& home, std::function<T(std::size_t)> look, std::function<void(std::vector<T>)> told);

private:
    struct One {
        explicit One(std::size_t helper_threads) : helpers(loop, helper_threads) {}

        Loop loop;
        Helpers helpers;
        std::thread thread;
    };

    std::vector<std::unique_ptr<One>> all_;
};

template <typename T>
void IoLoops::ask(
    Loop& home,
    std::function<T(std::size_t)> look,
    std::function<void(std::vector<T>)> told
) {
    struct Asked {
        std::vector<T> said;  // The home loop's.
        std::size_t missing;
        std::function<T(std::size_t)> look;
        std::function<void(std::vector<T>)> told;
    };

    if (all_.empty()) {
        return told({});
    }
    auto asked = std::make_shared<Asked>(
        Asked{std::vector<T>(size()), size(), std::move(look), std::move(told)}
    );
    for (std::size_t at = 0; at < size(); ++at) {
        loop(at).post([&home, asked, at] {
            home.post([asked, at, said = asked->look(at)]() mutable {
                asked->said[at] = std::move(said);
                if (--asked->missing == 0) {
                    asked->told(std::move(asked->said));
                }
            });
        });
    }
}

}  // namespace sfg::runtime
