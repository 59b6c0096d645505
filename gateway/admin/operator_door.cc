#include "gateway/admin/operator_door.h"

#include "gateway/ingress/inbox.h"
#include "gateway/ingress/request.h"
#include "protocol/errors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sfg::admin {

namespace {

using runtime::BodyPlan;
using runtime::HttpHead;

constexpr std::string_view kEntities = "/v1/entities";
constexpr std::string_view kLetters = "/v1/dead-letters";

template <typename T>
using Parsed = ingress::Parsed<T>;

BodyPlan refuse(const Problem& problem) {
    return {runtime::problem_response(problem), nullptr};
}

BodyPlan refuse_method(std::string_view allowed) {
    BodyPlan plan = refuse({Errc::method_not_allowed, "this path takes " + std::string(allowed)});
    std::get<runtime::HttpResponse>(plan.how).add("Allow", allowed);
    return plan;
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

constexpr std::array kEntityActions = {
    Named<EntityAction>{"retry", EntityAction::retry},
    Named<EntityAction>{"skip", EntityAction::skip},
    Named<EntityAction>{"dead-letter", EntityAction::dead_letter},
    Named<EntityAction>{"pause", EntityAction::pause},
    Named<EntityAction>{"resume", EntityAction::resume},
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
    if (head.method != "POST") {
        auto none = parameters(head.query(), {});
        if (auto* problem = std::get_if<Problem>(&none)) {
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

Parsed<engine::Event>
event_of(const HttpHead& head, WaiterId waiter, bool entities, std::string_view rest) {
    if (rest.empty()) {
        return letters_event(head, waiter);
    }
    auto target = ingress::parse_target(rest.substr(1));
    if (auto* problem = std::get_if<Problem>(&target)) {
        return std::move(*problem);
    }
    Address entity = std::get<Address>(std::move(target));
    return entities ? entity_event(head, waiter, std::move(entity))
                    : letter_event(head, waiter, std::move(entity));
}

}  // namespace

struct OperatorDoor::Request final : runtime::HttpContext {
    explicit Request(engine::Event asked) : event(std::move(asked)) {}

    engine::Event event;
};

std::optional<BodyPlan> OperatorDoor::plan(const HttpHead& head, runtime::ExchangeId id) const {
    std::string_view path = head.path();
    bool entities = path.starts_with(kEntities);
    if (!entities && !path.starts_with(kLetters)) {
        return std::nullopt;
    }
    std::string_view rest = path.substr(entities ? kEntities.size() : kLetters.size());
    if (!rest.empty() && rest[0] != '/') {
        return std::nullopt;
    }
    if (entities && rest.empty()) {
        return refuse({Errc::malformed_path, "name an entity: /v1/entities/{namespace}/{type}/{id}"}
        );
    }
    bool reads = head.method == "GET" || head.method == "HEAD";
    bool one_letter = !entities && !rest.empty();
    if (one_letter ? head.method != "POST" : rest.empty() && !reads) {
        return refuse_method(one_letter ? "POST" : "GET, HEAD");
    }
    if (!reads && head.method != "POST") {
        return refuse_method("GET, HEAD, POST");
    }
    auto event = event_of(head, ingress::waiter_of(id), entities, rest);
    if (auto* problem = std::get_if<Problem>(&event)) {
        return refuse(*problem);
    }
    return BodyPlan{
        runtime::BodyCollected{0},
        std::make_unique<Request>(std::get<engine::Event>(std::move(event)))
    };
}

bool OperatorDoor::ask(runtime::ExchangeId id, runtime::HttpContext& context) {
    auto* request = dynamic_cast<Request*>(&context);
    if (request == nullptr) {
        return false;
    }
    auto deadline =
        std::make_unique<runtime::Loop::DeadlineTimer>(loop_, [this, id] { give_up(id); });
    deadline->set(kPatience);
    waiting_.insert_or_assign(static_cast<std::uint64_t>(id), std::move(deadline));
    probe_.put(std::move(request->event));
    return true;
}

void OperatorDoor::give_up(runtime::ExchangeId id) {
    waiting_.erase(static_cast<std::uint64_t>(id));
    respond_(
        id,
        runtime::problem_response(
            {Errc::engine_stuck,
             "no answer within " + std::to_string(kPatience.count()) +
                 " s; an order may still be carried out: look again"}
        )
    );
}

void OperatorDoor::on_gone(runtime::ExchangeId id) {
    waiting_.erase(static_cast<std::uint64_t>(id));
}

void OperatorDoor::on_answer(WaiterId waiter, engine::Answer&& answer) {
    if (waiting_.erase(static_cast<std::uint64_t>(waiter)) == 0) {
        return;  // It was told that there is no answer, or has left.
    }
    if (auto* refused = std::get_if<engine::Refused>(&answer)) {
        respond_(ingress::exchange_of(waiter), ingress::refusal(*refused));
        return;
    }
    runtime::HttpResponse response;
    response.media_type = "application/json";
    response.add("Cache-Control", "no-store");
    if (auto* told = std::get_if<engine::Told>(&answer)) {
        response.body = std::move(told->json);
    }
    respond_(ingress::exchange_of(waiter), std::move(response));
}

}  // namespace sfg::admin
