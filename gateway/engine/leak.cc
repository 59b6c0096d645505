// The part of Engine that compares what is held with what goes on.
#include "gateway/engine/engine.h"

#include <array>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sfg::engine {

namespace {

// What the entities in memory account for.
struct Explained {
    struct OfType {
        std::uint64_t calls = 0, active = 0, backlog = 0, loads = 0;
    };

    struct OfEndpoint {
        std::uint32_t calls = 0, loads = 0, loading = 0, ready = 0;
    };

    explicit Explained(std::size_t endpoints) : by_endpoint(endpoints) {}

    std::size_t calls = 0, credit = 0, gate_bytes = 0;
    std::size_t loads = 0, load_bytes = 0;
    std::size_t charged = 0, charged_unloaded = 0;
    std::array<std::uint64_t, kWaitReasons> waits{};
    std::vector<OfEndpoint> by_endpoint;
    std::unordered_map<const FunctionType*, OfType> by_type;

    void add(const Entity& entity) {
        OfType& type = by_type[entity.type];
        OfEndpoint none;
        OfEndpoint& endpoint = entity.endpoint ? by_endpoint[*entity.endpoint] : none;
        charged += entity.charged_bytes;
        charged_unloaded += entity.charged_as_unloaded ? entity.charged_bytes : 0;
        type.backlog += entity.waiting;
        if (entity.waits != WaitReason::none) {
            ++waits[static_cast<std::size_t>(entity.waits)];
            bool rests = entity.waits == WaitReason::parked ||
                         (entity.waits == WaitReason::paused && !entity.is_purged);
            type.active += rests ? 0 : 1;
        }
        endpoint.loading += entity.waits == WaitReason::loading ? 1 : 0;
        endpoint.ready += entity.waits == WaitReason::ready ? 1 : 0;
        if (entity.load != RequestId{} && entity.load != kPinned) {
            ++loads;
            ++type.loads;
            ++endpoint.loads;
            load_bytes += entity.load_bytes;
        }
        if (entity.turn) {
            ++calls;
            ++type.calls;
            ++endpoint.calls;
            credit += entity.turn->credit;
            gate_bytes += entity.turn->gate_bytes;
        }
    }
};

// The first difference, in words.
struct Comparison {
    std::string first;

    void operator()(std::string_view what, std::size_t held, std::size_t explained) {
        if (held != explained && first.empty()) {
            first = std::string(what) + ": " + std::to_string(held) + " held, " +
                    std::to_string(explained) + " explained";
        }
    }
};

}  // namespace

std::string Engine::leak() {
    Comparison compare;
    Explained all(core_.policies.size());
    core_.entities.for_each([&all](const Entity& entity) { all.add(entity); });
    compare("calls", core_.calls_in_flight, all.calls);
    compare("credit", core_.call_credit, all.credit);
    compare("gate", turns_.gate_bytes(), all.gate_bytes);
    compare("loads", loads_.out().count, all.loads);
    compare("bytes of loads", loads_.out().bytes, all.load_bytes);
    compare("memory", core_.entities.charged(), all.charged);
    compare("memory of the unloaded", core_.entities.charged_unloaded(), all.charged_unloaded);
    compare("memory of timers", core_.timer_bytes, timers_.window_bytes_in_use());
    compare("memory of egresses", outbox_.bytes(), outbox_.bytes_in_use());
    for (std::size_t i = 0; i < kWaitReasons; ++i) {
        compare(kWaitReasonNames[i], core_.stats.waiting_entities[i], all.waits[i]);
    }
    for (std::size_t i = 0; i < all.by_endpoint.size(); ++i) {
        const Explained::OfEndpoint& endpoint = all.by_endpoint[i];
        auto id = static_cast<EndpointId>(i);
        compare("slots", core_.dispatcher.in_flight(id), endpoint.calls);
        compare("loads of an endpoint", loads_.out().by_endpoint[i], endpoint.loads);
        compare("loading", core_.endpoint_waits[i].loading, endpoint.loading);
        compare("ready", core_.endpoint_waits[i].ready, endpoint.ready);
    }
    core_.registry.for_each([&](const FunctionType& type) {
        const Explained::OfType& own = all.by_type[&type];
        compare("calls of a type", type.stats.calls_in_flight, own.calls);
        compare("active ones of a type", type.stats.active_entities, own.active);
        compare("backlog of a type", type.stats.backlog, own.backlog);
        compare("loads of a type", type.loads_out, own.loads);
    });
    if (!quiet() || purges_.open() > 0) {
        return compare.first;  // They may hold more than that.
    }
    std::size_t questions = inspection_.open() + types_.open() + letters_.open() + refused_.open();
    compare("open questions", questions, 0);
    compare("pins of calls", calls_.rows().pins(), calls_.waited_for() + timers_.pinned_calls());
    compare("pins of tokens", timers_.tokens().pins(), 0);
    compare("rows of calls", calls_.rows().idle(), 0);
    compare("rows of tokens", timers_.tokens().idle(), 0);
    return compare.first;
}

}  // namespace sfg::engine
