// PlaygroundIngress: the HTTP ingress of StateFun's playground, on a port of its own.
//
//     PUT /<namespace>/<function>/<id>     any method; Content-Type: application/vnd.<typename>
//
// The type is what stands behind `application/vnd.`, parameters included; without that prefix it is
// io.statefun.types/string. The body is the value's bytes. The playground answers 200 to everything
// and tells the truth in a header named Status; here the status line tells it too, and 200 means
// that the message is durable.
//
// Threads, lifetime: as Api.
#pragma once

#include "gateway/ingress/api.h"

#include <memory>
#include <unordered_set>

namespace sfg::ingress {

class PlaygroundIngress final : public runtime::HttpHandler {
public:
    PlaygroundIngress(const ModuleSpec& module, ApiOptions options, Inbox inbox);

    void serve_on(runtime::HttpServer& server) { server_ = &server; }

    void on_answer(WaiterId waiter, engine::Answer answer);

    [[nodiscard]] const DoorCounters& counters() const { return counters_; }

    runtime::BodyPlan on_head(const runtime::HttpHead& head, runtime::ExchangeId id) override;
    runtime::BodyPlace place(runtime::HttpContext& context, std::size_t content_length) override;
    runtime::Next on_request(
        runtime::ExchangeId id,
        runtime::HttpBody body,
        std::unique_ptr<runtime::HttpContext> context
    ) override;
    void on_gone(runtime::ExchangeId id) override;

private:
    struct Request;

    const ModuleSpec& module_;
    const ApiOptions options_;
    const Inbox inbox_;
    runtime::HttpServer* server_ = nullptr;
    std::unordered_set<std::uint64_t> waiting_;
    DoorCounters counters_;
};

// The playground's odd header beside the real status.
void add_status_field(runtime::HttpResponse& response);

}  // namespace sfg::ingress
