// LargeBodyGate: memory for large bodies, given out in the order of asking (design D4).
//
// A body larger than `threshold` reserves its size before it is read; who does not get it waits,
// and its socket is not read meanwhile. The budget is wide enough for one largest body, so whoever
// is first in line gets it once the others have given back.
//
// Threads:    one loop's.
// Lifetime:   outlives those who wait; a waiter leaves the line before it is destroyed.
// Invariants: used() <= width; nobody passes one who asked before.
#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <memory>

namespace sfg::runtime {

class LargeBodyGate {
public:
    class Waiter {
    public:
        Waiter() = default;
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;

        [[nodiscard]] bool waits() const { return place_.is_linked(); }

    protected:
        virtual ~Waiter() = default;

    private:
        friend class LargeBodyGate;
        // The bytes asked for are reserved now. May ask, give back or be destroyed in here.
        virtual void on_granted() = 0;

        using Place = boost::intrusive::list_member_hook<
            boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
        Place place_;
        std::size_t wanted_ = 0;
    };

    // Requires: threshold <= width.
    LargeBodyGate(std::size_t width, std::size_t threshold);

    // Whether a body of this size has to ask at all.
    [[nodiscard]] bool guards(std::size_t bytes) const { return bytes > threshold_; }

    // True: reserved. False: `waiter` stands in line and on_granted follows.
    // Requires: bytes <= width, and the waiter does not stand in line.
    [[nodiscard]] bool reserve(Waiter& waiter, std::size_t bytes);

    void give_back(std::size_t bytes);

    // It is at least as wide from now on.
    void widen(std::size_t width);

    // Leaves the line, if the waiter stands in it; whoever is behind may come now.
    void leave(Waiter& waiter);

    [[nodiscard]] std::size_t used() const { return used_; }

    [[nodiscard]] std::size_t width() const { return width_; }

private:
    void grant();

    using Line = boost::intrusive::list<
        Waiter,
        boost::intrusive::member_hook<Waiter, Waiter::Place, &Waiter::place_>,
        boost::intrusive::constant_time_size<false>>;

    std::size_t width_;
    const std::size_t threshold_;
    std::size_t used_ = 0;
    bool granting_ = false;
    Line line_;
};

// What was reserved of the gate, given back with the last copy. Empty for 0 bytes. It keeps the
// gate, too: whoever asked for the memory may be gone by then.
[[nodiscard]] std::shared_ptr<const void>
hold_grant(const std::shared_ptr<LargeBodyGate>& gate, std::size_t bytes);

}  // namespace sfg::runtime
