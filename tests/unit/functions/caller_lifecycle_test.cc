// Budgets, endpoints that are down, cancelling, stopping, and what must not leak.
#include "protocol/limits.h"
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"

#include <catch2/catch.hpp>

namespace sfg::test {
namespace {

using engine::FailureKind;
using std::chrono::milliseconds;

const std::string kGood = octet_answer(empty_result());

// A port that refuses: it was free a moment ago.
std::uint16_t refusing_port() {
    return ScriptedServer(always({})).port();
}

std::string url_at(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port) + "/fn";
}

}  // namespace

TEST_CASE("a call to a silent server ends with its budget", "[functions]") {
    ScriptedServer server(always({silence()}));
    EndpointSpec spec = endpoint_at(server.url());
    spec.call_timeout = milliseconds(60);
    CallerFixture fixture(spec);
    const auto& failed = failure_of(fixture.call());
    CHECK(failed.kind == FailureKind::down);
    CHECK(contains(failed.reason, "did not answer within the call budget of 60 ms"));
}

TEST_CASE("a call whose connection is refused fails at once, to be repeated later", "[functions]") {
    CallerFixture fixture(endpoint_at(url_at(refusing_port())));
    const auto& failed = failure_of(fixture.call());
    CHECK(failed.kind == FailureKind::down);
    CHECK(failed.point == engine::FailurePoint::connect);
    CHECK(contains(failed.reason, "Connection refused"));
    CHECK(fixture.stats().connect_failures == 1);
}

TEST_CASE("a call gets through as soon as its endpoint is up", "[functions]") {
    std::uint16_t port = refusing_port();
    CallerFixture fixture(endpoint_at(url_at(port)));
    for (int i = 0; i < 3; ++i) {
        CHECK(contains(failure_of(fixture.call()).reason, "Connection refused"));
    }
    ScriptedServer::Options options;
    options.port = port;
    ScriptedServer server(always({send(kGood)}), options);
    CHECK(is_result(fixture.call()));
}

TEST_CASE("R18 a thousand calls share the news that their server is down", "[functions]") {
    EndpointSpec spec = endpoint_at(url_at(refusing_port()));
    CallerFixture fixture(spec);
    for (int i = 0; i < 1000; ++i) {
        fixture.start();
    }
    REQUIRE(fixture.run_until([&] { return fixture.ended() == 1000; }));
    CHECK(fixture.stats().failures_down == 1000);
    CHECK(fixture.stats().connect_failures <= 64);
}

TEST_CASE("F22 a name that does not resolve is named", "[functions]") {
    CallerFixture fixture(endpoint_at("http://no-such-host.invalid/"));
    const auto& failed = failure_of(fixture.call());
    CHECK(failed.kind == FailureKind::down);
    CHECK(contains(failed.reason, "'no-such-host.invalid' does not resolve"));
}

TEST_CASE("a cancelled call closes its connection and is not answered", "[functions]") {
    ScriptedServer server(always({silence()}));
    CallerFixture fixture(endpoint_at(server.url()));
    RequestId id = fixture.start();
    REQUIRE(fixture.run_until([&] { return server.request_count() == 1; }));
    fixture.caller().cancel(id);
    CHECK(fixture.stats().connections_open == 0);
    REQUIRE(fixture.run_until([&] { return server.closed_count() == 1; }));
    CHECK(fixture.ended() == 0);
    CHECK(fixture.stats().calls_in_flight == 0);
}

TEST_CASE("a call can be cancelled in every state", "[functions]") {
    ScriptedServer server([](const SeenRequest& request) {
        bool is_large = request.body == "large";
        return is_large ? Script{send(octet_answer(result_of_size(8 * kMiB)))} : Script{silence()};
    });
    CallerFixture fixture(endpoint_at(server.url()));
    auto cancel_when = [&](RequestId id, const std::function<bool()>& holds) {
        REQUIRE(fixture.run_until(holds));
        fixture.caller().cancel(id);
        fixture.caller().cancel(id);
        CHECK(fixture.stats().calls_in_flight == 0);
        CHECK(fixture.stats().calls_without_connection == 0);
    };
    cancel_when(fixture.start(), [] { return true; });  // It waits for a connection.
    cancel_when(fixture.start("silent"), [&] { return server.request_count() == 1; });
    std::size_t ended = 0;
    // Its answer is whole: a helper parses it.
    cancel_when(fixture.start("large"), [&] {
        ended = fixture.ended();
        return !fixture.stats().answers_by_status.empty();
    });
    CHECK(fixture.ended() == ended);
}

TEST_CASE("a call of a new epoch takes the place of an old one with its id", "[functions]") {
    ScriptedServer server([](const SeenRequest& request) {
        return request.body == "old" ? Script{silence()} : Script{send(kGood)};
    });
    CallerFixture fixture(endpoint_at(server.url()));
    RequestId id = fixture.start("old");
    REQUIRE(fixture.run_until([&] { return server.request_count() == 1; }));
    engine::StartCall again;
    again.epoch = Epoch{2};
    again.id = id;
    again.target = {{"ns", "fn"}, "id"};
    fixture.caller().start(std::move(again));
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(id); }));
    CHECK(std::get<engine::ResponseArrived>(fixture.outcome(id)).epoch == Epoch{2});
}

TEST_CASE("after stop nothing is answered and nothing is left", "[functions]") {
    std::size_t files = 0;
    {
        ScriptedServer server([](const SeenRequest& request) {
            return request.index % 2 == 0 ? Script{silence()}
                                          : Script{send(http_answer("502 Bad Gateway", "", ""))};
        });
        EndpointSpec spec = endpoint_at(server.url());
        spec.pool_size = 20;
        CallerFixture fixture(spec);
        files = open_files();
        for (int i = 0; i < 50; ++i) {
            fixture.start();
        }
        REQUIRE(fixture.run_until([&] { return server.request_count() >= 20; }));
        fixture.caller().stop();
        std::size_t ended = fixture.ended();
        CHECK(fixture.stats().connections_open == 0);
        CHECK(fixture.stats().calls_in_flight == 0);
        fixture.start();
        auto later = runtime::SteadyClock::now() + milliseconds(60);
        CHECK(fixture.run_until([&] { return runtime::SteadyClock::now() > later; }));
        CHECK(fixture.ended() == ended);
        CHECK(fixture.run_until([&] { return server.closed_count() >= 20; }));
    }
    CHECK(open_files() < files);
}

TEST_CASE("stop may be called from within an answer", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(server.url()));
    fixture.on_ended = [&](RequestId) {
        fixture.caller().stop();
    };
    for (int i = 0; i < 10; ++i) {
        fixture.start();
    }
    REQUIRE(fixture.run_until([&] { return fixture.ended() == 1; }));
    CHECK(fixture.stats().connections_open == 0);
}

TEST_CASE("a caller may be destroyed with everything in flight", "[functions]") {
    ScriptedServer server(always({silence()}));
    CallerFixture fixture(endpoint_at(server.url()));
    for (int i = 0; i < 20; ++i) {
        fixture.start(std::string(100'000, 'x'));
    }
    REQUIRE(fixture.run_until([&] { return server.request_count() >= 5; }));
    SUCCEED("the fixture's end is the test, under a sanitizer");
}

TEST_CASE("two thousand failing answers leave no file open", "[functions]") {
    std::string error = http_answer("500 Internal Server Error", "", std::string(100'000, 'e'));
    std::string wrong = http_answer("200 OK", "Content-Type: text/html\r\n", "x");
    ScriptedServer server([&](const SeenRequest& request) {
        switch (request.index % 3) {
            case 0:
                return Script{send(error)};
            case 1:
                return Script{send(wrong)};
            default:
                return Script{send("HTTP/1.1 200 OK\r\nContent-Le"), close_connection()};
        }
    });
    CallerFixture fixture(endpoint_at(server.url()));
    std::size_t files_early = 0;
    std::size_t done = 0;
    fixture.on_ended = [&](RequestId) {
        if (++done == 100) {
            files_early = open_files();
        }
        if (done < 2000) {
            fixture.start();
        }
    };
    fixture.start();
    REQUIRE(fixture.run_until([&] { return done == 2000; }));
    CHECK(open_files() <= files_early + 4);
    CHECK(fixture.stats().calls_failed == 2000);
    CHECK(fixture.stats().connections_open <= 1);
}

}  // namespace sfg::test
