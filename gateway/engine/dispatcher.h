// Dispatcher: which entity's function is called next.
//
// Each endpoint has a line of entities that are ready; the endpoints take turns, and an entity goes
// to the end of its line after each turn, so nobody starves (round robin). An endpoint that is down
// gets one probing call at a time and, when it answers again, more by and by (breaker.h), so that a
// dead one holds neither slots nor credit and a cold one meets no storm. A function type that fails
// for everybody is treated in the same way, beside the other types of its endpoint: its entities
// wait in a line of their own.
//
// Threads:    the engine's.
// Invariants: an entity stands in at most one line (Entity::in_line).
// Limits:     calls in flight per endpoint: its concurrency (concurrency_limit.h), its pool_size,
//             kCallsPerEndpointMax.
#pragma once

#include "gateway/engine/breaker.h"
#include "gateway/engine/concurrency_limit.h"
#include "gateway/engine/entity.h"
#include "gateway/engine/request_size.h"
#include "protocol/limits.h"
#include "protocol/module_spec.h"

#include <boost/intrusive/list.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <list>

namespace sfg::engine {

using Line = boost::intrusive::list<
    Entity,
    boost::intrusive::member_hook<Entity, ListHook, &Entity::in_line>,
    boost::intrusive::constant_time_size<false>>;

class Dispatcher {
public:
    // An endpoint, the next one or one that is known, is as the spec says from now on; nothing that
    // was learnt of it holds, but its calls go on. `otherwise`: the concurrency if it names none.
    void bind(EndpointId endpoint, const EndpointSpec& spec, Concurrency otherwise);

    // Joins the end of its endpoint's line. Requires: it has an endpoint.
    void join(Entity& entity);

    // Joins its beginning: it was there before and had to wait for something else.
    void rejoin(Entity& entity);

    // Takes the next entity whose endpoint has a free slot and less than `allowed` calls in flight;
    // nullptr: there is none. Entities of a type that is down are moved to its line on the way, and
    // told to `held`.
    using Held = std::function<void(Entity&)>;
    [[nodiscard]] Entity* next(std::uint32_t allowed, SteadyMs now, const Held& held);

    // When next() may have another answer by time alone.
    [[nodiscard]] SteadyMs changes_at(SteadyMs now) const;

    // Joins the line of its type. Requires: its type's gate does not admit it.
    void hold(Entity& entity);

    enum class End : std::uint8_t {
        applied,      // The endpoint and the type do well.
        refused,      // The endpoint was reached, the function refused.
        answered,     // The endpoint was reached.
        unreachable,  // It was not, or cut off.
        abandoned,    // Nothing was learnt.
    };

    // Requires: the entity's turn, which notes what it probes.
    void call_started(Entity& entity);

    // What is down now, or is no longer, by what is known from this call.
    struct Change {
        bool endpoint = false;
        bool type = false;
    };

    Change call_ended(Entity& entity, End end, SteadyMs now);

    // No call of the endpoint starts before.
    void rest(EndpointId endpoint, SteadyMs until);

    [[nodiscard]] bool is_down(EndpointId endpoint) const {
        return endpoints_[endpoint].breaker.is_open();
    }

    // Calls of the endpoint that were applied so far.
    [[nodiscard]] std::uint64_t applied(EndpointId endpoint) const {
        return endpoints_[endpoint].applied;
    }

    // How often it went down so far.
    [[nodiscard]] std::uint64_t outages(EndpointId endpoint) const {
        return endpoints_[endpoint].outages;
    }

    // When it is called next while it is down, or rests.
    [[nodiscard]] SteadyMs next_call_at(EndpointId endpoint) const;

    [[nodiscard]] RequestSize& size(EndpointId endpoint) { return at(endpoint).size; }

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
    struct HeldType {
        FunctionType* type;
        Line line;
    };

    struct Endpoint {
        explicit Endpoint(ConcurrencyLimit with) : limit(with) {}

        static Breaker new_breaker() {
            return Breaker({3, SteadyMs{100}, SteadyMs{2'000}, 32, 2, SteadyMs{500}, 256});
        }

        Line ready;
        std::list<HeldType> held;  // Types that are down, or were lately. They take turns.
        ConcurrencyLimit limit;
        Breaker breaker = new_breaker();
        RequestSize size;
        bool url_is_by_type = false;  // Each type has a server of its own.
        bool held_goes_next = false;
        std::uint32_t in_flight = 0;
        std::uint64_t applied = 0;
        std::uint64_t outages = 0;
        SteadyMs rests_until{0};
    };

    [[nodiscard]] static Entity* next_held(Endpoint& endpoint, SteadyMs now);
    [[nodiscard]] static Entity* next_ready(Endpoint& endpoint, SteadyMs now, const Held& held);
    static void hold(Endpoint& endpoint, Entity& entity);
    static void judge_type(Endpoint& endpoint, Entity& entity, End end, SteadyMs now);

    Endpoint& at(EndpointId endpoint) { return endpoints_[endpoint]; }

    std::deque<Endpoint> endpoints_;  // They stay where they are.
    std::size_t turn_ = 0;
};

}  // namespace sfg::engine
