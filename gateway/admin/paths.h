// Paths: what the admin port answers.
//
//     GET /healthz   200 while the engine answers, else 503 with how long it has not
//     GET /readyz    200 when messages are accepted, else 503 with every reason
//     GET /metrics   Prometheus text; also while the engine is silent, then without its part
//
// what operators ask and order (operator_door.h), and what they hear (event_stream.h). Further
// paths are reserved: 501.
//
// Threads:    the admin loop's.
// Lifetime:   the watch and the server that `respond` leads to outlive the exchanges.
// Limits:     no request has a body; the number of exchanges is the server's limit.
#pragma once

#include "gateway/admin/engine_watch.h"
#include "gateway/admin/event_stream.h"
#include "gateway/admin/operator_door.h"
#include "gateway/runtime/http_types.h"

#include <functional>
#include <memory>

namespace sfg::admin {

class Paths final : public runtime::HttpHandler {
public:
    using Respond = std::function<void(runtime::ExchangeId, runtime::HttpResponse)>;

    Paths(EngineWatch& watch, OperatorDoor& operators, EventStream& events, Respond respond)
        : watch_(watch),
          operators_(operators),
          events_(events),
          respond_(std::move(respond)) {}

    runtime::BodyPlan on_head(const runtime::HttpHead& head, runtime::ExchangeId id) override;
    runtime::BodyPlace place(runtime::HttpContext& context, std::size_t content_length) override;
    runtime::Next on_request(
        runtime::ExchangeId id,
        runtime::HttpBody body,
        std::unique_ptr<runtime::HttpContext> context
    ) override;

    void on_gone(runtime::ExchangeId id) override {
        operators_.on_gone(id);
        events_.on_gone(id);
    }

private:
    EngineWatch& watch_;
    OperatorDoor& operators_;
    EventStream& events_;
    Respond respond_;
};

}  // namespace sfg::admin
