#include "protocol/errors.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace sfg {

namespace {

using Entry = std::pair<Errc, ErrorInfo>;

const std::array kErrors = {
    Entry{
        Errc::malformed_path,
        {400,
         "The path does not name an entity",
         "Use /v1/send/{namespace}/{type}/{id}; percent-encode each part.",
         false}
    },
    Entry{
        Errc::unknown_function,
        {404,
         "No endpoint serves this function type",
         "Bind it in module.yaml (functions: namespace/type or namespace/*) and reload it.",
         false}
    },
    Entry{
        Errc::bad_type,
        {415,
         "The type of the argument is not known",
         "Name it with Content-Type: application/vnd.<namespace>/<name> or the header "
         "StateFun-Type.",
         false}
    },
    Entry{
        Errc::body_too_large,
        {413, "The body is too large", "Send less, or raise the limit in gateway.yaml.", false}
    },
    Entry{
        Errc::bad_body,
        {400, "The body does not fit its type", "Send the text form of the type.", false}
    },
    Entry{
        Errc::method_not_allowed,
        {405, "This path does not take that method", "See the Allow header.", false}
    },
    Entry{Errc::not_found, {404, "There is nothing here", "See README.md for the paths.", false}},
    Entry{
        Errc::target_too_long,
        {414, "The request target is too long", "Send long ids another way than in a path.", false}
    },
    Entry{
        Errc::bad_id,
        {400, "The id cannot be carried", "An id is UTF-8 text of at most 65536 bytes.", false}
    },
    Entry{
        Errc::bad_parameter,
        {400, "A parameter or header has a bad value", "Correct the value named in detail.", false}
    },
    Entry{
        Errc::malformed_request,
        {400, "This is not a valid HTTP/1.1 request", "Check the client or the proxy.", false}
    },
    Entry{
        Errc::header_too_large,
        {431, "The header is too large", "Send fewer or shorter header fields.", false}
    },
    Entry{
        Errc::not_implemented,
        {501, "Not supported by this version", "See CHANGELOG.md for what is.", false}
    },
    Entry{
        Errc::reserved_type,
        {403, "This type is reserved for the gateway", "Address a function of your own.", false}
    },
    Entry{
        Errc::key_reused,
        {422,
         "The Idempotency-Key was used for another content",
         "Use a new key for a new message.",
         false}
    },
    Entry{
        Errc::length_required,
        {411, "The length of the body is not known", "Send Content-Length or chunks.", false}
    },
    Entry{
        Errc::unknown_topic,
        {405,
         "The topic is not declared",
         "Add it to the topics of the playground egress in module.yaml.",
         false}
    },
    Entry{
        Errc::bad_module,
        {422,
         "The module can't be bound, so nothing was changed",
         "Correct what detail names (statefun-gateway validate shows the same) and reload.",
         false}
    },
    Entry{
        Errc::conflict,
        {409,
         "This order does not fit what is there now",
         "Look at the entity or the dead letter again, and order anew.",
         false}
    },
    Entry{
        Errc::bad_bulk_type,
        {415,
         "The body is in no form for many messages",
         "Send application/x-ndjson or application/vnd.google.protobuf; encoding=delimited. For "
         "one "
         "message name its entity in the path: /v1/send/{namespace}/{type}/{id}.",
         false}
    },
    Entry{
        Errc::too_many_messages,
        {413, "There are too many messages in one body", "Send them in several bodies.", false}
    },
    Entry{
        Errc::bad_message,
        {400,
         "A message of the body can't be understood",
         "Correct the one that detail names, and send all of them again: none was taken.",
         false}
    },
    Entry{
        Errc::overloaded,
        {503, "The gateway is at its limit", "Repeat after the time in Retry-After.", true}
    },
    Entry{
        Errc::mailbox_full,
        {429,
         "Too many messages wait for this entity",
         "Repeat after the time in Retry-After; see why the entity waits.",
         true}
    },
    Entry{
        Errc::shutting_down,
        {503, "The gateway is stopping", "Repeat; another instance or the restart answers.", true}
    },
    Entry{
        Errc::in_doubt,
        {503,
         "The message may or may not have been accepted",
         "Repeat with the same Idempotency-Key.",
         true}
    },
    Entry{
        Errc::disk_full,
        {503, "The disk is nearly full", "Free space; work resumes by itself.", true}
    },
    Entry{
        Errc::too_many_keys,
        {503, "Too many Idempotency-Keys are remembered", "Repeat later or without a key.", true}
    },
    Entry{
        Errc::too_many_calls,
        {503, "Too many calls are kept", "Repeat later or use send.", true}
    },
    Entry{
        Errc::starting,
        {503, "The gateway is starting", "Repeat after the time in Retry-After.", true}
    },
    Entry{
        Errc::too_many_connections,
        {503, "Too many connections", "Reuse connections, or raise the limit.", true}
    },
    Entry{
        Errc::call_timeout,
        {504,
         "The function has not replied in time",
         "Fetch the reply later: GET /v1/replies/{message_id}.",
         true}
    },
    Entry{
        Errc::no_reply_known,
        {404, "No call of that id is known", "Replies are kept for a limited time.", false}
    },
    Entry{
        Errc::request_timeout,
        {408, "The request did not arrive in time", "Send it faster.", true}
    },
    Entry{
        Errc::message_parked,
        {502,
         "The function can't process this message, which holds up its entity",
         "Mend the function and order a retry, or have the message skipped or set aside.",
         false}
    },
    Entry{
        Errc::message_set_aside,
        {502,
         "The function can't process this message, which is now a dead letter",
         "Mend the function and replay the dead letter.",
         false}
    },
    Entry{
        Errc::engine_stuck,
        {503, "The engine does not answer", "See the log and the loop lag metric.", true}
    },
    Entry{Errc::internal, {500, "Internal error", "Report this with the log.", true}},
};

}  // namespace

const ErrorInfo& info(Errc code) {
    for (const auto& [known, entry] : kErrors) {
        if (known == code) {
            return entry;
        }
    }
    return info(Errc::internal);
}

std::string code_text(Errc code) {
    std::string digits = std::to_string(static_cast<int>(code));
    return "SFG-" + std::string(4 - digits.size(), '0') + digits;
}

std::string problem_json(
    const Problem& problem,
    std::string_view message_id,
    std::optional<std::uint32_t> index
) {
    const ErrorInfo& known = info(problem.code);
    nlohmann::ordered_json body = {
        {"type", "about:blank"},
        {"title", known.title},
        {"status", known.http_status},
        {"code", code_text(problem.code)},
        {"detail", problem.detail},
        {"remedy", known.remedy},
    };
    if (!message_id.empty()) {
        body["message_id"] = message_id;
    }
    if (index) {
        body["index"] = *index;
    }
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace sfg
