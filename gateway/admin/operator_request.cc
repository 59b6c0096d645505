#include "gateway/admin/operator_request.h"

#include "gateway/ingress/request.h"
#include "protocol/errors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::admin {

namespace {

using runtime::HttpHead;

constexpr std::string_view kEntities = "/v1/entities";
constexpr std::string_view kTypes = "/v1/types";
constexpr std::string_view kLetters = "/v1/dead-letters";
constexpr std::string_view kModule = "/v1/module";

template <typename T>
using Parsed = ingress::Parsed<T>;

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

// The parameters of a query, as they stand: a value may be a path, whose parts are encoded apart.
Parsed<std::map<std::string, std::string_view>>
parameters(std::string_view query, const std::vector<std::string_view>& known) {
    std::map<std::string, std::string_view> found;
    while (!query.empty()) {
        std::string_view pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        std::string name(pair.substr(0, pair.find('=')));
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return Problem{Errc::bad_parameter, "there is no parameter '" + name + "' here"};
        }
        std::string_view value = pair.substr(std::min(pair.size(), name.size() + 1));
        if (!found.emplace(std::move(name), value).second) {
            return Problem{Errc::bad_parameter, "a parameter is given twice"};
        }
    }
    return found;
}

std::optional<Problem> object_to_parameters(std::string_view query) {
    auto none = parameters(query, {});
    auto* problem = std::get_if<Problem>(&none);
    return problem == nullptr ? std::nullopt : std::optional(std::move(*problem));
}

// A value with slashes is a path; without, it is one whose slashes were encoded, too.
std::string as_path(std::string_view value) {
    if (value.find('/') != std::string_view::npos) {
        return std::string(value);
    }
    return percent_decode(value).value_or(std::string(value));
}

template <typename Action>
struct Named {
    std::string_view name;
    Action action;
};

using engine::DeadLetterAction;
using engine::EntityAction;
using engine::TypeAction;

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

constexpr std::array kLetterActions = {
    Named<DeadLetterAction>{"replay", DeadLetterAction::replay},
    Named<DeadLetterAction>{"drop", DeadLetterAction::drop},
};

template <typename Action>
struct Order {
    Action action;
    std::string message;
};

// ?action=, and ?message= where the action is about one.
template <typename Action, std::size_t N>
Parsed<Order<Action>>
parse_order(std::string_view query, const std::array<Named<Action>, N>& actions) {
    auto parsed = parameters(query, {"action", "message"});
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return std::move(*problem);
    }
    auto& values = std::get<0>(parsed);
    std::string names;
    for (const Named<Action>& named : actions) {
        names += (names.empty() ? "" : ", ") + std::string(named.name);
        if (values.contains("action") && values["action"] == named.name) {
            std::string message = percent_decode(values["message"]).value_or("");
            return Order<Action>{named.action, std::move(message)};
        }
    }
    return Problem{Errc::bad_parameter, "action is one of " + names};
}

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
    if (about_head && order.message.empty()) {
        return Problem{
            Errc::bad_parameter,
            "message must name the first message of the mailbox, as the entity's page does "
            "(mailbox.head.message_id)"
        };
    }
    return engine::Event(
        engine::EntityOrdered{waiter, std::move(entity), order.action, std::move(order.message)}
    );
}

Parsed<engine::Event> letter_event(const HttpHead& head, WaiterId waiter, Address entity) {
    auto parsed = parse_order(head.query(), kLetterActions);
    if (auto* problem = std::get_if<Problem>(&parsed)) {
        return std::move(*problem);
    }
    auto& order = std::get<0>(parsed);
    if (order.message.empty()) {
        return Problem{Errc::bad_parameter, "message must name the dead letter"};
    }
    return engine::Event(
        engine::DeadLetterOrdered{waiter, std::move(entity), std::move(order.message), order.action}
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
    asked.cursor = percent_decode(values["cursor"]).value_or("?");
    if (values.contains("limit")) {
        std::string_view text = values["limit"];
        auto end = std::from_chars(text.data(), text.data() + text.size(), asked.limit);
        if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || asked.limit == 0) {
            return Problem{Errc::bad_parameter, "limit is a number from 1"};
        }
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

Parsed<engine::Event> type_event(const HttpHead& head, WaiterId waiter, std::string_view segments) {
    // The name of a type is an entity's path without the id.
    auto target = ingress::parse_target(std::string(segments) + "/");
    if (std::holds_alternative<Problem>(target)) {
        return Problem{Errc::malformed_path, "name a type: /v1/types/{namespace}/{type}"};
    }
    TypeName type = std::get<Address>(std::move(target)).type;
    if (reads(head)) {
        if (auto problem = object_to_parameters(head.query())) {
            return std::move(*problem);
        }
        return engine::Event(engine::TypeAsked{waiter, std::move(type)});
    }
    auto order = parse_order(head.query(), kTypeActions);
    if (auto* problem = std::get_if<Problem>(&order)) {
        return std::move(*problem);
    }
    return engine::Event(engine::TypeOrdered{waiter, std::move(type), std::get<0>(order).action});
}

// Of an entity or of a dead letter.
Parsed<engine::Event>
target_event(const HttpHead& head, WaiterId waiter, bool entities, std::string_view segments) {
    auto target = ingress::parse_target(segments);
    if (auto* problem = std::get_if<Problem>(&target)) {
        return std::move(*problem);
    }
    Address entity = std::get<Address>(std::move(target));
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
