#include "gateway/admin/paths.h"

#include "gateway/admin/metrics_text.h"
#include "gateway/admin/process_facts.h"
#include "gateway/admin/readiness.h"
#include "gateway/cli/version.h"
#include "gateway/runtime/log.h"
#include "protocol/assert.h"
#include "protocol/errors.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sfg::admin {

namespace {

using runtime::BodyPlan;
using runtime::HttpResponse;
using std::chrono::milliseconds;

// What a page is made of. `report` is nullptr if the engine does not answer.
struct Facts {
    const EngineReport* report;
    milliseconds silence;
    EventCounts events;
};

using Page = HttpResponse (*)(const Facts& facts);

HttpResponse engine_silent(milliseconds silence) {
    std::string seconds =
        std::to_string(silence.count() / 1000) + "." + std::to_string(silence.count() % 1000 / 100);
    return runtime::problem_response(
        {Errc::engine_stuck, "the engine has not answered for " + seconds + " s"}
    );
}

HttpResponse good(std::string body) {
    HttpResponse response;
    response.media_type = "application/json";
    response.add("Cache-Control", "no-store");
    response.body = std::move(body);
    return response;
}

HttpResponse health(const Facts& facts) {
    return facts.report == nullptr ? engine_silent(facts.silence) : good("{\"status\":\"ok\"}\n");
}

HttpResponse readiness(const Facts& facts) {
    if (facts.report == nullptr) {
        return engine_silent(facts.silence);
    }
    std::vector<Problem> reasons = reasons_not_ready(*facts.report);
    if (reasons.empty()) {
        return good("{\"status\":\"ready\"}\n");
    }
    std::string all;
    for (const Problem& reason : reasons) {
        all += (all.empty() ? "" : "; ") + reason.detail;
    }
    HttpResponse response = runtime::problem_response({reasons.front().code, all});
    response.status = 503;
    response.add("Retry-After", "1");
    return response;
}

HttpResponse metrics(const Facts& facts) {
    MetricsInput input;
    input.report = facts.report;
    input.silence = facts.silence;
    input.events = facts.events;
    input.process = process_facts();
    input.log_dropped = log::dropped();
    input.version = SFG_VERSION;
    input.compiler = cli::compiler_text();
    HttpResponse response;
    response.media_type = kMetricsMediaType;
    response.body = metrics_text(input);
    return response;
}

struct Route {
    std::string_view path;
    Page page;
};

constexpr std::array kRoutes = {
    Route{"/healthz", health},
    Route{"/readyz", readiness},
    Route{"/metrics", metrics},
};

constexpr std::array<std::string_view, 3> kReserved = {"/v1/timers", "/v1/endpoints", "/v1/export"};

bool is_reserved(std::string_view path) {
    for (std::string_view prefix : kReserved) {
        bool is_below = path.size() > prefix.size() && path[prefix.size()] == '/';
        if (path.starts_with(prefix) && (path.size() == prefix.size() || is_below)) {
            return true;
        }
    }
    return false;
}

// What is kept of a request between its head and its end.
struct Asked final : runtime::HttpContext {
    explicit Asked(Page chosen) : page(chosen) {}

    Page page;
};

BodyPlan refuse(const Problem& problem) {
    return {runtime::problem_response(problem), nullptr};
}

}  // namespace

BodyPlan Paths::on_head(const runtime::HttpHead& head, runtime::ExchangeId id) {
    if (auto plan = operators_.plan(head, id)) {
        return std::move(*plan);
    }
    if (auto plan = events_.plan(head)) {
        return std::move(*plan);
    }
    std::string_view path = head.path();
    const Route* found = nullptr;
    for (const Route& route : kRoutes) {
        found = route.path == path ? &route : found;
    }
    if (found == nullptr && is_reserved(path)) {
        return refuse({Errc::not_implemented, std::string(path) + " comes with a later version"});
    }
    if (found == nullptr) {
        return refuse(
            {Errc::not_found,
             "the admin port has /healthz, /readyz, /metrics, /v1/entities, "
             "/v1/types, /v1/dead-letters, /v1/refused-records, /v1/events and /v1/module"}
        );
    }
    if (head.method != "GET" && head.method != "HEAD") {
        BodyPlan plan = refuse({Errc::method_not_allowed, std::string(path) + " is read with GET"});
        std::get<HttpResponse>(plan.how).add("Allow", "GET, HEAD");
        return plan;
    }
    return {runtime::BodyCollected{0}, std::make_unique<Asked>(found->page)};
}

runtime::BodyPlace Paths::place(runtime::HttpContext& /*context*/, std::size_t content_length) {
    SFG_ASSERT(content_length == 0, "no plan of ours puts a body in place");
    return {};
}

runtime::Next Paths::on_request(
    runtime::ExchangeId id,
    runtime::HttpBody /*body*/,
    std::unique_ptr<runtime::HttpContext> context
) {
    if (operators_.ask(id, *context) || events_.ask(id, *context)) {
        return runtime::Next::proceed;
    }
    Page page = static_cast<const Asked&>(*context).page;
    watch_.ask([this, id, page](const EngineReport* report, milliseconds silence) {
        respond_(id, page({report, silence, events_.counts()}));
    });
    return runtime::Next::proceed;
}

}  // namespace sfg::admin
