// The part of EngineHost that knows the classes of the pump, and how long events are.
#include "gateway/engine_host.h"

#include <variant>

namespace sfg {

namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

}  // namespace

EngineHost::Class EngineHost::class_of(const engine::Event& event) {
    return std::visit(
        Overloaded{
            [](const engine::Durable&) { return durable; },
            [](const engine::ResponseArrived&) { return responses; },
            [](const engine::CallFailed&) { return responses; },
            [](const engine::Loaded&) { return loads; },
            [](const engine::Tick&) { return timers; },
            [](const engine::MessageArrived&) { return ingress; },
            [](const engine::BulkArrived&) { return ingress; },
            [](const engine::WaiterGone&) { return ingress; },
            [](const engine::CallTimedOut&) { return ingress; },
            [](const engine::ReplyAsked&) { return ingress; },
            [](const engine::EgressAsked&) { return ingress; },
            [](const engine::EgressTaken&) { return ingress; },
            [](const engine::StreamOpened&) { return responses; },
            [](const engine::StreamPulled&) { return responses; },
            [](const engine::StreamDelivered&) { return responses; },
            [](const engine::StreamRewound&) { return responses; },
            [](const engine::StreamRefused&) { return responses; },
            [](const engine::SourceOpened&) { return ingress; },
            [](const engine::SourceRecords&) { return ingress; },
            [](const engine::SourceAsked&) { return ingress; },
            [](const auto&) { return admin; },
        },
        event
    );
}

std::size_t EngineHost::weight_of(const engine::Event& event) {
    // A message among others costs about half of one that comes alone.
    if (const auto* bulk = std::get_if<engine::BulkArrived>(&event)) {
        return 1 + bulk->messages.size() / 2;
    }
    const auto* source = std::get_if<engine::SourceRecords>(&event);
    return source == nullptr ? 1 : 1 + (source->messages.size() + source->refused.size()) / 2;
}

}  // namespace sfg
