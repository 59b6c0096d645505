// RequestGate: the memory of large requests, the second of three gates (design D4).
//
// Such a request takes its size before its call starts and gives it back when the call is over,
// since it may be sent again until then. Whoever does not fit waits in line, outside of its
// endpoint's slots; nobody passes one who came before.
//
// The order of the gates is ingress, request, response. Nobody waits for an earlier one while it
// holds a later one: a body from outside gives its grant back when its message is durable, an
// answer when its turn's commit is; neither waits for a call. A call in flight holds this gate and
// may wait for the next one, whose holders wait for the disk alone. So no circle can close.
//
// Threads:    the engine's.
// Invariants: held() <= width, but for one request that is larger than the gate and alone in it.
// Limits:     who stands in line is bounded by the entities that are ready.
#pragma once

#include "gateway/engine/dispatcher.h"

#include <cstddef>

namespace sfg::engine {

class RequestGate {
public:
    // Requests over `large` bytes are.
    RequestGate(std::size_t width, std::size_t large) : width_(width), large_(large) {}

    // True: the request's size is taken, if it is large. False: the entity stands in line, and
    // comes back to its endpoint's. Requires: it stands in no line.
    [[nodiscard]] bool take(Entity& entity, std::size_t bytes);

    void give_back(std::size_t bytes, Dispatcher& dispatcher);

    // What a request of this size holds.
    [[nodiscard]] std::size_t share_of(std::size_t bytes) const {
        return bytes > large_ ? bytes : 0;
    }

    [[nodiscard]] std::size_t held() const { return held_; }

    void clear();

private:
    const std::size_t width_;
    const std::size_t large_;
    std::size_t held_ = 0;
    Line line_;
};

}  // namespace sfg::engine
