// Servers that mean no good: each is cut off at a limit, is told in words, and leaves nothing.
#include "protocol/limits.h"
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"
#include "tests/unit/functions/deflated.h"

#include <catch2/catch.hpp>
#include <malloc.h>

#include <cstdlib>
#include <fstream>

namespace sfg::test {
namespace {

using std::chrono::milliseconds;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";
const std::string kChunked = kHead + "Transfer-Encoding: chunked\r\n\r\n";

struct Hostile {
    std::string name;
    Script script;
    std::string reason;  // Part of what is said of it.
};

std::string many(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

// Without end, as far as the gateway reads.
std::vector<Hostile> endless() {
    std::string chunk = "4000\r\n" + std::string(0x4000, 'x') + "\r\n";
    return {
        {"headers without end",
         {send("HTTP/1.1 200 OK\r\n" + many("X-More: and more\r\n", 5000)), silence()},
         "a header of over 64 KiB"},
        {"one header line without end",
         {send("HTTP/1.1 200 OK\r\nX: " + std::string(80'000, 'x')), silence()},
         "a header of over 64 KiB"},
        {"a status line without end",
         {send("HTTP/1.1 200 " + std::string(80'000, 'x')), silence()},
         "64 KiB"},
        {"a body without end", {send(kHead + "\r\n" + std::string(9000, 'x')), silence()}, "8192"},
        {"chunks without end", {send(kChunked + chunk), silence()}, "payload_max_bytes 8192"},
        {"trailers without end",
         {send(kChunked + "0\r\n" + many("X-More: and more\r\n", 9000)), silence()},
         ""},
        {"an extension of a chunk without end",
         {send(kChunked + "1;" + std::string(80'000, 'x')), silence()},
         ""},
        {"interim answers without end",
         {send(many("HTTP/1.1 102 Processing\r\n\r\n", 100)), silence()},
         "more than 16 interim"},
    };
}

// Against the rules, or not what was asked for.
std::vector<Hostile> wrong() {
    return {
        {"a negative chunk", {send(kChunked + "-1\r\n"), silence()}, "no HTTP/1.x answer"},
        {"a chunk of 2^64", {send(kChunked + "10000000000000000\r\n"), silence()}, "no HTTP/1.x"},
        {"a chunk of 2^64 - 1",
         {send(kChunked + "ffffffffffffffff\r\n" + std::string(9000, 'x')), silence()},
         "payload_max_bytes 8192"},
        {"a negative length", {send(kHead + "Content-Length: -1\r\n\r\n"), silence()}, "HTTP/1.x"},
        {"a huge length",
         {send(kHead + "Content-Length: 18446744073709551615\r\n\r\n"), silence()},
         "payload_max_bytes 8192"},
        {"a length of 2^64",
         {send(kHead + "Content-Length: 18446744073709551616\r\n\r\n"), silence()},
         "no HTTP/1.x answer"},
        {"two lengths",
         {send(kHead + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), silence()},
         "no HTTP/1.x answer"},
        {"a length and chunks",
         {send(kHead + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
          silence()},
         "no HTTP/1.x answer"},
        {"chunks and a length",
         {send(kHead + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
          silence()},
         "no HTTP/1.x answer"},
        {"a coding beside the chunks",
         {send(kHead + "Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), silence()},
         "Transfer-Encoding 'gzip, chunked'; only chunked is understood"},
        {"a coding that is no chunks",
         {send(kHead + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), close_connection()},
         "Transfer-Encoding 'xchunked'; only chunked is understood"},
        {"a fold in the header",
         {send("HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc"), silence()},
         "no HTTP/1.x answer"},
        {"a change of protocol", {send("HTTP/1.1 101 Upgrade\r\n\r\n"), silence()}, "101"},
        {"HTTP/2", {send(std::string("\0\0\0\4\0\0\0\0\0", 9)), silence()}, "speaks HTTP/2"},
        {"a redirect",
         {send(http_answer("307 Go", "Location: http://elsewhere/\r\n", "")), close_connection()},
         "a redirect to 'http://elsewhere/' (redirects are not followed)"},
        {"a bomb",
         {send(octet_answer(
             deflated(std::string(8 * kMiB, '\0'), Wrapping::gzip), "Content-Encoding: gzip\r\n"
         ))},
         "inflates to more"},
        {"a wrong type", {send(http_answer("200 OK", "Content-Type: a/b\r\n", "x"))}, "'a/b'"},
        {"an error with a large body",
         {send(http_answer("500 Oops", "", std::string(kMiB, 'e')))},
         "answered 500 Oops, body \"eee"},
        {"a body that is cut off",
         {send(kHead + "Content-Length: 10\r\n\r\nabc"), close_connection()},
         "after 3 bytes of the body"},
        {"a reset within", {send(kChunked + "5\r\nab"), reset_connection()}, "inside its answer"},
        {"no answer", {close_connection()}, "before it answered"},
        {"garbage", {send(std::string("\xff\xfe\x00garbage\r\n\r\n", 14)), silence()}, "HTTP/1.x"},
    };
}

std::vector<Hostile> hostiles() {
    std::vector<Hostile> all = endless();
    for (Hostile& one : wrong()) {
        all.push_back(std::move(one));
    }
    return all;
}

functions::CallerOptions impatient() {
    functions::CallerOptions options;
    options.refusal_body_max = milliseconds(50);
    return options;
}

EndpointSpec small_endpoint(const ScriptedServer& server) {
    EndpointSpec spec = endpoint_at(server.url());
    spec.payload_bytes_max = 8192;
    return spec;
}

std::size_t resident_kib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word && word != "VmRSS:") {
    }
    std::size_t kib = 0;
    status >> kib;
    return kib;
}

// AddressSanitizer keeps what is freed for a while: memory grows by its quarantine.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kIsMemoryTold = false;
#else
constexpr bool kIsMemoryTold = true;
#endif

// How many failing answers of each kind; the soak asks for 100,000 in all.
std::size_t rounds() {
    const char* asked = std::getenv("HOSTILE_ROUNDS");
    return asked != nullptr ? std::strtoul(asked, nullptr, 10) : 20;
}

}  // namespace

TEST_CASE("every hostile answer is cut off at once, and told", "[functions]") {
    for (const Hostile& hostile : hostiles()) {
        INFO(hostile.name);
        ScriptedServer server(always(hostile.script));
        CallerFixture fixture(small_endpoint(server), impatient());
        auto begin = runtime::SteadyClock::now();
        const auto& failed = failure_of(fixture.call());
        CHECK(runtime::SteadyClock::now() - begin < std::chrono::seconds(5));
        INFO(failed.reason);
        CHECK(contains(failed.reason, hostile.reason));
        CHECK(contains(failed.reason, server.url()));
        CHECK(failed.reason.size() < 1500);
        CHECK(fixture.stats().calls_in_flight == 0);
        CHECK(fixture.stats().connections_open <= 1);
    }
}

TEST_CASE("R21 failing answers of every kind leave files and memory flat", "[functions]") {
    std::vector<Hostile> kinds = hostiles();
    ScriptedServer::Options options;
    options.is_forgetful = true;
    ScriptedServer server(
        [&](const SeenRequest& request) { return kinds[request.index % kinds.size()].script; },
        options
    );
    CallerFixture fixture(small_endpoint(server), impatient());
    std::size_t ended = 0;
    std::size_t wanted = 0;
    fixture.on_ended = [&](RequestId id) {
        REQUIRE_FALSE(is_result(fixture.outcome(id)));
        fixture.forget(id);
        if (++ended < wanted) {
            fixture.start();
        }
    };
    auto run = [&](std::size_t times) {
        ended = 0;
        wanted = times * kinds.size();
        fixture.start();
        REQUIRE(fixture.run_until([&] { return ended >= wanted; }, std::chrono::minutes(10)));
    };
    run(3);
    ::malloc_trim(0);
    std::size_t files = open_files();
    std::size_t memory = resident_kib();
    run(rounds());
    ::malloc_trim(0);
    CHECK(open_files() <= files + 4);
    CHECK((!kIsMemoryTold || resident_kib() <= memory + 8 * 1024));
    CHECK(fixture.stats().connections_open <= 1);
}

TEST_CASE("a server that takes its time, either way, is cut off at the budget", "[functions]") {
    Script drop_by_drop{send("HTTP/1.1 200 OK\r\n")};
    for (int i = 0; i < 1000; ++i) {
        drop_by_drop.push_back(wait(milliseconds(5)));
        drop_by_drop.push_back(send("X: y\r\n"));
    }
    Script body_by_drops{send(kHead + "Content-Length: 5000\r\n\r\n")};
    for (int i = 0; i < 1000; ++i) {
        body_by_drops.push_back(wait(milliseconds(5)));
        body_by_drops.push_back(send("x"));
    }
    auto reason = [](Script script, std::string body, bool is_answering_heads) {
        ScriptedServer::Options options;
        options.is_answering_heads = is_answering_heads;
        ScriptedServer server(always(std::move(script)), options);
        EndpointSpec spec = endpoint_at(server.url());
        spec.call_timeout = milliseconds(150);
        CallerFixture fixture(spec, impatient());
        RequestId id = fixture.start(std::move(body));
        REQUIRE(fixture.run_until([&] { return fixture.has_ended(id); }));
        CHECK(failure_of(fixture.outcome(id)).kind == engine::FailureKind::down);
        return failure_of(fixture.outcome(id)).reason;
    };
    std::string late = "did not answer within the call budget of 150 ms: ";
    CHECK(contains(
        reason(drop_by_drop, "x", false), late + "the header of its answer is not complete"
    ));
    CHECK(contains(reason(body_by_drops, "x", false), late + "of its answer's body "));
    CHECK(contains(reason({silence()}, "x", false), late + "nothing of an answer has come"));
    // It reads the head, and of 32 MiB nothing more: the sockets' buffers fill up.
    CHECK(contains(
        reason({wait(std::chrono::seconds(5))}, std::string(32 * kMiB, 'x'), true),
        late + "it has not taken the whole request"
    ));
}

TEST_CASE("an answer that came unasked on a kept connection is never believed", "[functions]") {
    // The second answer comes with the first one, or at any time before the next request.
    std::string good = octet_answer(empty_result());
    std::string smuggled = octet_answer("\xff");
    for (int delay : {0, 1, 2, 3}) {
        ScriptedServer server(always({send(good), wait(milliseconds(delay)), send(smuggled)}));
        CallerFixture fixture(endpoint_at(server.url()));
        int done = 0;
        fixture.on_ended = [&](RequestId id) {
            REQUIRE(is_result(fixture.outcome(id)));
            ++done;
        };
        for (int i = 0; i < 20; ++i) {
            fixture.call();
            auto later = runtime::SteadyClock::now() + milliseconds(delay + 3);
            REQUIRE(fixture.run_until([&] { return runtime::SteadyClock::now() > later; }));
        }
        CHECK(done == 20);
        CHECK(fixture.stats().failures_rejected == 0);
    }
}

}  // namespace sfg::test
