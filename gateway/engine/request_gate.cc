#include "gateway/engine/request_gate.h"

#include "protocol/assert.h"

namespace sfg::engine {

bool RequestGate::take(Entity& entity, std::size_t bytes) {
    std::size_t share = share_of(bytes);
    bool fits = held_ == 0 || held_ + share <= width_;
    if (share > 0 && (!fits || !line_.empty())) {
        line_.push_back(entity);
        return false;
    }
    held_ += share;
    return true;
}

void RequestGate::give_back(std::size_t bytes, Dispatcher& dispatcher) {
    SFG_ASSERT(bytes <= held_);
    held_ -= bytes;
    if (bytes == 0) {
        return;
    }
    // They ask again, the first one first.
    while (!line_.empty()) {
        Entity& last = line_.back();
        last.in_line.unlink();
        dispatcher.rejoin(last);
    }
}

void RequestGate::clear() {
    line_.clear();
    held_ = 0;
}

}  // namespace sfg::engine
