#include "gateway/functions/failure.h"

#include <catch2/catch.hpp>

namespace sfg::functions {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

// Sun, 06 Nov 1994 08:49:37 GMT
const system_clock::time_point kThen = system_clock::from_time_t(784111777);

HttpResponse answer(int status, std::optional<std::string> type = std::nullopt) {
    HttpResponse response;
    response.status = status;
    response.content_type = std::move(type);
    return response;
}

std::string reason(const HttpResponse& response) {
    return judge(response, kThen)->reason;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("R24 only application/octet-stream is the media type of an answer", "[functions]") {
    CHECK(is_octet_stream("application/octet-stream"));
    CHECK(is_octet_stream("Application/Octet-STREAM"));
    CHECK(is_octet_stream("application/octet-stream; charset=utf-8"));
    CHECK(is_octet_stream(" application/octet-stream ;x"));
    CHECK(is_octet_stream("text/plain, application/octet-stream"));
    CHECK_FALSE(is_octet_stream(""));
    CHECK_FALSE(is_octet_stream("text/html"));
    CHECK_FALSE(is_octet_stream("application/octet-streams"));
    CHECK_FALSE(is_octet_stream("text/plain; x=application/octet-stream"));
}

TEST_CASE("statuses are sorted into the three kinds", "[functions]") {
    for (int status : {408, 429, 502, 503, 504}) {
        CHECK(kind_of_status(status) == FailureKind::down);
    }
    CHECK(kind_of_status(413) == FailureKind::too_large);
    for (int status : {301, 304, 400, 401, 404, 409, 415, 500, 501, 505, 599, 999, 0}) {
        CHECK(kind_of_status(status) == FailureKind::rejected);
    }
}

TEST_CASE("a 2xx with the media type is accepted, also an empty one", "[functions]") {
    CHECK_FALSE(judge(answer(200, "application/octet-stream"), kThen));
    CHECK_FALSE(judge(answer(204, "application/octet-stream"), kThen));
}

TEST_CASE("R24 a 2xx without the media type is rejected, and its type named", "[functions]") {
    auto refused = judge(answer(200), kThen);
    REQUIRE(refused);
    CHECK(refused->kind == FailureKind::rejected);
    CHECK(has(refused->reason, "200 without a Content-Type"));
    CHECK(has(reason(answer(200, "text/html")), "Content-Type 'text/html'"));
}

TEST_CASE("a redirect's reason names where it leads", "[functions]") {
    HttpResponse response = answer(307);
    response.location = "https://elsewhere/fn";
    CHECK(has(reason(response), "307, a redirect to 'https://elsewhere/fn'"));
}

TEST_CASE("R03 a reason shows the beginning of the body in printable form", "[functions]") {
    HttpResponse response = answer(500);
    response.status_text = "Internal Server Error";
    response.body = "Traceback\n\x01 \"x\" " + std::string(500, 'a');
    std::string text = reason(response);
    CHECK(has(text, "answered 500 Internal Server Error, body \"Traceback\\n\\x01 \\\"x\\\" aaa"));
    CHECK(has(text, "aaa...\""));
    CHECK(text.size() < 300);
}

TEST_CASE("R20 Retry-After is read as seconds and as any form of date", "[functions]") {
    CHECK(parse_retry_after("2", kThen) == seconds(2));
    CHECK(parse_retry_after(" 0 ", kThen) == seconds(0));
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:40 GMT", kThen) == seconds(3));
    CHECK(parse_retry_after("Sunday, 06-Nov-94 08:49:40 GMT", kThen) == seconds(3));
    CHECK(parse_retry_after("Sun Nov  6 08:49:40 1994", kThen) == seconds(3));
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:30 GMT", kThen) == seconds(0));
}

TEST_CASE("R20 Retry-After is capped, and nonsense asks for nothing", "[functions]") {
    CHECK(parse_retry_after("601", kThen) == kRetryAfterMax);
    CHECK(parse_retry_after("99999999999999999999999", kThen) == kRetryAfterMax);
    CHECK(parse_retry_after("Sun, 06 Nov 1999 08:49:37 GMT", kThen) == kRetryAfterMax);
    for (const char* text : {"", "-1", "1.5", "soon", "Sun, 06 Nov"}) {
        CHECK(parse_retry_after(text, kThen) == seconds(0));
    }
}

}  // namespace sfg::functions
