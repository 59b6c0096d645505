// ModuleSpec and Diagnostic as values, and `nearest`.
#include "protocol/module_spec.h"

#include <catch2/catch.hpp>

#include <string>

using sfg::Diagnostic;
using sfg::EndpointSpec;
using sfg::ModuleSpec;
using sfg::nearest;
using sfg::Severity;

namespace {

EndpointSpec bound(const std::string& ns, std::optional<std::string> name) {
    EndpointSpec endpoint;
    endpoint.functions = {ns, std::move(name)};
    return endpoint;
}

}  // namespace

TEST_CASE("an exact binding beats its namespace, whichever comes first", "[module]") {
    ModuleSpec spec;
    spec.endpoints = {bound("a", "exact"), bound("a", std::nullopt), bound("a", "later")};
    CHECK(spec.endpoint_of({"a", "exact"}) == 0U);
    CHECK(spec.endpoint_of({"a", "later"}) == 2U);
    CHECK(spec.endpoint_of({"a", "other"}) == 1U);
}

TEST_CASE("a namespace matches exactly, not by prefix", "[module]") {
    ModuleSpec spec;
    spec.endpoints = {bound("com.example", std::nullopt), bound("shop", "cart")};
    CHECK_FALSE(spec.endpoint_of({"com.example.sub", "x"}));
    CHECK_FALSE(spec.endpoint_of({"com", "x"}));
    CHECK_FALSE(spec.endpoint_of({"shop", "order"}));
    CHECK_FALSE(spec.endpoint_of({"", ""}));
}

TEST_CASE("url_for replaces every {function.name}, as it is", "[module]") {
    EndpointSpec endpoint;
    endpoint.url_template = "http://fn/{function.name}/x?f={function.name}";
    CHECK(endpoint.url_for("Account") == "http://fn/Account/x?f=Account");
    endpoint.url_template = "http://fn/fixed";
    CHECK(endpoint.url_for("Account") == "http://fn/fixed");
    // What the name brings is not replaced again.
    endpoint.url_template = "http://fn/{function.name}";
    CHECK(endpoint.url_for("{function.name}") == "http://fn/{function.name}");
}

TEST_CASE("a report is one line with place, path, value and suggestion", "[module]") {
    Diagnostic diagnostic;
    diagnostic.where = {"a/module.yaml", 2, 12, 5};
    diagnostic.key_path = "spec.transport.cal";
    diagnostic.message = "unknown key";
    diagnostic.seen = "cal";
    diagnostic.suggestion = "call";
    CHECK(
        diagnostic.text() ==
        "a/module.yaml:12:5: error: spec.transport.cal (document 2): unknown key; found cal; "
        "did you mean call?"
    );
}

TEST_CASE("a report without a place names what it has", "[module]") {
    Diagnostic diagnostic;
    diagnostic.severity = Severity::warning;
    diagnostic.message = "nothing";
    CHECK(diagnostic.text() == "warning: nothing");
    diagnostic.where.file = "m.yaml";
    CHECK(diagnostic.text() == "m.yaml: warning: nothing");
    diagnostic.where = {"m.yaml", 3, 7, 1};
    CHECK(diagnostic.text() == "m.yaml:7:1: warning: document 3: nothing");
}

TEST_CASE("nearest finds slips of up to two edits, and no other words", "[module]") {
    const std::vector<std::string_view> known{"transport", "functions", "type", "call", "pool_ttl"};
    CHECK(nearest("transports", known) == "transport");
    CHECK(nearest("tarnsport", known) == "transport");
    CHECK(nearest("Functions", known) == "functions");
    CHECK(nearest("fuctins", known) == "functions");
    CHECK(nearest("tpye", known) == "type");
    CHECK(nearest("poolTTL", known) == "pool_ttl");
    CHECK(nearest("pool-ttl", known) == "pool_ttl");
    CHECK(nearest("fnctn", known).empty());
    CHECK(nearest("tall", known) == "call");
    CHECK(nearest("tale", known).empty());
    CHECK(nearest("", known).empty());
    CHECK(nearest("ca", known).empty());
    CHECK(nearest(std::string(100'000, 'x'), known).empty());
    CHECK(nearest("call", {}).empty());
}
