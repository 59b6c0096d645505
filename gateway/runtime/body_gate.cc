#include "gateway/runtime/body_gate.h"

#include "protocol/assert.h"

#include <algorithm>
#include <utility>

namespace sfg::runtime {

LargeBodyGate::LargeBodyGate(std::size_t width, std::size_t threshold)
    : width_(width),
      threshold_(threshold) {
    SFG_ASSERT(threshold <= width);
}

bool LargeBodyGate::reserve(Waiter& waiter, std::size_t bytes) {
    SFG_ASSERT(bytes <= width_, "a body that is larger than the gate would wait for ever");
    SFG_ASSERT(!waiter.waits());
    if (line_.empty() && bytes <= width_ - used_) {
        used_ += bytes;
        return true;
    }
    waiter.wanted_ = bytes;
    line_.push_back(waiter);
    return false;
}

void LargeBodyGate::give_back(std::size_t bytes) {
    SFG_ASSERT(bytes <= used_);
    used_ -= bytes;
    grant();
}

void LargeBodyGate::widen(std::size_t width) {
    width_ = std::max(width_, width);
    grant();
}

void LargeBodyGate::leave(Waiter& waiter) {
    if (waiter.waits()) {
        waiter.place_.unlink();
        grant();
    }
}

void LargeBodyGate::grant() {
    if (granting_) {
        return;  // The loop below, further up the stack, sees what has changed.
    }
    granting_ = true;
    while (!line_.empty() && line_.front().wanted_ <= width_ - used_) {
        Waiter& first = line_.front();
        first.place_.unlink();
        used_ += first.wanted_;
        first.on_granted();
    }
    granting_ = false;
}

std::shared_ptr<const void>
hold_grant(const std::shared_ptr<LargeBodyGate>& gate, std::size_t bytes) {
    if (bytes == 0) {
        return nullptr;
    }
    auto give_back = [gate, bytes](const void*) {
        gate->give_back(bytes);
    };
    return {static_cast<const void*>(gate.get()), std::move(give_back)};
}

}  // namespace sfg::runtime
