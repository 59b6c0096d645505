// Dispatcher: which entity's function is called next.
//
// Each endpoint has a line of entities that are ready; the endpoints take turns, and an entity goes
// to the end of its line after each turn, so nobody starves (round robin). An endpoint that is down
// gets a few probing calls at a time and, when it answers again, more with each success, so that a
// dead one holds neither slots nor credit and a cold one meets no storm.
//
// Threads:    the engine's.
// Invariants: an entity stands in at most one line (Entity::in_line).
// Limits:     calls in flight per endpoint: its concurrency (concurrency_limit.h), its pool_size
// and
//             kCallsPerEndpointMax.
#pragma once

#include "gateway/engine/concurrency_limit.h"
#include "gateway/engine/entity.h"
#include "protocol/limits.h"
#include "protocol/module_spec.h"

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <deque>

namespace sfg::engine {

// Calls at a time to an endpoint that has not answered for kFailuresUntilDown calls.
inline constexpr std::uint32_t kProbes = 2;
inline constexpr std::uint32_t kFailuresUntilDown = 3;

using Line = boost::intrusive::list<
    Entity,
    boost::intrusive::member_hook<Entity, ListHook, &Entity::in_line>,
    boost::intrusive::constant_time_size<false>>;

class Dispatcher {
public:
    // `otherwise`: the concurrency of endpoints that do not name their own.
    Dispatcher(const ModuleSpec& module, Concurrency otherwise);

    // Joins the end of its endpoint's line. Requires: its type has an endpoint.
    void join(Entity& entity);

    // Joins its beginning: it was there before and had to wait for something else.
    void rejoin(Entity& entity);

    // Takes the next entity whose endpoint has a free slot and less than `allowed` calls in flight;
    // nullptr: there is none.
    [[nodiscard]] Entity* next(std::uint32_t allowed);

    void call_started(EndpointId endpoint) { ++at(endpoint).in_flight; }

    enum class Outcome : std::uint8_t { answered, down };
    void call_ended(EndpointId endpoint, Outcome outcome);

    [[nodiscard]] std::uint32_t in_flight(EndpointId endpoint) const {
        return endpoints_[endpoint].in_flight;
    }

    // How many calls at a time the endpoint gets while it is up, and what that is found out from.
    [[nodiscard]] ConcurrencyLimit& limit(EndpointId endpoint) { return at(endpoint).limit; }

    [[nodiscard]] const ConcurrencyLimit& limit(EndpointId endpoint) const {
        return endpoints_[endpoint].limit;
    }

    void clear();

private:
    struct Endpoint {
        explicit Endpoint(ConcurrencyLimit with) : limit(with) {}

        Line ready;
        ConcurrencyLimit limit;
        std::uint32_t in_flight = 0;
        std::uint32_t cap = 0;  // Now.
        std::uint32_t cap_max = 0;
        std::uint32_t failures = 0;  // Calls in a row that did not reach the endpoint.
    };

    Endpoint& at(EndpointId endpoint) { return endpoints_[endpoint]; }

    std::deque<Endpoint> endpoints_;  // They stay where they are.
    std::size_t turn_ = 0;
};

}  // namespace sfg::engine
