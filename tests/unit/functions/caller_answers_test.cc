// One call and one answer: what is sent, what is accepted, what is made of everything else.
#include "protocol/limits.h"
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"

#include <catch2/catch.hpp>

namespace sfg::test {
namespace {

using engine::FailureKind;
using std::chrono::milliseconds;

// The first answers in turn, the last one from then on.
ScriptedServer::Answer in_turn(std::vector<Script> scripts) {
    return [scripts = std::move(scripts)](const SeenRequest& request) {
        return scripts[std::min(request.index, scripts.size() - 1)];
    };
}

const std::string kGood = octet_answer(empty_result());

// How the gateway takes a server that always does this.
engine::CallFailed failure_with(Script script) {
    ScriptedServer server(always(std::move(script)));
    CallerFixture fixture(endpoint_at(server.url()));
    return failure_of(fixture.call());
}

}  // namespace

TEST_CASE("a call posts its body and brings the function's effects", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(server.url("/statefun")));
    CHECK(is_result(fixture.call("hello world")));
    auto requests = server.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].body == "hello world");
    CHECK(requests[0].head.find("POST /statefun HTTP/1.1\r\nHost: 127.0.0.1:") == 0);
    CHECK(contains(requests[0].head, "\r\nContent-Length: 11\r\n\r\n"));
    CHECK(fixture.stats().attempts == 1);
    CHECK(fixture.stats().latency.count() == 1);
    CHECK(fixture.stats().calls_in_flight == 0);
}

TEST_CASE("R04 a request of any size carries its length and is not chunked", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(server.url()));
    for (std::size_t size : {std::size_t{0}, std::size_t{100}, kMiB, 40 * kMiB}) {
        CHECK(is_result(fixture.call(std::string(size, 'b'))));
        SeenRequest seen = server.requests().back();
        CHECK(seen.body.size() == size);
        CHECK_FALSE(contains(seen.head, "Transfer-Encoding"));
        CHECK_FALSE(contains(seen.head, "Expect"));
    }
}

TEST_CASE("slow, chunked and interim answers are read to their end", "[functions]") {
    std::string chunked =
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream; charset=x\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    Script slow;
    for (char byte : "HTTP/1.1 100 Continue\r\n\r\n" + kGood) {
        slow.push_back(send(std::string(1, byte)));
        slow.push_back(wait(milliseconds(byte == '\n' ? 1 : 0)));
    }
    for (const Script& script :
         {Script{
              send(chunked + "1\r\n\xa2\r\n"),
              wait(milliseconds(5)),
              send(std::string("2\r\n\x06\x00\r\n0\r\n\r\n", 12))
          },
          slow,
          Script{
              send("HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"),
              send(empty_result()),
              close_connection()
          }}) {
        ScriptedServer server(always(script));
        CallerFixture fixture(endpoint_at(server.url()));
        CHECK(is_result(fixture.call()));
        CHECK(fixture.stats().failures_down + fixture.stats().failures_rejected == 0);
    }
}

TEST_CASE("R04 an empty accepted answer is a result, and counted", "[functions]") {
    ScriptedServer server(always({send(octet_answer(""))}));
    CallerFixture fixture(endpoint_at(server.url()));
    CHECK(is_result(fixture.call()));
    CHECK(fixture.stats().empty_replies == 1);
}

TEST_CASE("R13 an answer of 32 MiB is taken, one byte more is refused", "[functions]") {
    for (std::size_t size : {7 * kMiB, 9 * kMiB, 32 * kMiB, 32 * kMiB + 1}) {
        ScriptedServer server(always({send(octet_answer(result_of_size(size)))}));
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

TEST_CASE("large answers are read as far as there is memory for them", "[functions]") {
    // Twelve of 4 MiB, half of them of unknown length, through a gate that holds one or two.
    std::string body = result_of_size(4 * kMiB);
    std::string chunked =
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
        "Transfer-Encoding: chunked\r\n\r\n400000\r\n" +
        body + "\r\n0\r\n\r\n";
    ScriptedServer server([&](const SeenRequest& request) {
        return Script{send(request.index % 2 == 0 ? octet_answer(body) : chunked)};
    });
    EndpointSpec spec = endpoint_at(server.url());
    spec.payload_bytes_max = 8 * kMiB;
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

TEST_CASE("a large answer holds its memory until whoever takes it lets go", "[functions][gates]") {
    ScriptedServer server(always({send(octet_answer(result_of_size(4 * kMiB)))}));
    EndpointSpec spec = endpoint_at(server.url());
    spec.payload_bytes_max = 6 * kMiB;
    functions::CallerOptions options;
    options.large_answers_bytes = 6 * kMiB;
    CallerFixture fixture(spec, options);
    fixture.keeps_holds = true;
    RequestId first = fixture.start();
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(first); }));
    RequestId second = fixture.start();
    REQUIRE(fixture.run_until([&] { return server.request_count() == 2; }));
    auto later = runtime::SteadyClock::now() + milliseconds(30);
    REQUIRE(fixture.run_until([&] { return runtime::SteadyClock::now() > later; }));
    CHECK_FALSE(fixture.has_ended(second));
    fixture.forget(first);
    CHECK(fixture.run_until([&] { return fixture.has_ended(second); }));
}

TEST_CASE("a refused call leaves its connection to the next one", "[functions]") {
    std::string error = http_answer("500 Internal Server Error", "", "boom");
    std::string html = http_answer("502 Bad Gateway", "Content-Type: text/html\r\n", "<html>");
    std::string no_type = http_answer("200 OK", "", "");
    for (const std::string& bad : {error, html, no_type}) {
        ScriptedServer server(in_turn({{send(bad)}, {send(kGood)}}));
        CallerFixture fixture(endpoint_at(server.url()));
        CHECK_FALSE(is_result(fixture.call("same")));
        CHECK(is_result(fixture.call("same")));
        auto requests = server.requests();
        REQUIRE(requests.size() == 2);
        CHECK(requests[0].head + requests[0].body == requests[1].head + requests[1].body);
        CHECK(fixture.stats().failures_down + fixture.stats().failures_rejected == 1);
        CHECK(server.connection_count() == 1);
    }
}

TEST_CASE("a batch that is refused fails with its reason", "[functions]") {
    auto failed = failure_with({send(http_answer("500 Internal Server Error", "", "boom"))});
    CHECK(failed.kind == FailureKind::rejected);
    CHECK(contains(failed.reason, "http://127.0.0.1:"));
    CHECK(contains(failed.reason, "answered 500 Internal Server Error, body \"boom\""));
}

TEST_CASE("every bad answer is named", "[functions]") {
    auto reason = [](Script script) {
        return failure_with(std::move(script)).reason;
    };
    CHECK(contains(
        reason({send(http_answer("200 OK", "Content-Type: text/html\r\n", "x"))}), "text/html"
    ));
    CHECK(contains(reason({send(http_answer("302 Found", "Location: /new\r\n", ""))}), "'/new'"));
    CHECK(contains(reason({send("NONSENSE\r\n\r\n"), close_connection()}), "no HTTP/1.x"));
    CHECK(contains(reason({send(octet_answer("\xff\xff"))}), "no FromFunction"));
    std::string settings("\0\0\0\x04\0\0\0\0\0", 9);
    CHECK(contains(reason({send(settings), close_connection()}), "speaks HTTP/2"));
    std::string storm;
    for (int i = 0; i < 100; ++i) {
        storm += "HTTP/1.1 102 Processing\r\n\r\n";
    }
    CHECK(contains(reason({send(storm)}), "interim"));
}

TEST_CASE(
    "R11 413 is a kind of its own, also when it comes before the body was read",
    "[functions]"
) {
    std::string answer = http_answer("413 Payload Too Large", "Connection: close\r\n", "too big");
    ScriptedServer::Options options;
    options.is_answering_heads = true;
    ScriptedServer server(
        always({send(answer), wait(milliseconds(20)), close_connection()}), options
    );
    CallerFixture fixture(endpoint_at(server.url()));
    const auto& failed = failure_of(fixture.call(std::string(8 * kMiB, 'x')));
    CHECK(failed.kind == FailureKind::too_large);
    CHECK(contains(failed.reason, "413"));
}

TEST_CASE("a good answer to half a request is not believed", "[functions]") {
    ScriptedServer::Options options;
    options.is_answering_heads = true;
    ScriptedServer server(always({send(kGood), silence()}), options);
    CallerFixture fixture(endpoint_at(server.url()));
    const auto& failed = failure_of(fixture.call(std::string(32 * kMiB, 'x')));
    CHECK(failed.kind == FailureKind::rejected);
    CHECK(contains(failed.reason, "before it had the whole request"));
}

TEST_CASE("a server that asks for less gets the call back, with what it asked for", "[functions]") {
    for (const char* status : {"429 Too Many Requests", "503 Busy"}) {
        auto failed = failure_with({send(http_answer(status, "Retry-After: 90\r\n", ""))});
        CHECK(failed.kind == FailureKind::down);
        CHECK(failed.overloaded);
        CHECK(failed.retry_after == std::chrono::seconds(90));
    }
}

TEST_CASE("an answer says how long it took, without the wait for a connection", "[functions]") {
    ScriptedServer server(always({wait(milliseconds(20)), send(kGood)}));
    EndpointSpec spec = endpoint_at(server.url());
    spec.pool_size = 1;
    CallerFixture fixture(spec);
    auto begin = runtime::SteadyClock::now();
    fixture.start();
    RequestId second = fixture.start();
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(second); }));
    auto took = runtime::SteadyClock::now() - begin;
    auto latency = std::get<engine::ResponseArrived>(fixture.outcome(second)).latency;
    CHECK(latency >= milliseconds(20));
    CHECK(latency <= took - milliseconds(20));
}

TEST_CASE("a refused answer whose body never ends is judged by its status", "[functions]") {
    std::string head = "HTTP/1.1 500 Slow\r\nContent-Length: 1000\r\n\r\npart";
    ScriptedServer server(always({send(head), silence()}));
    functions::CallerOptions options;
    options.refusal_body_max = milliseconds(10);
    CallerFixture fixture(endpoint_at(server.url()), options);
    const auto& failed = failure_of(fixture.call());
    CHECK(contains(failed.reason, "answered 500 Slow, body \"part\""));
}

}  // namespace sfg::test
