#include "gateway/admin/event_stream.h"

#include "gateway/admin/event_text.h"
#include "protocol/errors.h"

#include <string>
#include <utility>
#include <vector>

namespace sfg::admin {

namespace {

using runtime::BodyPlan;
using runtime::HttpResponse;

constexpr std::string_view kPath = "/v1/events";

HttpResponse too_many() {
    HttpResponse response = runtime::problem_response(
        {Errc::overloaded,
         std::to_string(EventStream::kListenersMax) + " clients listen to /v1/events already"}
    );
    response.add("Retry-After", "1");
    return response;
}

}  // namespace

struct EventStream::Listen final : runtime::HttpContext {};

std::optional<BodyPlan> EventStream::plan(const runtime::HttpHead& head) const {
    if (head.path() != kPath) {
        return std::nullopt;
    }
    if (head.method != "GET") {
        HttpResponse refusal =
            runtime::problem_response({Errc::method_not_allowed, "/v1/events is read with GET"});
        refusal.add("Allow", "GET");
        return BodyPlan{std::move(refusal), nullptr};
    }
    if (!head.query().empty()) {
        Problem problem{Errc::bad_parameter, "/v1/events has no parameters"};
        return BodyPlan{runtime::problem_response(problem), nullptr};
    }
    if (is_full()) {
        return BodyPlan{too_many(), nullptr};
    }
    return BodyPlan{runtime::BodyCollected{0}, std::make_unique<Listen>()};
}

bool EventStream::ask(runtime::ExchangeId id, const runtime::HttpContext& context) {
    if (dynamic_cast<const Listen*>(&context) == nullptr) {
        return false;
    }
    if (is_full()) {
        wire_.respond(id, too_many());
        return true;
    }
    if (listeners_.empty()) {
        heartbeat_.set(kHeartbeat);
    }
    listeners_.insert(id);
    has_listeners_ = true;
    HttpResponse response;
    response.media_type = "text/event-stream";
    response.add("Cache-Control", "no-store");
    response.streams = true;
    response.body = ": what happens from here on\n\n";
    wire_.respond(id, std::move(response));
    return true;
}

void EventStream::happened(engine::Happening happening) {
    if (!has_listeners_) {
        return;
    }
    if (on_the_way_.fetch_add(1) >= kOnTheWayMax) {
        --on_the_way_;
        ++lost_;
        return;
    }
    loop_.post([this, happening = std::move(happening)] {
        --on_the_way_;
        tell(happening);
    });
}

void EventStream::tell(const engine::Happening& happening) {
    std::string text;
    std::uint64_t all_lost = lost_;
    std::uint64_t lost = all_lost - std::exchange(lost_told_, all_lost);
    if (lost > 0) {
        number_ += lost;
        text = lost_text(number_, lost);
    }
    ++told_;
    text += event_text(++number_, happening);
    send(text);
}

void EventStream::send(std::string_view text) {
    std::vector<runtime::ExchangeId> left;
    for (runtime::ExchangeId id : listeners_) {
        runtime::Streamed streamed = wire_.stream(id, text, kPendingBytesMax);
        if (streamed == runtime::Streamed::full) {
            ++cut_off_;
            wire_.cut(id);
        }
        if (streamed != runtime::Streamed::taken) {
            left.push_back(id);
        }
    }
    for (runtime::ExchangeId id : left) {
        leave(id);
    }
}

void EventStream::leave(runtime::ExchangeId id) {
    listeners_.erase(id);
    has_listeners_ = !listeners_.empty();
}

void EventStream::beat() {
    send(":\n\n");
    if (!listeners_.empty()) {
        heartbeat_.set(kHeartbeat);
    }
}

EventCounts EventStream::counts() const {
    return {listeners_.size(), told_, lost_, cut_off_};
}

}  // namespace sfg::admin
