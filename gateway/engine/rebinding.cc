// The part of Engine that binds another module while it runs.
#include "gateway/engine/engine.h"
#include "protocol/assert.h"

#include <vector>

namespace sfg::engine {

void Engine::on(const BindingsChanged& event) {
    SFG_ASSERT(event.module->endpoints.size() >= core_.module.endpoints.size());
    core_.module = *event.module;
    std::vector<bool> is_renewed(core_.module.endpoints.size());
    for (EndpointId endpoint : event.renewed) {
        core_.bind_endpoint(endpoint);
        is_renewed[endpoint] = true;
    }
    SFG_ASSERT(core_.policies.size() == core_.module.endpoints.size(), "new ones are renewed");
    loads_.take_endpoints();
    failures_.take_endpoints();
    core_.registry.bind_types(is_renewed);
    core_.bound_at = core_.ledger.last_number();
    core_.entities.for_each([&](Entity& entity) {
        auto endpoint = entity.type->endpoint;
        if (entity.endpoint != endpoint || (endpoint && is_renewed[*endpoint])) {
            move(entity);
        }
    });
    // Entities that are not in memory, and types that are not even known.
    acquisition_.look_again();
    settle();
}

void Engine::move(Entity& entity) {
    if (entity.turn) {
        return;  // When its call has ended it is considered anew.
    }
    // What failed there need not fail here; who is parked waits for its operator.
    core_.leave_lines(entity);
    if (entity.failing && !entity.failing->is_parked) {
        entity.retry_at = SteadyMs{0};
    }
    core_.consider(entity);
}

}  // namespace sfg::engine
