// The TLS files of the async transport.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <string>

using sfg::EndpointSpec;
using sfg::LoadedModules;
using sfg::LoadOptions;
using sfg::test::check_reports;
using sfg::test::with_transport;

namespace {

std::string text_with(const std::string& transport, const std::string& url = "https://fn:8443") {
    return "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n  urlPathTemplate: " +
           url + "\n  transport: " + transport + "\n";
}

// Loads where only `there` is a readable file.
LoadedModules load_where(const std::string& there, const std::string& transport) {
    const LoadOptions options{.is_readable = [&](const std::string& path) {
        return path == there;
    }};
    return sfg::load_modules({{"m.yaml", text_with(transport)}}, options);
}

}  // namespace

TEST_CASE("all four TLS files are taken as paths", "[module]") {
    const EndpointSpec endpoint = with_transport(
        "trust_cacerts: ca.pem\nclient_cert: /etc/c.pem\nclient_key: file:/etc/my%20key.pem\n"
        "client_key_password: file:///run/secrets/password"
    );
    CHECK(endpoint.tls.trust_cacerts == "ca.pem");
    CHECK(endpoint.tls.client_cert == "/etc/c.pem");
    CHECK(endpoint.tls.client_key == "/etc/my key.pem");
    CHECK(endpoint.tls.client_key_password == "/run/secrets/password");
}

TEST_CASE("a key and its certificate need each other", "[module]") {
    check_reports(
        sfg::test::load(text_with("{client_key: k.pem}")),
        {{"error 5 spec.transport.client_key", "needs client_cert"}}
    );
    check_reports(
        sfg::test::load(text_with("{client_cert: c.pem, client_key_password: p}")),
        {{"error 5 spec.transport.client_cert", "needs client_key"},
         {"warning 5 spec.transport.client_key_password", "ignored without client_key"}}
    );
}

TEST_CASE("a key near to one for TLS is an error: security is not guessed", "[module]") {
    check_reports(
        sfg::test::load(text_with("{trust_cacert: ca.pem}")),
        {{"error 5 spec.transport.trust_cacert", "did you mean trust_cacerts?"}}
    );
}

TEST_CASE("a file that is not there is an error at load", "[module]") {
    check_reports(
        load_where("ca.pem", "{trust_cacerts: other.pem}"),
        {{"error 5 spec.transport.trust_cacerts", "no readable file other.pem"}}
    );
    check_reports(
        load_where("ca.pem", "{trust_cacerts: ~/ca.pem}"),
        {{"error 5 spec.transport.trust_cacerts", "~ is not expanded"}}
    );
}

TEST_CASE("a class path location is looked for below the working directory", "[module]") {
    const LoadedModules found =
        load_where("./tls/ca.pem", "{trust_cacerts: 'classpath:tls/ca.pem'}");
    check_reports(found, {{"warning 5 spec.transport.trust_cacerts", "taken: ./tls/ca.pem"}});
    CHECK(found.spec.endpoints.at(0).tls.trust_cacerts == "./tls/ca.pem");
    check_reports(
        load_where("ca.pem", "{trust_cacerts: 'classpath:tls/ca.pem'}"),
        {{"error 5 spec.transport.trust_cacerts",
          "there is no class path here, and no readable file ./tls/ca.pem either"}}
    );
}

TEST_CASE("a location that names no local file is refused", "[module]") {
    for (const char* location :
         {"https://host/ca.pem", "s3://bucket/ca.pem", "file://host/ca.pem", "file:ca.pem", "\"\""
         }) {
        INFO(location);
        check_reports(
            sfg::test::load(text_with("{trust_cacerts: " + std::string(location) + "}")),
            {{"error 5 spec.transport.trust_cacerts", "accepted: the path of a PEM file"}}
        );
    }
}

TEST_CASE("TLS files of a URL without TLS have no effect, and say so", "[module]") {
    check_reports(
        sfg::test::load(text_with("{trust_cacerts: ca.pem}", "http://fn:8080/")),
        {{"warning 5 spec.transport.trust_cacerts", "urlPathTemplate is not an https URL"}}
    );
    check_reports(sfg::test::load(text_with("{trust_cacerts: ca.pem}", "HTTPS://fn:8080/")), {});
}

TEST_CASE("where nobody can tell, no file is looked for", "[module]") {
    check_reports(sfg::load_modules({{"m.yaml", text_with("{trust_cacerts: absent.pem}")}}), {});
}
