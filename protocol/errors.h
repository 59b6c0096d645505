// Errors that a user sees: a stable code, an HTTP status, what happened and what to do.
//
// Threads:  values.
// A code is never given a second meaning. RFC 9457 (problem details) is the form on the wire:
// `application/problem+json` with type, title, status, detail, and our `code` and `remedy`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg {

enum class Errc : std::uint16_t {
    // 01xx: the request itself.
    malformed_path = 101,
    unknown_function = 102,
    bad_type = 103,
    body_too_large = 104,
    bad_body = 105,
    method_not_allowed = 106,
    not_found = 107,
    target_too_long = 108,
    bad_id = 109,
    bad_parameter = 110,
    malformed_request = 111,
    header_too_large = 112,
    not_implemented = 113,
    reserved_type = 114,
    key_reused = 115,
    length_required = 116,
    unknown_topic = 117,
    conflict = 118,
    bad_module = 119,
    bad_bulk_type = 120,
    too_many_messages = 121,
    bad_message = 122,
    // 02xx: the gateway can't take it now.
    overloaded = 201,
    mailbox_full = 202,
    shutting_down = 203,
    in_doubt = 204,
    disk_full = 205,
    too_many_keys = 206,
    too_many_calls = 207,
    starting = 208,
    too_many_connections = 209,
    // 03xx: a synchronous call.
    call_timeout = 301,
    no_reply_known = 302,
    request_timeout = 303,
    message_parked = 304,
    message_set_aside = 305,
    // 04xx: the engine does not answer the admin socket.
    engine_stuck = 401,
    internal = 500,
};

struct ErrorInfo {
    int http_status;
    std::string_view title;
    std::string_view remedy;
    bool retryable;
};

// What is known of a code in general.
[[nodiscard]] const ErrorInfo& info(Errc code);

// "SFG-0104".
[[nodiscard]] std::string code_text(Errc code);

// One occurrence. `detail` names the place and the value.
struct Problem {
    Errc code{};
    std::string detail;
};

// The JSON body of a problem+json answer; `message_id` where the problem is about one, `index`
// where it is about one of the messages of a body (counted from 0).
[[nodiscard]] std::string problem_json(
    const Problem& problem,
    std::string_view message_id = {},
    std::optional<std::uint32_t> index = {}
);

}  // namespace sfg
