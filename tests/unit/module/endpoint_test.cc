// The kinds io.statefun.endpoints.v2/http and v1/http.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::EndpointSpec;
using sfg::LoadedModules;
using sfg::TransportKind;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;
using sfg::test::load_endpoint;
using std::chrono::milliseconds;

namespace {

std::string v2(const std::string& functions, const std::string& more = {}) {
    return "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: " + functions +
           "\n  urlPathTemplate: http://fn:1108/\n" + more;
}

std::string v1(const std::string& more) {
    return "kind: io.statefun.endpoints.v1/http\nspec:\n  functions: shop/cart\n"
           "  urlPathTemplate: http://fn:1108/\n" +
           more;
}

}  // namespace

TEST_CASE("an endpoint with the two keys that it needs has the documented defaults", "[module]") {
    const EndpointSpec endpoint = load_endpoint(v2("shop/cart"));
    CHECK(endpoint.functions.ns == "shop");
    CHECK(endpoint.functions.name == "cart");
    CHECK(endpoint.url_template == "http://fn:1108/");
    CHECK(endpoint.batch_messages_max == 1000);
    CHECK(endpoint.transport == TransportKind::async);
    CHECK(endpoint.call_timeout == milliseconds(120'000));
    CHECK(endpoint.connect_timeout == milliseconds(20'000));
    CHECK(endpoint.pool_ttl == milliseconds(15'000));
    CHECK(endpoint.pool_size == 1024);
    CHECK(endpoint.payload_bytes_max == 33554432);
    CHECK(endpoint.where.file == "m.yaml");
    CHECK(endpoint.where.document == 1);
    CHECK(endpoint.where.line == 3);
    CHECK(endpoint.where.column == 14);
}

TEST_CASE("an endpoint can have a concurrency of its own", "[module]") {
    CHECK_FALSE(load_endpoint(v2("shop/cart")).concurrency);
    CHECK(
        load_endpoint(v2("shop/cart", "  gateway: {concurrency: 12}\n")).concurrency->fixed == 12
    );
    CHECK(load_endpoint(v1("  gateway:\n    concurrency: adaptive\n")).concurrency->is_adaptive());
    for (const char* text : {"0", "193", "many", "1.5"}) {
        const LoadedModules loaded =
            load(v2("shop/cart", "  gateway: {concurrency: " + std::string(text) + "}\n"));
        check_reports(
            loaded, {{"error 5 spec.gateway.concurrency", "accepted: adaptive, or 1 to 192"}}
        );
    }
}

TEST_CASE("ns/* binds a namespace", "[module]") {
    const EndpointSpec endpoint = load_endpoint(v2("com.example/*"));
    CHECK(endpoint.functions.ns == "com.example");
    CHECK_FALSE(endpoint.functions.name);
    CHECK(endpoint.functions.text() == "com.example/*");
}

TEST_CASE("a pattern that is none is refused with the forms that are", "[module]") {
    const std::array<std::pair<std::string, std::string>, 13> cases{{
        {"shop", "not a function pattern"},
        {"shop/", "not a function pattern"},
        {"/cart", "not a function pattern"},
        {"shop//cart", "not a function pattern"},
        {"a/b/c", "not a function pattern"},
        {"\"*\"", "not a function pattern"},
        {"\"\"", "not a function pattern"},
        {"12", "not a function pattern"},
        {"\"*/cart\"", "* can only stand for the whole name"},
        {"shop/ca*", "* can only stand for the whole name"},
        {"\"sh*p/*\"", "* can only stand for the whole name"},
        {"io.statefun.gateway/*", "reserved for the gateway's own callers"},
        {"io.statefun.gateway/call", "reserved for the gateway's own callers"},
    }};
    for (const auto& [pattern, reason] : cases) {
        INFO(pattern);
        const LoadedModules loaded = load(v2(pattern));
        check_reports(loaded, {{"error 3 spec.functions", reason}});
        CHECK(loaded.spec.endpoints.empty());
        CHECK_THAT(
            loaded.diagnostics[0].message,
            Catch::Contains("accepted: namespace/name, or namespace/*")
        );
    }
}

TEST_CASE("names that StateFun takes as they are load, the odd ones with a warning", "[module]") {
    CHECK(load_endpoint(v2("com.example/MyFn_1-x")).functions.name == "MyFn_1-x");
    CHECK(load_endpoint(v2("io.statefun.gateways/x")).functions.ns == "io.statefun.gateways");
    check_reports(load(v2("shop/cart//")), {{"warning 3 spec.functions", "slash at the end"}});
    CHECK(load_endpoint(v2("shop/cart/")).functions.name == "cart");
    check_reports(load(v2("\" shop/cart\"")), {{"warning 3 spec.functions", "blank at its edge"}});
}

TEST_CASE("a name longer than any message may carry is refused", "[module]") {
    CHECK(load(v2("shop/" + std::string(4096, 'n'))).ok());
    check_reports(
        load(v2("shop/" + std::string(4097, 'n'))),
        {{"error 3 spec.functions", "longer than 4096 bytes"}}
    );
}

TEST_CASE("maxNumBatchRequests is an int of Java, and none below one limits", "[module]") {
    const std::array<std::pair<std::string, std::uint32_t>, 7> cases{{
        {"15", 15},
        {"\"15\"", 15},
        {"' 15 '", 15},
        {"2147483647", 2147483647},
        {"0", 0},
        {"-1", 0},
        {"10_000", 10000},
    }};
    for (const auto& [text, limit] : cases) {
        INFO(text);
        const auto endpoint = load_endpoint(v2("a/b", "  maxNumBatchRequests: " + text + "\n"));
        CHECK(endpoint.batch_messages_max == limit);
    }
}

TEST_CASE("what is no int of Java is refused with what was seen", "[module]") {
    for (const std::string& text :
         {std::string("many"),
          std::string("1.5"),
          std::string("2147483648"),
          std::string("true"),
          std::string("0x10"),
          std::string("[15]"),
          std::string("{a: 1}"),
          std::string("")}) {
        INFO(text);
        check_reports(
            load(v2("a/b", "  maxNumBatchRequests: " + text + "\n")),
            {{"error 5 spec.maxNumBatchRequests",
              "accepted: a whole number from -2147483648 to 2147483647"}}
        );
    }
}

TEST_CASE("missing keys are named, with the misspelt one if there is one", "[module]") {
    check_reports(
        load("kind: io.statefun.endpoints.v2/http\nspec:\n  urlPathTemplte: http://fn/\n"),
        {{"error 2 spec.functions", "the key functions is missing; accepted: namespace/name"},
         {"error 2 spec.urlPathTemplate", "found urlPathTemplte; did you mean urlPathTemplate?"},
         {"warning 3 spec.urlPathTemplte", "unknown key, ignored as StateFun does"}}
    );
}

TEST_CASE("keys at the wrong place are told where they belong", "[module]") {
    check_reports(
        load(v2("a/b", "  timeouts: {call: 1min}\n  call: 1min\n  type: x\n  client_key: k\n")),
        {{"warning 5 spec.timeouts", "in endpoints.v2/http it belongs under transport"},
         {"warning 6 spec.call", "belongs under transport"},
         {"warning 7 spec.type", "belongs under transport"},
         {"warning 8 spec.client_key", "belongs under transport"}}
    );
    check_reports(
        load(v2("a/b", "  transports: {}\n  maxNumBatchRequest: 3\n  frobnicate: 1\n")),
        {{"warning 5 spec.transports", "did you mean transport?"},
         {"warning 6 spec.maxNumBatchRequest", "did you mean maxNumBatchRequests?"},
         {"warning 7 spec.frobnicate", "known here: functions, urlPathTemplate"}}
    );
}

TEST_CASE("endpoints.v1 uses okhttp with its defaults", "[module]") {
    const EndpointSpec endpoint = load_endpoint(v1("  maxNumBatchRequests: 7\n"));
    CHECK(endpoint.transport == TransportKind::okhttp);
    CHECK(endpoint.call_timeout == milliseconds(60'000));
    CHECK(endpoint.connect_timeout == milliseconds(10'000));
    CHECK(endpoint.batch_messages_max == 7);
}

TEST_CASE("endpoints.v1 has its timeouts below spec", "[module]") {
    const EndpointSpec endpoint =
        load_endpoint(v1("  timeouts: {call: 2 min, connect: 30seconds}\n"));
    CHECK(endpoint.call_timeout == milliseconds(120'000));
    CHECK(endpoint.connect_timeout == milliseconds(30'000));
}

TEST_CASE("F56 endpoints.v1 ignores a transport, with a warning", "[module]") {
    const LoadedModules loaded =
        load(v1("  transport: {type: io.statefun.transports.v1/async, call: 5min}\n"));
    check_reports(loaded, {{"warning 5 spec.transport", "always uses okhttp"}});
    CHECK(loaded.spec.endpoints.at(0).call_timeout == milliseconds(60'000));
}

TEST_CASE("endpoints.v1 converts nothing: numbers are numbers and text is text", "[module]") {
    check_reports(
        load(v1("  timeouts: {call: 50000}\n")),
        {{"error 5 spec.timeouts.call", "quote the number, or give it a unit; found 50000"}}
    );
    CHECK(load_endpoint(v1("  timeouts: {call: '50000'}\n")).call_timeout == milliseconds(50'000));
    check_reports(
        load(v1("  maxNumBatchRequests: '7'\n")),
        {{"error 5 spec.maxNumBatchRequests", "without quotes"}}
    );
    check_reports(
        load("kind: io.statefun.endpoints.v1/http\nspec: {functions: 1.5, urlPathTemplate: true}\n"
        ),
        {{"error 2 spec.functions", "reads this as a number or truth value, so quote it"},
         {"error 2 spec.urlPathTemplate", "did you mean \"true\"?"}}
    );
}
