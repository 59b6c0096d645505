// Failure: why a call did not bring effects, sorted by the kinds of design D6.
//
// Threads:  pure functions and values.
// Source:   acceptance as StateFun's Netty client does it, with one relaxation: parameters after
//           the media type are accepted. A 2xx without the media type is never a success: one
//           official sample server answers errors that way.
#pragma once

#include "gateway/engine/events.h"
#include "gateway/functions/http_response.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sfg::functions {

using engine::FailureKind;
using engine::FailurePoint;

struct Failure {
    FailureKind kind = FailureKind::down;
    std::string reason;
    std::chrono::milliseconds retry_after{0};  // What the server asked for; 0: nothing.
    bool overloaded = false;                   // It answered 429 or 503.
    FailurePoint point = FailurePoint::answer;
    int status = 0;             // Of the answer; 0: there was none.
    std::string response = {};  // Of its body, the first kShownResponseBytes.
};

// What can go wrong before there is a whole answer.
enum class Trouble : std::uint8_t {
    resolve,         // The name has no address.
    connect,         // Refused, unreachable, time-out of connecting.
    tls,             // A check of the TLS handshake failed, or the peer refused ours.
    timed_out,       // The call budget ran out.
    disconnected,    // The peer closed before the first byte of its answer.
    cut_off,         // The peer closed within its answer.
    malformed,       // Not HTTP/1.x, or against its rules.
    other_protocol,  // HTTP/2, TLS or no TLS where something else was expected.
    bad_encoding,    // A Content-Encoding that is unknown, or not what it says.
    too_long,        // Header or body over their limit.
    bad_url,         // With this function's name the URL is none.
};

struct TroubleReport {
    Trouble trouble = Trouble::connect;
    std::string what;
};

[[nodiscard]] FailureKind kind_of(Trouble trouble);
[[nodiscard]] FailurePoint point_of(Trouble trouble);

[[nodiscard]] Failure failure_of(const TroubleReport& trouble);

// The kind of an answer with a status other than 2xx.
[[nodiscard]] FailureKind kind_of_status(int status);

// Whether a Content-Type says application/octet-stream: in any case, with any parameters, and alone
// or as one element of a list.
[[nodiscard]] bool is_octet_stream(std::string_view content_type);

// Whether the body of such an answer is a FromFunction.
[[nodiscard]] bool is_accepted(const HttpResponse& response);

// The longest Retry-After that is obeyed.
inline constexpr std::chrono::minutes kRetryAfterMax{10};

// The delay that a Retry-After asks for, as seconds or as an HTTP date; at most kRetryAfterMax, and
// 0 if it is neither.
[[nodiscard]] std::chrono::milliseconds
parse_retry_after(std::string_view text, std::chrono::system_clock::time_point now);

// Why an answer is refused; nothing if is_accepted().
[[nodiscard]] std::optional<Failure>
judge(const HttpResponse& response, std::chrono::system_clock::time_point now);

// `text` for a log line: bytes other than printable ASCII escaped, at most `bytes_max` of them.
[[nodiscard]] std::string printable(std::string_view text, std::size_t bytes_max);

}  // namespace sfg::functions
