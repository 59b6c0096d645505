// TLS handshakes that are resumed, and those that must not be.
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"
#include "tests/unit/functions/tls_bed.h"

#include <catch2/catch.hpp>

namespace sfg::test {
namespace {

using std::chrono::milliseconds;

// Each call needs a connection of its own.
const std::string kLast = octet_answer(empty_result(), "Connection: close\r\n");

ServerTls old(ServerTls tls) {
    tls.is_old = true;
    return tls;
}

void call_times(CallerFixture& fixture, int times) {
    for (int i = 0; i < times; ++i) {
        CHECK(is_result(fixture.call()));
    }
}

}  // namespace

TEST_CASE("connections after the first resume its TLS session", "[functions]") {
    TlsBed bed;
    ServerTls remembering = old({bed.server()});
    remembering.has_tickets = false;
    for (const ServerTls& tls :
         {ServerTls{bed.server()}, old({bed.server()}), remembering, bed.mutual(), old(bed.mutual())
         }) {
        INFO("old: " << tls.is_old << ", tickets: " << tls.has_tickets);
        ScriptedServer server(always({send(kLast)}), tls_options(tls));
        CallerFixture fixture(tls_endpoint(server, bed.with_client()));
        call_times(fixture, 20);
        CHECK(server.connection_count() == 20);
        CHECK(server.resumed_count() == 19);
        CHECK(fixture.stats().tls_resumptions == 19);
    }
}

TEST_CASE("a server that can't take its own tickets is asked again in full", "[functions]") {
    TlsBed bed;
    for (bool is_old : {false, true}) {
        ServerTls tls = bed.mutual();
        tls.takes_tickets = false;
        tls.is_old = is_old;
        ScriptedServer server(always({send(kLast)}), tls_options(tls));
        CallerFixture fixture(tls_endpoint(server, bed.with_client()));
        call_times(fixture, 5);
        CHECK(fixture.stats().connect_failures == 0);
        CHECK(fixture.stats().calls_failed == 0);
        CHECK(server.resumed_count() == 0);
        // Once was enough: nothing is offered to it any more.
        CHECK(server.connection_count() == 6);
    }
}

TEST_CASE("a session is resumed at its own server only, by its own endpoint", "[functions]") {
    TlsBed bed;
    ScriptedServer server(always({send(kLast)}), tls_options({bed.server()}));
    EndpointSpec spec = tls_endpoint(server, bed.trusting());
    spec.functions.name.reset();
    spec.url_template =
        "https://{function.name}:" + std::to_string(server.port()) + "/";  // Two hosts, one server.
    CallerFixture fixture(spec);
    auto call = [&](const std::string& host) {
        RequestId id = fixture.start("ping", host);
        REQUIRE(fixture.run_until([&] { return fixture.has_ended(id); }));
        CHECK(is_result(fixture.outcome(id)));
    };
    call("localhost");
    call("127.0.0.1");
    CHECK(server.resumed_count() == 0);
    call("localhost");
    call("127.0.0.1");
    CHECK(server.resumed_count() == 2);
    CallerFixture other(tls_endpoint(server, bed.trusting()));
    CHECK(is_result(other.call()));
    CHECK(server.resumed_count() == 2);
}

TEST_CASE("files that changed end every session", "[functions]") {
    TlsBed bed;
    TlsBed other("Other Authority");
    functions::CallerOptions options;
    options.tls_look_every = milliseconds(10);
    ScriptedServer server(always({send(kLast)}), tls_options({bed.server()}));
    CallerFixture fixture(tls_endpoint(server, bed.trusting()), options);
    call_times(fixture, 2);
    CHECK(server.resumed_count() == 1);
    bed.file("ca.pem", other.authority().certificate);
    // A resumed session would never fail: the server shows no certificate.
    fixture.on_ended = [&](RequestId) {
        fixture.start();
    };
    fixture.start();
    CHECK(fixture.run_until([&] { return fixture.stats().calls_failed > 0; }));
    CHECK(contains(fixture.stats().last_failure, "does not know"));
    fixture.on_ended = nullptr;
}

}  // namespace sfg::test
