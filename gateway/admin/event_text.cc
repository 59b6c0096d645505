#include "gateway/admin/event_text.h"

#include "gateway/engine/failure_note.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace sfg::admin {

namespace {

using Json = nlohmann::ordered_json;
using engine::Happening;
using engine::HappeningKind;

std::string event(std::uint64_t number, std::string_view kind, const Json& data) {
    std::string text = "id: " + std::to_string(number) + "\nevent: ";
    text += kind;
    // JSON of one line: line breaks inside of texts are escaped.
    return text + "\ndata: " + engine::dump(data) + "\n\n";
}

void add_failure(Json& json, const Happening& happening) {
    json["attempts"] = happening.attempts;
    json["last_error"] = happening.error;
}

}  // namespace

std::string event_text(std::uint64_t number, const Happening& happening) {
    std::string_view kind = engine::kHappeningNames.at(static_cast<std::size_t>(happening.kind));
    Json json = {{"time", engine::time_text(happening.wall_ms)}, {"event", kind}};
    switch (happening.kind) {
        case HappeningKind::parked:
        case HappeningKind::resumed:
        case HappeningKind::dead_letter:
            json["namespace"] = happening.entity.type.ns;
            json["type"] = happening.entity.type.name;
            json["id"] = happening.entity.id;
            break;
        case HappeningKind::type_down:
        case HappeningKind::type_up:
            json["namespace"] = happening.entity.type.ns;
            json["type"] = happening.entity.type.name;
            [[fallthrough]];
        case HappeningKind::endpoint_down:
        case HappeningKind::endpoint_up:
            json["functions"] = happening.endpoint;
            break;
    }
    switch (happening.kind) {
        case HappeningKind::dead_letter:
            json["messages"] = happening.messages;
            [[fallthrough]];
        case HappeningKind::parked:
            json["message_id"] = happening.message_id;
            [[fallthrough]];
        case HappeningKind::resumed:
            add_failure(json, happening);
            break;
        case HappeningKind::type_down:
        case HappeningKind::endpoint_down:
            json["last_error"] = happening.error;
            break;
        case HappeningKind::type_up:
        case HappeningKind::endpoint_up:
            break;
    }
    return event(number, kind, json);
}

std::string lost_text(std::uint64_t number, std::uint64_t events) {
    return event(number, "lost", {{"event", "lost"}, {"events", events}});
}

}  // namespace sfg::admin
