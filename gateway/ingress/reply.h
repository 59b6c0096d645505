// Answers of the API: message ids, replies, refusals.
//
// Threads: pure functions.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/ingress/request.h"
#include "gateway/runtime/http_types.h"

#include <string_view>

namespace sfg::ingress {

// {"message_id": "..."}.
[[nodiscard]] runtime::HttpResponse message_id_response(int status, std::string_view message_id);

// {"messages": 2, "duplicates": [1], "message_ids": ["...", "..."]}: `duplicates` are places in the
// body (from 0) of messages that were accepted before. Minimal: without the ids.
[[nodiscard]] runtime::HttpResponse
bulk_response(const engine::BulkAccepted& accepted, bool is_minimal);

// The reply's bytes, or the text or JSON form of a primitive where the client asked for it.
[[nodiscard]] runtime::HttpResponse reply_response(const engine::Reply& reply, ReplyForm form);

}  // namespace sfg::ingress
