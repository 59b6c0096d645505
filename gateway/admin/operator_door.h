// OperatorDoor: an operator's questions and orders, put to the engine as events with a time-out.
//
//     GET  /v1/entities/{namespace}/{type}/{id}
//     POST /v1/entities/{namespace}/{type}/{id}?action=retry|pause|resume
//     POST /v1/entities/{namespace}/{type}/{id}?action=purge|purge-to-dead-letters
//     POST /v1/entities/{namespace}/{type}/{id}?action=skip|dead-letter&message={message_id}
//     GET  /v1/types/{namespace}/{type}
//     POST /v1/types/{namespace}/{type}?action=pause|resume
//     GET  /v1/dead-letters?limit=&cursor=&type={namespace}/{type}&entity={namespace}/{type}/{id}
//     POST /v1/dead-letters/{namespace}/{type}/{id}?action=replay|drop&message={message_id}
//     POST /v1/module                                  reads the modules again
//
// Each part is percent-encoded, so any text can be an id, the empty one as a trailing slash.
//
// Threads:    the admin loop's; put() of the probe and Server::answer cross to the engine's.
// Lifetime:   the loop and the probe outlive it.
// Invariants: each exchange is answered once: by the engine, or by the deadline; what comes later
//             is dropped.
// Limits:     exchanges are bounded by the server's connections; kPatience.
#pragma once

#include "gateway/admin/report.h"
#include "gateway/runtime/http_types.h"
#include "gateway/runtime/loop.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

namespace sfg::admin {

// The space of the admin server's exchanges: doors have others (gateway/doors.h).
inline constexpr unsigned kAdminSpace = 8;

class OperatorDoor {
public:
    // A mailbox with very many messages takes a while to count.
    static constexpr std::chrono::seconds kPatience{15};

    using Respond = std::function<void(runtime::ExchangeId, runtime::HttpResponse)>;

    OperatorDoor(runtime::Loop& loop, EngineProbe& probe, Respond respond)
        : loop_(loop),
          probe_(probe),
          respond_(std::move(respond)) {}

    // Nothing: the path is not one of these.
    [[nodiscard]] std::optional<runtime::BodyPlan>
    plan(const runtime::HttpHead& head, runtime::ExchangeId id) const;

    // Whether the context is of a plan of this door; if so, its event is on its way.
    bool ask(runtime::ExchangeId id, runtime::HttpContext& context);

    void on_answer(WaiterId waiter, engine::Answer&& answer);
    void on_gone(runtime::ExchangeId id);

private:
    struct Request;

    void give_up(runtime::ExchangeId id);

    runtime::Loop& loop_;
    EngineProbe& probe_;
    Respond respond_;
    std::unordered_map<std::uint64_t, std::unique_ptr<runtime::Loop::DeadlineTimer>> waiting_;
};

}  // namespace sfg::admin
