// Inbox: the way of a door's events to the engine. It only enqueues (design D1).
#pragma once

#include "gateway/engine/events.h"
#include "gateway/runtime/http_types.h"

#include <functional>

namespace sfg::ingress {

using Inbox = std::function<void(engine::Event)>;

// A door's exchange is the waiter of what it asks: one slot per exchange, so the way can't fill.
[[nodiscard]] constexpr WaiterId waiter_of(runtime::ExchangeId id) {
    return WaiterId{static_cast<std::uint64_t>(id)};
}

[[nodiscard]] constexpr runtime::ExchangeId exchange_of(WaiterId waiter) {
    return runtime::ExchangeId{static_cast<std::uint64_t>(waiter)};
}

// The answer to a request that the engine refused.
[[nodiscard]] runtime::HttpResponse refusal(const engine::Refused& refused);

}  // namespace sfg::ingress
