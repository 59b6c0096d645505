// Calls over TLS: carried, kept, cut off, and with files that change.
#include "protocol/limits.h"
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"
#include "tests/unit/functions/tls_bed.h"

#include <catch2/catch.hpp>

#include <filesystem>

namespace sfg::test {
namespace {

using engine::FailureKind;
using std::chrono::milliseconds;

const std::string kGood = octet_answer(empty_result());

// Calls one after another until it holds.
bool comes_about(CallerFixture& fixture, const std::function<bool()>& holds) {
    fixture.on_ended = [&](RequestId) {
        fixture.start();
    };
    fixture.start();
    bool has_come = fixture.run_until(holds);
    fixture.on_ended = nullptr;
    return has_come;
}

}  // namespace

TEST_CASE("calls over TLS are made on one kept connection", "[functions]") {
    TlsBed bed;
    for (bool is_old : {false, true}) {
        ScriptedServer server(always({send(kGood)}), tls_options({bed.server(), {}, {}, is_old}));
        CallerFixture fixture(tls_endpoint(server, bed.trusting()));
        for (int i = 0; i < 20; ++i) {
            CHECK(is_result(fixture.call("hello " + std::to_string(i))));
        }
        CHECK(server.requests()[19].body == "hello 19");
        CHECK(server.connection_count() == 1);
        CHECK(fixture.stats().failures_down == 0);
    }
}

TEST_CASE("32 MiB go both ways over TLS", "[functions]") {
    TlsBed bed;
    ScriptedServer server(
        always({send(octet_answer(result_of_size(32 * kMiB)))}), tls_options({bed.server()})
    );
    CallerFixture fixture(tls_endpoint(server, bed.trusting()));
    std::string body(32 * kMiB, 'b');
    CHECK(is_result(fixture.call(body)));
    CHECK(server.requests()[0].body == body);
}

TEST_CASE("a server may ask for a client certificate", "[functions]") {
    TlsBed bed;
    for (bool is_old : {false, true}) {
        ServerTls tls = bed.mutual();
        tls.is_old = is_old;
        ScriptedServer server(always({send(kGood)}), tls_options(tls));
        CallerFixture fixture(tls_endpoint(server, bed.with_client()));
        CHECK(is_result(fixture.call()));
    }
}

TEST_CASE("a key opens with its password, also behind a line break", "[functions]") {
    TlsBed bed;
    KeyPair client = make_certificate({"gateway", {}}, &bed.authority());
    for (const char* content : {"pass word", "pass word\n", "pass word\r\n"}) {
        TlsFiles files = bed.trusting();
        files.client_cert = bed.file("client.pem", client.certificate);
        files.client_key = bed.file("client.key", encrypt_key(client.key, "pass word"));
        files.client_key_password = bed.file("password", content);
        ScriptedServer server(always({send(kGood)}), tls_options(bed.mutual()));
        CallerFixture fixture(tls_endpoint(server, files));
        CHECK(is_result(fixture.call()));
    }
    // A line break that belongs to the password is not taken off.
    TlsFiles files = bed.trusting();
    files.client_cert = bed.file("client.pem", client.certificate);
    files.client_key = bed.file("client.key", encrypt_key(client.key, "word\n"));
    files.client_key_password = bed.file("password", "word\n");
    ScriptedServer server(always({send(kGood)}), tls_options(bed.mutual()));
    CallerFixture fixture(tls_endpoint(server, files));
    CHECK(is_result(fixture.call()));
}

TEST_CASE("R14 the end of TLS may be missing behind a whole answer, not within", "[functions]") {
    TlsBed bed;
    std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";
    std::string chunked = head + "Transfer-Encoding: chunked\r\n\r\n3\r\n" + empty_result();
    auto attempt = [&](Script script) {
        ScriptedServer server(always(std::move(script)), tls_options({bed.server()}));
        CallerFixture fixture(tls_endpoint(server, bed.trusting()));
        auto outcome = fixture.call();
        return is_result(outcome) ? std::string() : failure_of(outcome).reason;
    };
    CHECK(attempt({send(kGood), close_connection()}).empty());
    CHECK(attempt({send(kGood), shut_connection()}).empty());
    CHECK(attempt({send(chunked + "\r\n0\r\n\r\n"), close_connection()}).empty());
    CHECK(contains(attempt({send(chunked), close_connection()}), "without the close_notify"));
    CHECK(contains(
        attempt({send(kGood.substr(0, kGood.size() - 1)), close_connection()}), "inside its answer"
    ));
    // A body that ends with the connection is whole only if TLS says so.
    std::string endless = head + "\r\n" + empty_result();
    CHECK(attempt({send(endless), shut_connection()}).empty());
    CHECK(contains(attempt({send(endless), close_connection()}), "without the close_notify"));
}

TEST_CASE(
    "R14 a TLS connection that the server closes is replaced without a failure",
    "[functions]"
) {
    TlsBed bed;
    ScriptedServer server(
        [&](const SeenRequest& request) {
            Step end = request.index % 2 == 0 ? shut_connection() : close_connection();
            return Script{send(kGood), wait(milliseconds(request.index % 4)), end};
        },
        tls_options({bed.server()})
    );
    CallerFixture fixture(tls_endpoint(server, bed.trusting()));
    for (int i = 0; i < 100; ++i) {
        CHECK(is_result(fixture.call()));
    }
    CHECK(fixture.stats().failures_down + fixture.stats().failures_rejected == 0);
    CHECK(fixture.stats().attempts == 100);
}

TEST_CASE("a handshake that never ends is cut off at the connect timeout", "[functions]") {
    TlsBed bed;
    for (Script greeting : {Script{silence()}, Script{send("\x16\x03\x03"), silence()}}) {
        ScriptedServer::Options options;
        options.greeting = greeting;
        ScriptedServer server(always({}), options);
        EndpointSpec spec = endpoint_at("https://127.0.0.1:" + std::to_string(server.port()) + "/");
        spec.tls = bed.trusting();
        spec.connect_timeout = milliseconds(50);
        std::size_t files = open_files();
        CallerFixture fixture(spec);
        const auto& failed = failure_of(fixture.call());
        CHECK(failed.kind == FailureKind::down);
        CHECK(contains(failed.reason, "no end of the TLS handshake within the connect timeout"));
        CHECK(open_files() <= files + 8);
    }
}

TEST_CASE("new files are used by new connections; half of a pair is not", "[functions]") {
    TlsBed bed;
    TlsBed other("Other Authority");
    TlsFiles files = bed.with_client();
    functions::CallerOptions options;
    options.tls_look_every = milliseconds(10);
    // It knows the second authority only: what the gateway begins with is refused.
    ScriptedServer server(
        always({send(octet_answer(empty_result(), "Connection: close\r\n"))}),
        tls_options({bed.server(), other.authority().certificate})
    );
    CallerFixture fixture(tls_endpoint(server, files), options);
    CHECK(contains(failure_of(fixture.call()).reason, "refused the client certificate"));

    KeyPair renewed = make_certificate({"renewed", {}}, &other.authority());
    bed.file("client.pem", renewed.certificate);
    std::uint64_t failed = fixture.stats().calls_failed;
    REQUIRE(comes_about(fixture, [&] { return fixture.stats().calls_failed > failed + 20; }));
    CHECK(contains(fixture.stats().last_failure, "'CN=gateway'"));  // Still the pair before.

    bed.file("client.key", renewed.key);
    REQUIRE(comes_about(fixture, [&] { return fixture.stats().bytes_received > 0; }));
}

TEST_CASE("a swapped symlink brings a new authority", "[functions]") {
    TlsBed bed;
    TlsBed other("Other Authority");
    std::string now = bed.file("one.pem", other.authority().certificate);
    std::string then = bed.file("two.pem", bed.authority().certificate);
    std::string link = then + ".link";
    std::filesystem::create_symlink(now, link);
    TlsFiles files;
    files.trust_cacerts = link;
    functions::CallerOptions options;
    options.tls_look_every = milliseconds(10);
    ScriptedServer server(always({send(kGood)}), tls_options({bed.server()}));
    CallerFixture fixture(tls_endpoint(server, files), options);
    CHECK(contains(failure_of(fixture.call()).reason, "does not know"));
    std::filesystem::create_symlink(then, link + ".new");
    std::filesystem::rename(link + ".new", link);
    REQUIRE(comes_about(fixture, [&] { return fixture.stats().bytes_received > 0; }));
}

}  // namespace sfg::test
