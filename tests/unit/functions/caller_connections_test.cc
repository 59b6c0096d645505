// Connections: kept, checked, given up, closed under our hands.
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"

#include <catch2/catch.hpp>
#include <unistd.h>

namespace sfg::test {
namespace {

using std::chrono::milliseconds;

const std::string kGood = octet_answer(empty_result());

std::uint64_t failures(const functions::CallerStats& stats) {
    return stats.failures_down + stats.failures_rejected + stats.failures_too_large;
}

}  // namespace

TEST_CASE("calls one after another use one connection", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(server.url()));
    for (int i = 0; i < 20; ++i) {
        CHECK(is_result(fixture.call()));
    }
    CHECK(server.connection_count() == 1);
    CHECK(fixture.stats().connects == 1);
    CHECK(fixture.stats().connections_open == 1);
}

TEST_CASE("R01 a server that closes 0 to 5 ms after each answer fails no call", "[functions]") {
    ScriptedServer server([](const SeenRequest& request) {
        return Script{
            send(kGood),
            wait(milliseconds(request.index % 6)),
            request.index % 2 == 0 ? close_connection() : reset_connection()
        };
    });
    CallerFixture fixture(endpoint_at(server.url()));
    int done = 0;
    fixture.on_ended = [&](RequestId id) {
        REQUIRE(is_result(fixture.outcome(id)));
        if (++done < 1000) {
            fixture.start();
        }
    };
    fixture.start();
    REQUIRE(fixture.run_until([&] { return done == 1000; }));
    CHECK(failures(fixture.stats()) == 0);
    CHECK(fixture.stats().attempts == 1000);
}

TEST_CASE(
    "R01 a request that meets a closing connection is resent at once and counted",
    "[functions]"
) {
    // The second request on a connection is never answered: the server closes when it sees it.
    std::vector<std::size_t> seen(100);
    ScriptedServer server([&](const SeenRequest& request) {
        bool is_first = seen.at(request.connection)++ == 0;
        return is_first ? Script{send(kGood)} : Script{reset_connection()};
    });
    CallerFixture fixture(endpoint_at(server.url()));
    for (int i = 0; i < 5; ++i) {
        CHECK(is_result(fixture.call()));
    }
    CHECK(fixture.stats().stale_connections >= 2);
    CHECK(failures(fixture.stats()) == 0);
    CHECK(fixture.stats().attempts == 5);
}

// What its server died of must be found, also if it came on a kept connection.
TEST_CASE("a request that was sent is not taken for one that found nobody", "[functions]") {
    auto server = std::make_unique<ScriptedServer>([&](const SeenRequest& request) {
        return request.index == 0 ? Script{send(kGood)} : Script{silence()};
    });
    CallerFixture fixture(endpoint_at(server->url()));
    REQUIRE(is_result(fixture.call()));
    RequestId id = fixture.start();
    REQUIRE(fixture.run_until([&] { return server->request_count() == 2; }));
    server.reset();
    REQUIRE(fixture.run_until([&] { return fixture.ended() == 2; }));
    const auto& failed = failure_of(fixture.outcome(id));
    CHECK(failed.kind == engine::FailureKind::down);
    CHECK(failed.point == engine::FailurePoint::exchange);
    CHECK(contains(failed.reason, "Connection refused"));
    CHECK(fixture.stats().stale_connections == 1);
}

TEST_CASE("a server that closes before every answer is down, not stale", "[functions]") {
    ScriptedServer server(always({close_connection()}));
    CallerFixture fixture(endpoint_at(server.url()));
    const auto& failed = failure_of(fixture.call());
    CHECK(failed.kind == engine::FailureKind::down);
    CHECK(contains(failed.reason, "before it answered"));
    CHECK(fixture.stats().stale_connections == 0);
    CHECK(server.request_count() == 1);
}

TEST_CASE("resets before, during and after an answer are survived", "[functions]") {
    std::string half = kGood.substr(0, kGood.size() - 1);
    ScriptedServer server([&](const SeenRequest& request) {
        switch (request.index % 4) {
            case 0:
                return Script{reset_connection()};
            case 1:
                return Script{send("HTTP/1.1 20"), reset_connection()};
            case 2:
                return Script{send(half), wait(milliseconds(1)), reset_connection()};
            default:
                return Script{send(kGood), wait(milliseconds(1)), reset_connection()};
        }
    });
    CallerFixture fixture(endpoint_at(server.url()));
    for (int results = 0; results < 5;) {
        results += is_result(fixture.call()) ? 1 : 0;
    }
    CHECK(fixture.stats().failures_down == 15);
}

TEST_CASE("Connection: close gives each call a connection of its own", "[functions]") {
    ScriptedServer server(
        always({send(octet_answer(empty_result(), "Connection: close\r\n")), close_connection()})
    );
    CallerFixture fixture(endpoint_at(server.url()));
    for (int i = 0; i < 10; ++i) {
        CHECK(is_result(fixture.call()));
    }
    CHECK(server.connection_count() == 10);
    CHECK(failures(fixture.stats()) + fixture.stats().stale_connections == 0);
    CHECK(fixture.stats().connections_open == 0);
}

TEST_CASE("a kept connection is closed when it was idle too long", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    functions::CallerOptions options;
    options.idle_max = milliseconds(20);
    CallerFixture fixture(endpoint_at(server.url()), options);
    CHECK(is_result(fixture.call()));
    CHECK(fixture.stats().connections_open == 1);
    REQUIRE(fixture.run_until([&] { return server.closed_count() == 1; }));
    CHECK(fixture.stats().connections_open == 0);
}

TEST_CASE("a connection is given up before the server's Keep-Alive time-out", "[functions]") {
    ScriptedServer server(always({send(octet_answer(empty_result(), "Keep-Alive: timeout=1\r\n"))})
    );
    CallerFixture fixture(endpoint_at(server.url()));
    auto begin = runtime::SteadyClock::now();
    CHECK(is_result(fixture.call()));
    REQUIRE(fixture.run_until([&] { return server.closed_count() == 1; }));
    CHECK(runtime::SteadyClock::now() - begin < milliseconds(1000));
}

TEST_CASE("R08 a connection grows no older than pool_ttl, also under load", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    EndpointSpec spec = endpoint_at(server.url());
    spec.pool_ttl = milliseconds(30);
    CallerFixture fixture(spec);
    auto end = runtime::SteadyClock::now() + milliseconds(120);
    while (runtime::SteadyClock::now() < end) {
        CHECK(is_result(fixture.call()));
    }
    CHECK(server.connection_count() >= 3);
    CHECK(failures(fixture.stats()) == 0);
}

TEST_CASE("a second answer that nobody asked for is never taken", "[functions]") {
    std::string smuggled = http_answer("500 Smuggled", "", "");
    for (bool is_together : {true, false}) {
        Script script{send(is_together ? kGood + smuggled : kGood)};
        if (!is_together) {
            script.push_back(wait(milliseconds(5)));
            script.push_back(send(smuggled));
        }
        ScriptedServer server(always(script));
        CallerFixture fixture(endpoint_at(server.url()));
        CHECK(is_result(fixture.call()));
        // Time for the second answer to come, where it was sent apart.
        auto later = runtime::SteadyClock::now() + milliseconds(20);
        REQUIRE(fixture.run_until([&] { return runtime::SteadyClock::now() > later; }));
        CHECK(is_result(fixture.call()));
        CHECK(failures(fixture.stats()) == 0);
        CHECK(server.connection_count() == 2);
    }
}

TEST_CASE("calls past pool_size wait in their order", "[functions]") {
    ScriptedServer server(always({wait(milliseconds(2)), send(kGood)}));
    EndpointSpec spec = endpoint_at(server.url());
    spec.pool_size = 2;
    CallerFixture fixture(spec);
    for (int i = 0; i < 20; ++i) {
        fixture.start(std::to_string(i));
    }
    CHECK(fixture.stats().calls_without_connection == 20);
    REQUIRE(fixture.run_until([&] { return fixture.ended() == 20; }));
    CHECK(server.connection_count() == 2);
    auto requests = server.requests();
    for (std::size_t i = 0; i + 1 < requests.size(); ++i) {
        CHECK(std::stoi(requests[i].body) <= std::stoi(requests[i + 1].body) + 1);
    }
}

TEST_CASE("a call without a free connection fails at the end of its budget", "[functions]") {
    ScriptedServer server(always({silence()}));
    EndpointSpec spec = endpoint_at(server.url());
    spec.pool_size = 1;
    spec.call_timeout = milliseconds(60);
    CallerFixture fixture(spec);
    fixture.start("first");
    RequestId second = fixture.start("second");
    REQUIRE(fixture.run_until([&] { return fixture.ended() == 2; }));
    CHECK(failure_of(fixture.outcome(second)).kind == engine::FailureKind::down);
    CHECK(fixture.stats().connections_open <= 1);
    CHECK(fixture.stats().calls_without_connection == 0);
}

TEST_CASE("IPv6 literals and names with several addresses connect", "[functions]") {
    ScriptedServer::Options options;
    options.address = "::1";
    ScriptedServer v6(always({send(kGood)}), options);
    CallerFixture fixture(endpoint_at(v6.url()));
    CHECK(is_result(fixture.call()));
    CHECK(contains(v6.requests()[0].head, "Host: [::1]:" + std::to_string(v6.port()) + "\r\n"));

    // localhost is ::1 first in many places; this server listens on the other one only.
    ScriptedServer v4(always({send(kGood)}));
    CallerFixture by_name(endpoint_at("http://localhost:" + std::to_string(v4.port()) + "/"));
    CHECK(is_result(by_name.call()));
    CHECK(failures(by_name.stats()) == 0);
}

TEST_CASE("a Unix socket is called, also after it was made anew", "[functions]") {
    std::string path = "/tmp/sfg-functions-" + std::to_string(::getpid()) + ".sock";
    ScriptedServer::Options options;
    options.unix_path = path;
    CallerFixture fixture(endpoint_at("http+unix://" + path + "/x/y"));
    for (int i = 0; i < 3; ++i) {
        ScriptedServer server(always({send(kGood)}), options);
        CHECK(is_result(fixture.call()));
        CHECK(server.requests()[0].head.find("POST /x/y HTTP/1.1\r\nHost: localhost\r\n") == 0);
    }
    CHECK(failures(fixture.stats()) == 0);
}

TEST_CASE("names of functions lead to URLs of their own on shared connections", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(server.url("/f/{function.name}")));
    for (const char* name : {"a", "b", "a"}) {
        RequestId id = fixture.start("x", name);
        REQUIRE(fixture.run_until([&] { return fixture.has_ended(id); }));
    }
    CHECK(contains(server.requests()[1].head, "POST /f/b HTTP/1.1"));
    CHECK(server.connection_count() == 1);

    RequestId bad = fixture.start("x", "a b\r\nEvil: 1");
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(bad); }));
    CHECK(failure_of(fixture.outcome(bad)).kind == engine::FailureKind::rejected);
    CHECK(server.request_count() == 3);
}

TEST_CASE("routes to ever new names do not pile up", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(server.url("/{function.name}")));
    RequestId last{};
    for (int i = 0; i < 5000; ++i) {
        last = fixture.start("x", std::to_string(i));
        fixture.caller().cancel(last);
    }
    last = fixture.start("x", "end");
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(last); }));
    CHECK(is_result(fixture.outcome(last)));
}

}  // namespace sfg::test
