// What TLS refuses, on either side, and that the reason says which check it was.
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"
#include "tests/unit/functions/tls_bed.h"

#include <catch2/catch.hpp>

namespace sfg::test {
namespace {

using std::chrono::hours;

const std::string kGood = octet_answer(empty_result());

// Why a call of this server fails; empty if it does not.
std::string reason(ServerTls tls, TlsFiles files, const std::string& host = "127.0.0.1") {
    ScriptedServer server(always({send(kGood)}), tls_options(std::move(tls)));
    EndpointSpec spec =
        endpoint_at("https://" + host + ":" + std::to_string(server.port()) + "/fn");
    spec.tls = std::move(files);
    CallerFixture fixture(spec);
    const auto& outcome = fixture.call();
    return is_result(outcome) ? std::string() : failure_of(outcome).reason;
}

}  // namespace

TEST_CASE("R70 names and addresses of a certificate are accepted", "[functions]") {
    TlsBed bed;
    CHECK(reason({bed.server()}, bed.trusting(), "127.0.0.1") == "");
    CHECK(reason({bed.server()}, bed.trusting(), "localhost") == "");
    CHECK(reason({bed.server()}, bed.trusting(), "LocalHost") == "");
}

TEST_CASE("R70 a certificate for somebody else says for whom it is", "[functions]") {
    TlsBed bed;
    KeyPair other = bed.server({"x", {"DNS:a.example", "DNS:*.b.example", "IP:10.0.0.1"}});
    std::string names = "is for DNS:a.example, DNS:*.b.example, IP:10.0.0.1, not for ";
    CHECK(contains(reason({other}, bed.trusting(), "127.0.0.1"), names + "'127.0.0.1'"));
    CHECK(contains(reason({other}, bed.trusting(), "localhost"), names + "'localhost'"));
    KeyPair nameless = bed.server({"somebody", {}});
    CHECK(contains(
        reason({nameless}, bed.trusting()),
        "is for 'CN=somebody', without subject alternative names, not for '127.0.0.1'"
    ));
}

TEST_CASE("R70 a certificate out of its time says when it was valid", "[functions]") {
    TlsBed bed;
    auto expired = bed.server({"old", {"IP:127.0.0.1"}, hours(-48), hours(-24)});
    std::string why = reason({expired}, bed.trusting());
    CHECK(contains(why, "is not trusted: its certificate 'CN=old' has expired: it was valid "));
    // Both ends and the present, as "2026-11-25 15:09:36".
    std::string digits = why.substr(why.find("it was valid from "));
    for (char& c : digits) {
        c = c >= '0' && c <= '9' ? '0' : c;
    }
    std::string date = "0000-00-00 00:00:00";
    CHECK(contains(digits, "from " + date + " to " + date + " UTC, and now is " + date));
    auto early = bed.server({"new", {"IP:127.0.0.1"}, hours(24), hours(48)});
    CHECK(contains(reason({early}, bed.trusting()), "'CN=new' is not valid yet"));
}

TEST_CASE("R70 an unknown issuer is named, and where it was looked for", "[functions]") {
    TlsBed bed;
    TlsBed other("Other Authority");
    TlsFiles files = bed.trusting();
    CHECK(contains(
        reason({other.server()}, files),
        "'CN=server' has the issuer 'CN=Other Authority', whom trust_cacerts " +
            *files.trust_cacerts + " does not know"
    ));
    TlsBed namesake;
    CHECK(contains(
        reason({namesake.server()}, files),
        "'CN=server' is not signed by the 'CN=Test Authority' that trust_cacerts " +
            *files.trust_cacerts + " knows"
    ));
    KeyPair own = make_certificate({"alone", {"IP:127.0.0.1"}}, nullptr);
    CHECK(contains(reason({own}, files), "has the issuer 'CN=alone'"));
    CHECK(contains(reason({bed.server()}, {}), "the system's trust store does not know"));
    // A certificate that is trusted by itself needs no issuer.
    TlsFiles itself;
    itself.trust_cacerts = bed.file("self.pem", own.certificate);
    CHECK(reason({own}, itself) == "");
}

TEST_CASE("R70 a server that misses our certificate, or refuses it, is understood", "[functions]") {
    TlsBed bed;
    TlsBed other("Other Authority");
    for (bool is_old : {false, true}) {
        ServerTls tls = bed.mutual();
        tls.is_old = is_old;
        CHECK(contains(
            reason(tls, bed.trusting()), "wants a client certificate, and client_cert is not set"
        ));
        TlsFiles wrong = other.with_client();
        wrong.trust_cacerts = bed.trusting().trust_cacerts;
        std::string refused = reason(tls, wrong);
        CHECK(contains(refused, "refused the client certificate 'CN=gateway' (client_cert, valid"));
        CHECK(contains(refused, "TLS alert 'unknown CA'"));
    }
}

TEST_CASE("R16 ALPN offers http/1.1 and nothing else", "[functions]") {
    TlsBed bed;
    CHECK(reason({bed.server(), {}, "http/1.1"}, bed.trusting()) == "");
    CHECK(contains(reason({bed.server(), {}, "h2"}, bed.trusting()), "speaks HTTP/2 only"));
}

TEST_CASE("plain HTTP on an https endpoint is called by its name", "[functions]") {
    TlsBed bed;
    ScriptedServer::Options options;
    options.greeting = {send("HTTP/1.1 400 Bad Request\r\n\r\n"), close_connection()};
    ScriptedServer server(always({}), options);
    EndpointSpec spec = endpoint_at("https://127.0.0.1:" + std::to_string(server.port()) + "/");
    spec.tls = bed.trusting();
    CallerFixture fixture(spec);
    CHECK(contains(
        failure_of(fixture.call()).reason, "speaks no TLS on an https endpoint: \"HTTP/1.1 400"
    ));
}

TEST_CASE("files that can't be used are named with their keys", "[functions]") {
    TlsBed bed;
    KeyPair client = make_certificate({"gateway", {}}, &bed.authority());
    std::string key = encrypt_key(client.key, "right");
    auto problem = [&](auto change) {
        TlsFiles files = bed.with_client();
        change(files);
        return reason(bed.mutual(), files);
    };
    CHECK(contains(
        problem([&](TlsFiles& files) { files.trust_cacerts = bed.file("empty", "nothing"); }),
        "/empty: holds no PEM certificate"
    ));
    CHECK(contains(
        problem([&](TlsFiles& files) { files.client_cert = "/no/such.pem"; }),
        "client_cert /no/such.pem: No such file or directory"
    ));
    CHECK(contains(
        problem([&](TlsFiles& files) { files.client_key = bed.file("other.key", client.key); }),
        "other.key: is not the key of client_cert"
    ));
    CHECK(contains(
        problem([&](TlsFiles& files) {
            files.client_cert = bed.file("client.pem", client.certificate);
            files.client_key = bed.file("locked.key", key);
        }),
        "locked.key: is encrypted; name the file with its client_key_password"
    ));
    CHECK(contains(
        problem([&](TlsFiles& files) {
            files.client_cert = bed.file("client.pem", client.certificate);
            files.client_key = bed.file("locked.key", key);
            files.client_key_password = bed.file("password", "wrong");
        }),
        "the content of client_key_password does not open it"
    ));
}

}  // namespace sfg::test
