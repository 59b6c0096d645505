#include "gateway/engine/dispatcher.h"

#include "protocol/assert.h"

#include <algorithm>

namespace sfg::engine {

namespace {

// Types that are looked at in one search for a call.
constexpr std::size_t kHeldLooks = 16;

std::uint64_t spread_of(const Entity& entity, SteadyMs now) {
    return std::hash<Address>{}(entity.address) + static_cast<std::uint64_t>(now.count());
}

}  // namespace

void Dispatcher::bind(EndpointId id, const EndpointSpec& spec, Concurrency otherwise) {
    Concurrency concurrency = spec.concurrency.value_or(otherwise);
    std::uint32_t most = std::clamp<std::uint32_t>(spec.pool_size, 1, kCallsPerEndpointMax);
    if (!concurrency.is_adaptive()) {
        most = std::min(most, concurrency.fixed);
    }
    ConcurrencyLimit limit(concurrency, most);
    if (id == endpoints_.size()) {
        endpoints_.emplace_back(limit);
    }
    Endpoint& endpoint = at(id);
    endpoint.limit = limit;
    endpoint.breaker = Endpoint::new_breaker();
    endpoint.size = RequestSize{};
    endpoint.rests_until = SteadyMs{0};
    endpoint.url_is_by_type = spec.url_for("a") != spec.url_for("b");
}

void Dispatcher::join(Entity& entity) {
    SFG_ASSERT(!entity.in_line.is_linked() && entity.endpoint);
    at(*entity.endpoint).ready.push_back(entity);
}

void Dispatcher::rejoin(Entity& entity) {
    SFG_ASSERT(!entity.in_line.is_linked() && entity.endpoint);
    at(*entity.endpoint).ready.push_front(entity);
}

void Dispatcher::hold(Entity& entity) {
    hold(at(*entity.endpoint), entity);
}

void Dispatcher::hold(Endpoint& endpoint, Entity& entity) {
    for (HeldType& held : endpoint.held) {
        if (held.type == entity.type) {
            held.line.push_back(entity);
            return;
        }
    }
    HeldType& held = endpoint.held.emplace_back();
    held.type = entity.type;
    held.line.push_back(entity);
}

Entity* Dispatcher::next(std::uint32_t allowed, SteadyMs now, const Held& held) {
    for (std::size_t tried = 0; tried < endpoints_.size(); ++tried) {
        Endpoint& endpoint = endpoints_[turn_];
        turn_ = (turn_ + 1) % endpoints_.size();
        if (endpoint.in_flight >= std::min(endpoint.limit.value(), allowed) ||
            now < endpoint.rests_until || !endpoint.breaker.admits(endpoint.in_flight, now)) {
            continue;
        }
        endpoint.held_goes_next = !endpoint.held_goes_next && !endpoint.held.empty();
        Entity* entity = endpoint.held_goes_next ? next_held(endpoint, now) : nullptr;
        entity = entity == nullptr ? next_ready(endpoint, now, held) : entity;
        if (entity == nullptr && !endpoint.held.empty()) {
            entity = next_held(endpoint, now);
        }
        if (entity != nullptr) {
            entity->in_line.unlink();
            return entity;
        }
    }
    return nullptr;
}

Entity* Dispatcher::next_held(Endpoint& endpoint, SteadyMs now) {
    for (std::size_t looks = std::min(endpoint.held.size(), kHeldLooks); looks > 0; --looks) {
        HeldType& held = endpoint.held.front();
        if (held.line.empty()) {
            endpoint.held.pop_front();
            continue;
        }
        endpoint.held.splice(endpoint.held.end(), endpoint.held, endpoint.held.begin());
        auto in_flight = static_cast<std::uint32_t>(held.type->stats.calls_in_flight);
        if (held.type->health.gate.admits(in_flight, now)) {
            return &held.line.front();
        }
    }
    return nullptr;
}

Entity* Dispatcher::next_ready(Endpoint& endpoint, SteadyMs now, const Held& held) {
    while (!endpoint.ready.empty()) {
        Entity& entity = endpoint.ready.front();
        auto in_flight = static_cast<std::uint32_t>(entity.type->stats.calls_in_flight);
        if (entity.type->health.gate.admits(in_flight, now)) {
            return &entity;
        }
        entity.in_line.unlink();
        hold(endpoint, entity);
        held(entity);
    }
    return nullptr;
}

SteadyMs Dispatcher::changes_at(SteadyMs now) const {
    SteadyMs at = SteadyMs::max();
    // What is due already waits for something else than time.
    auto consider = [&at, now](SteadyMs change) {
        at = change > now ? std::min(at, change) : at;
    };
    for (const Endpoint& endpoint : endpoints_) {
        if (endpoint.ready.empty() && endpoint.held.empty()) {
            continue;
        }
        consider(endpoint.rests_until);
        consider(endpoint.breaker.changes_at());
        for (const HeldType& held : endpoint.held) {
            if (!held.line.empty()) {
                consider(held.type->health.gate.changes_at());
            }
        }
    }
    return at;
}

SteadyMs Dispatcher::next_call_at(EndpointId id) const {
    const Endpoint& endpoint = endpoints_[id];
    SteadyMs probe = endpoint.breaker.is_open() ? endpoint.breaker.next_probe() : SteadyMs{0};
    return std::max(probe, endpoint.rests_until);
}

void Dispatcher::call_started(Entity& entity) {
    Endpoint& endpoint = at(*entity.endpoint);
    ++endpoint.in_flight;
    ++entity.type->stats.calls_in_flight;
    entity.turn->probes_endpoint = endpoint.breaker.started();
    entity.turn->probes_type = entity.type->health.gate.started();
}

Dispatcher::Change Dispatcher::call_ended(Entity& entity, End end, SteadyMs now) {
    Endpoint& endpoint = at(*entity.endpoint);
    const Breaker& gate = entity.type->health.gate;
    bool endpoint_was_down = endpoint.breaker.is_open();
    bool type_was_down = gate.is_open();
    SFG_ASSERT(endpoint.in_flight > 0);
    --endpoint.in_flight;
    --entity.type->stats.calls_in_flight;
    endpoint.applied += end == End::applied ? 1 : 0;
    bool probe = entity.turn->probes_endpoint;
    if (end == End::abandoned || (end == End::unreachable && endpoint.url_is_by_type)) {
        endpoint.breaker.ended(probe);
    } else if (end == End::unreachable) {
        endpoint.breaker.failed(probe, now, spread_of(entity, now));
        endpoint.outages += !endpoint_was_down && endpoint.breaker.is_open() ? 1 : 0;
    } else {
        endpoint.breaker.succeeded(probe, now);
    }
    judge_type(endpoint, entity, end, now);
    return {endpoint.breaker.is_open() != endpoint_was_down, gate.is_open() != type_was_down};
}

void Dispatcher::judge_type(Endpoint& endpoint, Entity& entity, End end, SteadyMs now) {
    TypeHealth& health = entity.type->health;
    bool probe = entity.turn->probes_type;
    if (end == End::applied) {
        health.gate.succeeded(probe, now);
        ++health.successes;
        health.refused_one = 0;
        health.refused_several = false;
        health.parked_alone = 0;
    } else if (end == End::refused) {
        std::size_t who = std::hash<Address>{}(entity.address) | 1U;
        health.refused_one = health.refused_one == 0 ? who : health.refused_one;
        health.refused_several = health.refused_several || health.refused_one != who;
        // One entity that is refused says nothing about the others.
        if (health.refused_several) {
            health.gate.failed(probe, now, spread_of(entity, now));
        } else {
            health.gate.ended(probe);
        }
    } else if (end == End::unreachable && endpoint.url_is_by_type) {
        health.gate.failed(probe, now, spread_of(entity, now));
    } else {
        health.gate.ended(probe);
    }
}

void Dispatcher::rest(EndpointId id, SteadyMs until) {
    at(id).rests_until = std::max(at(id).rests_until, until);
}

void Dispatcher::clear() {
    for (Endpoint& endpoint : endpoints_) {
        endpoint.ready.clear();
        endpoint.held.clear();
        endpoint.in_flight = 0;
        endpoint.breaker.ended(true);
    }
}

}  // namespace sfg::engine
