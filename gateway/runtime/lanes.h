// Lanes: components that are declared, each served by a worker on a thread of its own, as the
// declarations come, change and go.
//
// A component that is taken away or changed finishes what it is doing; only then begins what takes
// its place, so that two never do the work of one.
//
// Threads:    the loop calls everything; workers block their own threads.
// Lifetime:   stop() before its destruction, when the loop has ended.
// Invariants: a waiter's space (the uppermost four bits) says that it waits here, its slot in which
//             lane; a slot is never given a second time, so that late answers find nobody.
// Limits:     kLaneSlotsMax components in the life of a process, changed ones counted anew.
#pragma once

#include "protocol/address.h"
#include "protocol/assert.h"
#include "protocol/ids.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace sfg::runtime {

inline constexpr std::size_t kLaneSlotsMax = 0x10000;

// Spec: has `id`, and `where`, which is no setting of it. Worker: run() until close() was called
// (from the loop), on_answer(waiter, answer), report(), and has_given_up(): it waits for nothing
// but the next rebind().
template <typename Spec, typename Worker>
class Lanes {
public:
    struct Outside {
        std::function<void(std::function<void()>)> post;  // Brings work to the loop; any thread.
        // A worker whose waiters are those after `first`. `spec` outlives it.
        std::function<std::unique_ptr<Worker>(const Spec& spec, WaiterId first)> make;
    };

    Lanes(unsigned space, const std::vector<Spec>& specs, Outside outside)
        : space_(space),
          outside_(std::move(outside)) {
        SFG_ASSERT(has_room(specs));
        for (const Spec& spec : specs) {
            add(spec);
        }
    }

    Lanes(const Lanes&) = delete;
    Lanes& operator=(const Lanes&) = delete;

    ~Lanes() { stop(); }

    // Those that wait for nobody begin.
    void start() {
        for (std::size_t slot = 0; slot < lanes_.size(); ++slot) {
            if (!lanes_[slot] || lanes_[slot]->stage != Stage::waiting) {
                continue;
            }
            const TypeName& id = lanes_[slot]->spec.id;
            bool is_taken = std::ranges::any_of(lanes_, [&id](const auto& lane) {
                return lane && lane->stage != Stage::waiting && lane->spec.id == id;
            });
            if (!is_taken) {
                begin(slot);
            }
        }
    }

    // Whether there are slots for these, should all of them be new.
    [[nodiscard]] bool has_room(const std::vector<Spec>& next) const {
        return lanes_.size() + next.size() <= kLaneSlotsMax;
    }

    // These are the components from now on. Requires: started, has_room().
    void rebind(const std::vector<Spec>& next) {
        std::vector<bool> is_there(next.size());
        for (auto& lane : lanes_) {
            if (!lane || lane->stage == Stage::ending) {
                continue;
            }
            bool has_given_up = lane->worker && lane->worker->has_given_up();
            auto same = std::ranges::find_if(next, [&lane](const Spec& spec) {
                return is_same(lane->spec, spec);
            });
            if (same != next.end() && !has_given_up) {
                is_there[static_cast<std::size_t>(same - next.begin())] = true;
            } else if (lane->stage == Stage::waiting) {
                lane.reset();
            } else {
                lane->stage = Stage::ending;
                lane->worker->close();
            }
        }
        for (std::size_t i = 0; i < next.size(); ++i) {
            if (!is_there[i]) {
                add(next[i]);
            }
        }
        start();
    }

    template <typename Answer>
    void on_answer(WaiterId waiter, Answer answer) {
        std::size_t slot = static_cast<std::uint64_t>(waiter) >> kSlotShift & (kLaneSlotsMax - 1);
        SFG_ASSERT(slot < lanes_.size());
        if (lanes_[slot] && lanes_[slot]->worker) {
            lanes_[slot]->worker->on_answer(waiter, std::move(answer));
        }
    }

    // Nothing new begins; what is being done is finished. Then `stopped`, on the loop (or at once).
    void begin_stop(std::function<void()> stopped) {
        is_stopping_ = true;
        if (running_ == 0) {
            stopped();
            return;
        }
        stopped_ = std::move(stopped);
        close_all();
    }

    // Waits for the threads.
    void stop() {
        is_stopping_ = true;
        close_all();
        for (auto& lane : lanes_) {
            if (lane && lane->thread.joinable()) {
                lane->thread.join();
            }
        }
    }

    // `tell(spec, worker)` for each; the worker is null where it has not begun.
    template <typename Tell>
    void for_each(Tell&& tell) const {
        for (const auto& lane : lanes_) {
            if (lane && lane->stage != Stage::ending) {
                tell(lane->spec, static_cast<const Worker*>(lane->worker.get()));
            }
        }
    }

private:
    static constexpr unsigned kSpaceShift = 60;
    static constexpr unsigned kSlotShift = 44;

    enum class Stage : std::uint8_t { waiting, running, ending };

    struct Lane {
        explicit Lane(Spec of) : spec(std::move(of)) {}

        const Spec spec;
        std::unique_ptr<Worker> worker;
        std::thread thread;
        Stage stage = Stage::waiting;
    };

    static bool is_same(Spec one, Spec other) {
        one.where = {};
        other.where = {};
        return one == other;
    }

    void add(const Spec& spec) { lanes_.push_back(std::make_unique<Lane>(spec)); }

    void begin(std::size_t slot) {
        Lane& lane = *lanes_[slot];
        std::uint64_t first = std::uint64_t{space_} << kSpaceShift | std::uint64_t{slot}
                                                                         << kSlotShift;
        lane.worker = outside_.make(lane.spec, WaiterId{first});
        lane.stage = Stage::running;
        ++running_;
        lane.thread = std::thread([this, worker = lane.worker.get(), slot] {
            worker->run();
            outside_.post([this, slot] { on_ended(slot); });
        });
    }

    void on_ended(std::size_t slot) {
        lanes_[slot]->thread.join();
        lanes_[slot].reset();
        --running_;
        if (!is_stopping_) {
            start();
        } else if (running_ == 0) {
            std::exchange(stopped_, {})();
        }
    }

    void close_all() {
        for (auto& lane : lanes_) {
            if (lane && lane->worker) {
                lane->worker->close();
            }
        }
    }

    const unsigned space_;
    const Outside outside_;
    std::vector<std::unique_ptr<Lane>> lanes_;  // By slot; null: it has ended.
    std::size_t running_ = 0;
    bool is_stopping_ = false;
    std::function<void()> stopped_;
};

}  // namespace sfg::runtime
