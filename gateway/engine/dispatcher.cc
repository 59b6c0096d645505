#include "gateway/engine/dispatcher.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::engine {

Dispatcher::Dispatcher(const ModuleSpec& module, Concurrency otherwise) {
    for (const EndpointSpec& spec : module.endpoints) {
        Concurrency concurrency = spec.concurrency.value_or(otherwise);
        std::uint32_t most = std::clamp<std::uint32_t>(spec.pool_size, 1, kCallsPerEndpointMax);
        if (!concurrency.is_adaptive()) {
            most = std::min(most, concurrency.fixed);
        }
        Endpoint& endpoint = endpoints_.emplace_back(ConcurrencyLimit(concurrency, most));
        endpoint.cap_max = most;
        endpoint.cap = most;
    }
}

void Dispatcher::join(Entity& entity) {
    SFG_ASSERT(!entity.in_line.is_linked() && entity.type->endpoint);
    at(*entity.type->endpoint).ready.push_back(entity);
}

void Dispatcher::rejoin(Entity& entity) {
    SFG_ASSERT(!entity.in_line.is_linked() && entity.type->endpoint);
    at(*entity.type->endpoint).ready.push_front(entity);
}

Entity* Dispatcher::next(std::uint32_t allowed) {
    for (std::size_t tried = 0; tried < endpoints_.size(); ++tried) {
        Endpoint& endpoint = endpoints_[turn_];
        turn_ = (turn_ + 1) % endpoints_.size();
        if (endpoint.in_flight < std::min({endpoint.cap, endpoint.limit.value(), allowed}) &&
            !endpoint.ready.empty()) {
            Entity& entity = endpoint.ready.front();
            entity.in_line.unlink();
            return &entity;
        }
    }
    return nullptr;
}

void Dispatcher::call_ended(EndpointId id, Outcome outcome) {
    Endpoint& endpoint = at(id);
    SFG_ASSERT(endpoint.in_flight > 0);
    --endpoint.in_flight;
    if (outcome == Outcome::answered) {
        endpoint.failures = 0;
        endpoint.cap = std::min(endpoint.cap + std::max(endpoint.cap / 2, 1U), endpoint.cap_max);
    } else if (++endpoint.failures >= kFailuresUntilDown) {
        endpoint.cap = std::min(kProbes, endpoint.cap_max);
    }
}

void Dispatcher::clear() {
    for (Endpoint& endpoint : endpoints_) {
        endpoint.ready.clear();
        endpoint.in_flight = 0;
        endpoint.failures = 0;
        endpoint.cap = endpoint.cap_max;
    }
}

}  // namespace sfg::engine
