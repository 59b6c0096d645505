// operator_request: what an operator asks for by method, path and query (see operator_door.h).
//
// Threads: any.
#pragma once

#include "gateway/engine/events.h"
#include "gateway/runtime/http_types.h"

#include <optional>
#include <variant>

namespace sfg::admin {

// The modules are to be read again.
struct ReloadOrder {};

// A question or an order for the engine or the gateway, or the refusal of what is none.
using OperatorRequest = std::variant<engine::Event, ReloadOrder, runtime::HttpResponse>;

// Nothing: it is none of an operator's paths.
[[nodiscard]] std::optional<OperatorRequest>
operator_request(const runtime::HttpHead& head, WaiterId waiter);

}  // namespace sfg::admin
