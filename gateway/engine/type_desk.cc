#include "gateway/engine/type_desk.h"

#include "gateway/engine/failure_note.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace sfg::engine {

bool TypeDesk::admit(WaiterId waiter, const TypeName& name) {
    if (core_.store_lost || !core_.ready()) {
        open_.refuse(waiter, Errc::starting, "the partitions are being read");
        return false;
    }
    if (!core_.registry.has_room_for(name)) {
        open_.refuse(waiter, Errc::unknown_function, name.text());
        return false;
    }
    return open_.admit(waiter);
}

void TypeDesk::on(const TypeAsked& event) {
    if (!admit(event.waiter, event.type) || !open_.close(event.waiter)) {
        return;
    }
    const FunctionType* type = core_.registry.find(event.type);
    auto endpoint = core_.module.endpoint_of(event.type);
    nlohmann::ordered_json json = {
        {"namespace", event.type.ns},
        {"type", event.type.name},
        {"paused", type != nullptr && type->is_paused},
        {"bound_by", nullptr},
        {"calls_in_flight", type == nullptr ? 0 : type->stats.calls_in_flight},
    };
    if (endpoint) {
        json["bound_by"] = core_.module.endpoints[*endpoint].functions.text();
    }
    core_.ledger.answer_when_durable(
        core_.ledger.last_number(), event.waiter, Told{dump(json) + "\n"}
    );
}

void TypeDesk::on(const TypeOrdered& event) {
    if (!admit(event.waiter, event.type)) {
        return;
    }
    FunctionType& type = core_.registry.type(event.type);
    bool pauses = event.action == TypeAction::pause;
    bool changes = type.is_paused != pauses;
    if (changes) {
        type.is_paused = pauses;
        write(type);
        consider_all(type);
        // Those that have left memory meanwhile are found by walks.
        for (PartitionId id = 0; !pauses && id < core_.partitions.count(); ++id) {
            backlog_.note(type, id);
        }
    }
    open_.tell(event.waiter, changes, pauses ? "the type is paused" : "the type is not paused");
}

void TypeDesk::write(const FunctionType& type) {
    Draft& draft = core_.ledger.open();
    draft.hurry();
    std::string key = Registry::pause_key_of(type.name);
    type.is_paused ? draft.put(key, std::string_view("paused")) : draft.erase(key);
    core_.ledger.close(draft);
}

void TypeDesk::consider_all(const FunctionType& type) {
    core_.entities.for_each([this, &type](Entity& entity) {
        if (entity.type == &type && !entity.mailbox.empty()) {
            core_.leave_lines(entity);
            core_.consider(entity);
        }
    });
}

}  // namespace sfg::engine
