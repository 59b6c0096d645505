#include "gateway/admin/operator_request.h"

#include "gateway/admin/operator_query.h"
#include "gateway/ingress/request.h"
#include "protocol/errors.h"
#include "protocol/module_spec.h"

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace sfg::admin {

namespace {

using runtime::HttpHead;

constexpr std::string_view kEntities = "/v1/entities";
constexpr std::string_view kTypes = "/v1/types";
constexpr std::string_view kLetters = "/v1/dead-letters";
constexpr std::string_view kRefused = "/v1/refused-records";
constexpr std::string_view kModule = "/v1/module";

runtime::HttpResponse refuse_method(std::string_view allowed) {
    runtime::HttpResponse refusal = runtime::problem_response(
        {Errc::method_not_allowed, "this path takes " + std::string(allowed)}
    );
    refusal.add("Allow", allowed);
    return refusal;
}

bool reads(const HttpHead& head) {
    return head.method == "GET" || head.method == "HEAD";
}

// What is behind a path's beginning; nothing: it has another beginning.
std::optional<std::string_view> behind(std::string_view path, std::string_view beginning) {
    if (!path.starts_with(beginning)) {
        return std::nullopt;
    }
    path.remove_prefix(beginning.size());
    return path.empty() || path[0] == '/' ? std::optional(path) : std::nullopt;
}

// A value with slashes is a path; without, it is one whose slashes were encoded, too.
std::string as_path(std::string_view value) {
    if (value.find('/') != std::string_view::npos) {
        return std::string(value);
    }
    return percent_decode(value).value_or(std::string(value));
}

using engine::DeadLetterAction;
using engine::EntityAction;
using engine::TypeAction;

enum class RefusedAction : std::uint8_t { drop };

constexpr std::array kEntityActions = {
    Named<EntityAction>{"retry", EntityAction::retry},
    Named<EntityAction>{"skip", EntityAction::skip},
    Named<EntityAction>{"dead-letter", EntityAction::dead_letter},
    Named<EntityAction>{"pause", EntityAction::pause},
    Named<EntityAction>{"resume", EntityAction::resume},
    Named<EntityAction>{"purge", EntityAction::purge},
    Named<EntityAction>{"purge-to-dead-letters", EntityAction::purge_to_dead_letters},
};

constexpr std::array kTypeActions = {
    Named<TypeAction>{"pause", TypeAction::pause},
    Named<TypeAction>{"resume", TypeAction::resume},
};

constexpr std::array kRefusedActions = {Named<RefusedAction>{"drop", RefusedAction::drop}};

constexpr std::array kLetterActions = {
    Named<DeadLetterAction>{"replay", DeadLetterAction::replay},
    Named<DeadLetterAction>{"drop", DeadLetterAction::drop},
};

Parsed<engine::Event> entity_event(const HttpHead& head, WaiterId waiter, Address entity) {
    if (reads(head)) {
        if (auto problem = object_to_parameters(head.query())) {
            return std::move(*problem);
        }
        return engine::Event(engine::EntityAsked{waiter, std::move(entity)});
    }
    auto parsed = parse_order(head.query(), kEntityActions);
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return std::move(*problem);
    }
    auto& order = std::get<0>(parsed);
    bool about_head =
        order.action == EntityAction::skip || order.action == EntityAction::dead_letter;
    if (about_head && order.about.empty()) {
        return Problem{
            Errc::bad_parameter,
            "message must name the first message of the mailbox, as the entity's page does "
            "(mailbox.head.message_id)"
        };
    }
    return engine::Event(
        engine::EntityOrdered{waiter, std::move(entity), order.action, std::move(order.about)}
    );
}

Parsed<engine::Event> letter_event(const HttpHead& head, WaiterId waiter, Address entity) {
    auto parsed = parse_order(head.query(), kLetterActions);
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return std::move(*problem);
    }
    auto& order = std::get<0>(parsed);
    if (order.about.empty()) {
        return Problem{Errc::bad_parameter, "message must name the dead letter"};
    }
    return engine::Event(
        engine::DeadLetterOrdered{waiter, std::move(entity), std::move(order.about), order.action}
    );
}

Parsed<engine::Event> letters_event(const HttpHead& head, WaiterId waiter) {
    auto parsed = parameters(head.query(), {"limit", "cursor", "type", "entity"});
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return std::move(*problem);
    }
    auto& values = std::get<0>(parsed);
    engine::DeadLettersAsked asked;
    asked.waiter = waiter;
    if (auto problem = read_page(values, asked.cursor, asked.limit)) {
        return std::move(*problem);
    }
    if (values.contains("type")) {
        asked.type = TypeName::parse(percent_decode(values["type"]).value_or(""));
        if (!asked.type) {
            return Problem{Errc::bad_parameter, "type is namespace/type"};
        }
    }
    if (values.contains("entity")) {
        auto target = ingress::parse_target(as_path(values["entity"]));
        if (auto* problem = std::get_if<Problem>(&target)) {
            return std::move(*problem);
        }
        asked.entity = std::get<Address>(std::move(target));
    }
    return engine::Event(std::move(asked));
}

// A name of two parts is an entity's path without the id.
std::optional<TypeName> type_of(std::string_view segments) {
    auto target = ingress::parse_target(std::string(segments) + "/");
    auto* address = std::get_if<Address>(&target);
    return address == nullptr ? std::nullopt : std::optional(std::move(address->type));
}

Parsed<engine::Event> type_event(const HttpHead& head, WaiterId waiter, std::string_view segments) {
    auto type = type_of(segments);
    if (!type) {
        return Problem{Errc::malformed_path, "name a type: /v1/types/{namespace}/{type}"};
    }
    if (type->ns == kGatewayNamespace) {
        return Problem{Errc::reserved_type, type->text()};
    }
    if (reads(head)) {
        if (auto problem = object_to_parameters(head.query())) {
            return std::move(*problem);
        }
        return engine::Event(engine::TypeAsked{waiter, std::move(*type)});
    }
    auto order = parse_order(head.query(), kTypeActions);
    if (auto* problem = std::get_if<Problem>(&order)) {
        return std::move(*problem);
    }
    return engine::Event(engine::TypeOrdered{waiter, std::move(*type), std::get<0>(order).action});
}

Parsed<engine::Event> refused_event(const HttpHead& head, WaiterId waiter) {
    auto parsed = parameters(head.query(), {"limit", "cursor", "source"});
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return std::move(*problem);
    }
    auto& values = std::get<0>(parsed);
    engine::RefusedRecordsAsked asked;
    asked.waiter = waiter;
    if (auto problem = read_page(values, asked.cursor, asked.limit)) {
        return std::move(*problem);
    }
    if (values.contains("source")) {
        asked.source = TypeName::parse(percent_decode(values["source"]).value_or(""));
        if (!asked.source) {
            return Problem{Errc::bad_parameter, "source is namespace/name of an ingress"};
        }
    }
    return engine::Event(std::move(asked));
}

Parsed<engine::Event>
refused_order(const HttpHead& head, WaiterId waiter, std::string_view segments) {
    auto source = type_of(segments);
    if (!source) {
        return Problem{
            Errc::malformed_path, "name an ingress: /v1/refused-records/{namespace}/{name}"
        };
    }
    auto order = parse_order(head.query(), kRefusedActions, "record");
    if (auto* problem = std::get_if<Problem>(&order)) {
        return std::move(*problem);
    }
    std::string& record = std::get<0>(order).about;
    if (record.empty()) {
        return Problem{
            Errc::bad_parameter, "record must name the refused record, as the list does"
        };
    }
    return engine::Event(engine::RefusedRecordOrdered{waiter, std::move(*source), std::move(record)}
    );
}

// Of an entity or of a dead letter.
Parsed<engine::Event>
target_event(const HttpHead& head, WaiterId waiter, bool entities, std::string_view segments) {
    auto target = ingress::parse_target(segments);
    if (auto* problem = std::get_if<Problem>(&target)) {
        return std::move(*problem);
    }
    Address entity = std::get<Address>(std::move(target));
    // (Letters may belong to it: records that their egress could not take.)
    if (entities && entity.type.ns == kGatewayNamespace) {
        return Problem{Errc::reserved_type, entity.type.text()};
    }
    return entities ? entity_event(head, waiter, std::move(entity))
                    : letter_event(head, waiter, std::move(entity));
}

OperatorRequest request_of(Parsed<engine::Event> event) {
    if (auto* problem = std::get_if<Problem>(&event)) {
        return runtime::problem_response(*problem);
    }
    return std::get<engine::Event>(std::move(event));
}

}  // namespace

std::optional<OperatorRequest> operator_request(const HttpHead& head, WaiterId waiter) {
    std::string_view path = head.path();
    bool writes = head.method == "POST";
    if (auto rest = behind(path, kLetters)) {
        if (rest->empty()) {
            return reads(head) ? request_of(letters_event(head, waiter))
                               : refuse_method("GET, HEAD");
        }
        return writes ? request_of(target_event(head, waiter, false, rest->substr(1)))
                      : refuse_method("POST");
    }
    if (auto rest = behind(path, kRefused)) {
        if (rest->empty()) {
            return reads(head) ? request_of(refused_event(head, waiter))
                               : refuse_method("GET, HEAD");
        }
        return writes ? request_of(refused_order(head, waiter, rest->substr(1)))
                      : refuse_method("POST");
    }
    if (path == kModule) {
        if (!writes) {
            return refuse_method("POST");
        }
        if (auto problem = object_to_parameters(head.query())) {
            return runtime::problem_response(*problem);
        }
        return ReloadOrder{};
    }
    auto entity = behind(path, kEntities);
    auto type = behind(path, kTypes);
    if (!entity && !type) {
        return std::nullopt;
    }
    if (!reads(head) && !writes) {
        return refuse_method("GET, HEAD, POST");
    }
    std::string_view segments = entity.value_or(type.value_or(""));
    if (segments.empty()) {
        return runtime::problem_response(
            {Errc::malformed_path,
             entity ? "name an entity: /v1/entities/{namespace}/{type}/{id}"
                    : "name a type: /v1/types/{namespace}/{type}"}
        );
    }
    segments.remove_prefix(1);
    return request_of(
        entity ? target_event(head, waiter, true, segments) : type_event(head, waiter, segments)
    );
}

}  // namespace sfg::admin
