#include "gateway/admin/operator_door.h"

#include "gateway/admin/operator_request.h"
#include "gateway/ingress/inbox.h"
#include "protocol/errors.h"

#include <string>
#include <utility>
#include <variant>

namespace sfg::admin {

using runtime::BodyPlan;
using runtime::HttpHead;

struct OperatorDoor::Request final : runtime::HttpContext {
    explicit Request(std::optional<engine::Event> asked) : event(std::move(asked)) {}

    std::optional<engine::Event> event;  // Absent: a reload.
};

std::optional<BodyPlan> OperatorDoor::plan(const HttpHead& head, runtime::ExchangeId id) const {
    auto asked = operator_request(head, ingress::waiter_of(id));
    if (!asked) {
        return std::nullopt;
    }
    if (auto* refusal = std::get_if<runtime::HttpResponse>(&*asked)) {
        return BodyPlan{std::move(*refusal), nullptr};
    }
    std::optional<engine::Event> event;
    if (auto* for_engine = std::get_if<engine::Event>(&*asked)) {
        event = std::move(*for_engine);
    }
    return BodyPlan{runtime::BodyCollected{0}, std::make_unique<Request>(std::move(event))};
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
    if (request->event) {
        probe_.put(std::move(*request->event));
    } else {
        probe_.reload(ingress::waiter_of(id));
    }
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
