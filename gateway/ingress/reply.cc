#include "gateway/ingress/reply.h"

#include "gateway/ingress/inbox.h"
#include "gateway/ingress/typed_view.h"
#include "protocol/limits.h"
#include "protocol/typed_value.h"

namespace sfg::ingress {

runtime::HttpResponse refusal(const engine::Refused& refused) {
    runtime::HttpResponse response = runtime::problem_response(refused.problem);
    response.body = problem_json(refused.problem, refused.message_id, refused.place);
    if (refused.retry_after.count() > 0) {
        response.add("Retry-After", std::to_string(refused.retry_after.count()));
    }
    if (!refused.message_id.empty()) {
        response.add("StateFun-Message-Id", refused.message_id);
    }
    return response;
}

runtime::HttpResponse message_id_response(int status, std::string_view message_id) {
    runtime::HttpResponse response;
    response.status = status;
    response.media_type = "application/json";
    response.body.reserve(message_id.size() + 20);
    response.body += R"({"message_id":")";
    response.body += message_id;
    response.body += "\"}\n";
    return response;
}

runtime::HttpResponse bulk_response(const engine::BulkAccepted& accepted, bool is_minimal) {
    runtime::HttpResponse response;
    response.status = 202;
    response.media_type = "application/json";
    std::string& body = response.body;
    body = "{\"messages\":" + std::to_string(accepted.messages.size()) + ",\"duplicates\":[";
    for (std::uint32_t place : accepted.repeats) {
        body += (body.back() == '[' ? "" : ",") + std::to_string(place);
    }
    body += ']';
    if (is_minimal) {
        response.add("Preference-Applied", "return=minimal");
    } else {
        body.reserve(body.size() + accepted.messages.size() * (kMessageIdBytes + 3) + 32);
        body += ",\"message_ids\":[";
        for (MessageKey key : accepted.messages) {
            body += body.back() == '[' ? "\"" : ",\"";
            body += message_id(accepted.store, key);
            body += '"';
        }
        body += ']';
    }
    body += "}\n";
    return response;
}

runtime::HttpResponse reply_response(const engine::Reply& reply, ReplyForm form) {
    runtime::HttpResponse response;
    response.add("StateFun-Message-Id", reply.message_id);
    auto view = view_typed_value(reply.typed_value.view());
    if (!view || view->type_name.empty()) {
        return response;  // A reply without an argument: an empty answer.
    }
    // A longer name would break the clients' limits for a header line; the value still arrives.
    bool named = view->type_name.size() <= kNameBytesMax;
    if (named) {
        response.add("StateFun-Type", view->type_name);
    }
    if (form != ReplyForm::bytes && is_primitive_type(view->type_name)) {
        bool json = form == ReplyForm::json;
        auto text = json ? decode_json(view->type_name, view->value)
                         : decode_text(view->type_name, view->value);
        if (text) {
            response.media_type = json ? "application/json" : "text/plain; charset=utf-8";
            response.body = std::move(*text);
            return response;
        }
    }
    response.add(
        "Content-Type",
        named ? "application/vnd." + std::string(view->type_name) : "application/octet-stream"
    );
    response.owner = reply.typed_value;
    response.shared_body = view->value;
    return response;
}

}  // namespace sfg::ingress
