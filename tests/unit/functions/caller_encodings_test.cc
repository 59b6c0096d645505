// Answers with a Content-Encoding.
#include "protocol/limits.h"
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"
#include "tests/unit/functions/deflated.h"

#include <catch2/catch.hpp>

namespace sfg::test {
namespace {

using engine::FailureKind;

std::string encoded_answer(const std::string& body, const std::string& coding) {
    Wrapping wrapping = coding == "gzip" ? Wrapping::gzip : Wrapping::zlib;
    return octet_answer(deflated(body, wrapping), "Content-Encoding: " + coding + "\r\n");
}

engine::CallFailed failure_with(const std::string& answer) {
    ScriptedServer server(always({send(answer)}));
    CallerFixture fixture(endpoint_at(server.url()));
    return failure_of(fixture.call());
}

}  // namespace

TEST_CASE("answers in gzip and deflate are taken, whole or in chunks", "[functions]") {
    std::string packed = deflated(empty_result(), Wrapping::raw);
    std::string chunked =
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        "Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n" +
        packed.substr(0, 1) + "\r\n" + std::to_string(packed.size() - 1) + "\r\n" +
        packed.substr(1) + "\r\n0\r\n\r\n";
    REQUIRE(packed.size() < 10);
    for (const std::string& answer :
         {encoded_answer(empty_result(), "gzip"),
          encoded_answer(empty_result(), "deflate"),
          octet_answer(empty_result(), "Content-Encoding: identity\r\n"),
          octet_answer("", "Content-Encoding: gzip\r\n"),
          chunked}) {
        ScriptedServer server(always({send(answer)}));
        CallerFixture fixture(endpoint_at(server.url()));
        CHECK(is_result(fixture.call()));
        CHECK(is_result(fixture.call()));
        CHECK(server.connection_count() == 1);
        CHECK(contains(server.requests()[0].head, "\r\nAccept-Encoding: gzip,deflate\r\n"));
    }
}

TEST_CASE("payload_max_bytes counts what an answer inflates to, exactly", "[functions]") {
    for (std::size_t size : {3 * kMiB, 32 * kMiB, 32 * kMiB + 1}) {
        ScriptedServer server(always({send(encoded_answer(result_of_size(size), "gzip"))}));
        CallerFixture fixture(endpoint_at(server.url()));
        const auto& outcome = fixture.call();
        if (size <= 32 * kMiB) {
            CHECK(is_result(outcome));
        } else {
            CHECK(failure_of(outcome).kind == FailureKind::rejected);
            CHECK(contains(failure_of(outcome).reason, "payload_max_bytes 33554432"));
        }
    }
}

TEST_CASE("many large encoded answers wait for memory, and none for ever", "[functions]") {
    ScriptedServer server(always({send(encoded_answer(result_of_size(3 * kMiB), "gzip"))}));
    EndpointSpec spec = endpoint_at(server.url());
    spec.payload_bytes_max = 4 * kMiB;
    functions::CallerOptions options;
    options.large_answers_bytes = kMiB;
    CallerFixture fixture(spec, options);
    RequestId cancelled = fixture.start();
    for (int i = 0; i < 12; ++i) {
        fixture.start();
    }
    fixture.on_ended = [&](RequestId) {
        fixture.caller().cancel(cancelled);
    };
    REQUIRE(fixture.run_until([&] { return fixture.stats().calls_in_flight == 0; }));
    CHECK(fixture.ended() >= 12);
    CHECK(fixture.stats().calls_failed == 0);
}

TEST_CASE("a bomb is cut off at the limit", "[functions]") {
    std::string bomb = deflated(std::string(256 * kMiB, '\0'), Wrapping::gzip);
    auto failed = failure_with(octet_answer(bomb, "Content-Encoding: gzip\r\n"));
    CHECK(contains(failed.reason, "inflates to more, the limit is payload_max_bytes 33554432"));
}

TEST_CASE("an encoding that is unknown or spoilt is named", "[functions]") {
    auto unknown = failure_with(octet_answer("x", "Content-Encoding: br\r\n"));
    CHECK(unknown.kind == FailureKind::rejected);
    CHECK(contains(unknown.reason, "Content-Encoding 'br'; gzip and deflate are understood"));
    auto two =
        failure_with(octet_answer("x", "Content-Encoding: gzip\r\nContent-Encoding: deflate\r\n"));
    CHECK(contains(two.reason, "'gzip, deflate'"));
    auto spoilt = failure_with(octet_answer("not packed", "Content-Encoding: gzip\r\n"));
    CHECK(contains(spoilt.reason, "can't be inflated: incorrect header check"));
}

TEST_CASE("the body of an encoded refusal is shown as it was meant", "[functions]") {
    std::string body = deflated("what went wrong", Wrapping::gzip);
    auto failed = failure_with(http_answer("500 Oops", "Content-Encoding: gzip\r\n", body));
    CHECK(contains(failed.reason, "body \"what went wrong\""));
}

}  // namespace sfg::test
