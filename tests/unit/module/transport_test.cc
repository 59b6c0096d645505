// Transports and their time-outs: which key wins, and what has no effect.
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
using sfg::test::with_transport;
using std::chrono::milliseconds;

namespace {

LoadedModules load_transport(const std::string& flow_map) {
    return load(
        "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n"
        "  urlPathTemplate: https://fn:1108/\n  transport: " +
        flow_map + "\n"
    );
}

constexpr const char* kOkhttp = "type: io.statefun.transports.v1/okhttp";

}  // namespace

TEST_CASE("the async transport is the default, its keys are flat", "[module]") {
    const EndpointSpec endpoint = with_transport(
        "call: 5min\nconnect: 3s\npool_ttl: 0\npool_size: \"7\"\npayload_max_bytes: 104857600"
    );
    CHECK(endpoint.transport == TransportKind::async);
    CHECK(endpoint.call_timeout == milliseconds(300'000));
    CHECK(endpoint.connect_timeout == milliseconds(3000));
    CHECK(endpoint.pool_ttl == milliseconds(0));
    CHECK(endpoint.pool_size == 7);
    CHECK(endpoint.payload_bytes_max == 104857600);
}

TEST_CASE("a call time-out without a unit is milliseconds, quoted or not", "[module]") {
    CHECK(with_transport("call: 5000").call_timeout == milliseconds(5000));
    CHECK(with_transport("call: \"5000\"").call_timeout == milliseconds(5000));
    CHECK(with_transport("call: 1day # a comment").call_timeout == milliseconds(86'400'000));
}

TEST_CASE("a timeouts object wins over the flat keys, with defaults of its own", "[module]") {
    struct Case {
        std::string transport;
        milliseconds call;
        milliseconds connect;
    };

    const std::array<Case, 5> cases{{
        {"{timeouts: {call: 3min, connect: 4s}}", milliseconds(180'000), milliseconds(4000)},
        {"{timeouts: {call: 3min}}", milliseconds(180'000), milliseconds(10'000)},
        {"{timeouts: {connect: 4s}}", milliseconds(60'000), milliseconds(4000)},
        {"{timeouts: {}}", milliseconds(60'000), milliseconds(10'000)},
        {"{timeouts: {connect: 10min, call: 1min}}", milliseconds(60'000), milliseconds(600'000)},
    }};
    for (const Case& each : cases) {
        INFO(each.transport);
        const LoadedModules loaded = load_transport(each.transport);
        check_reports(loaded, {});
        CHECK(loaded.spec.endpoints.at(0).call_timeout == each.call);
        CHECK(loaded.spec.endpoints.at(0).connect_timeout == each.connect);
    }
}

TEST_CASE("flat time-outs beside a timeouts object have no effect, and say so", "[module]") {
    const LoadedModules loaded =
        load_transport("{call: 5min, connect: 1s, timeouts: {call: 3min}}");
    check_reports(
        loaded,
        {{"warning 5 spec.transport.call",
          "timeouts is given and wins, also with its defaults: in "
          "effect 3 min"},
         {"warning 5 spec.transport.connect", "in effect 10 s"}}
    );
    CHECK(loaded.spec.endpoints.at(0).call_timeout == milliseconds(180'000));
    CHECK(loaded.spec.endpoints.at(0).connect_timeout == milliseconds(10'000));
}

TEST_CASE("an empty timeouts leaves the flat keys in effect", "[module]") {
    const LoadedModules loaded = load_transport("{call: 5min, timeouts: }");
    check_reports(loaded, {{"warning 5 spec.transport.timeouts", "empty"}});
    CHECK(loaded.spec.endpoints.at(0).call_timeout == milliseconds(300'000));
}

TEST_CASE("an empty transport is the default one, with a warning", "[module]") {
    const LoadedModules loaded = load_transport("");
    check_reports(loaded, {{"warning 5 spec.transport", "empty: the defaults hold"}});
    CHECK(loaded.spec.endpoints.at(0).call_timeout == milliseconds(120'000));
}

TEST_CASE("async ignores read and write", "[module]") {
    check_reports(
        load_transport("{timeouts: {call: 300sec, connect: 20sec, read: 20sec, write: 20sec}}"),
        {{"warning 5 spec.transport.timeouts.read", "ignored by the async transport"},
         {"warning 5 spec.transport.timeouts.write", "ignored by the async transport"}}
    );
    check_reports(
        load_transport("{read: 20sec}"),
        {{"warning 5 spec.transport.read", "no key of the async transport"}}
    );
}

TEST_CASE("okhttp has the defaults of its timeouts", "[module]") {
    const EndpointSpec endpoint = with_transport(kOkhttp);
    CHECK(endpoint.transport == TransportKind::okhttp);
    CHECK(endpoint.call_timeout == milliseconds(60'000));
    CHECK(endpoint.connect_timeout == milliseconds(10'000));
}

TEST_CASE("okhttp takes its time-outs from timeouts only", "[module]") {
    const LoadedModules loaded = load_transport(
        "{" + std::string(kOkhttp) +
        ", call: 5min, pool_size: 3, trust_cacerts: ca.pem, read: 2s, timeouts: {call: 30s}}"
    );
    check_reports(
        loaded,
        {{"warning 5 spec.transport.call", "belongs under timeouts in the okhttp transport"},
         {"warning 5 spec.transport.pool_size", "a key of the async transport"},
         {"warning 5 spec.transport.trust_cacerts", "a key of the async transport"},
         {"warning 5 spec.transport.read", "belongs under timeouts"}}
    );
    CHECK(loaded.spec.endpoints.at(0).call_timeout == milliseconds(30'000));
    CHECK_FALSE(loaded.spec.endpoints.at(0).tls.trust_cacerts);
}

TEST_CASE("no okhttp time-out may be longer than call, the defaults included", "[module]") {
    const std::string head = "{" + std::string(kOkhttp) + ", timeouts: ";
    check_reports(
        load_transport(head + "{call: 5s}}"),
        {{"error 5 spec.transport.timeouts.call",
          "connect has the default 10 s, longer than call "
          "with 5 s"},
         {"error 5 spec.transport.timeouts.call", "read has the default 10 s"},
         {"error 5 spec.transport.timeouts.call", "write has the default 10 s"}}
    );
    check_reports(
        load_transport(head + "{connect: 2min}}"),
        {{"error 5 spec.transport.timeouts.connect",
          "connect is 2 min, longer than call with 1 "
          "min"}}
    );
    // Where call itself is wrong, nothing is said about the others.
    check_reports(
        load_transport(head + "{call: soon, connect: 2min}}"),
        {{"error 5 spec.transport.timeouts.call", "accepted: a whole number and a unit"}}
    );
    CHECK(load_transport(head + "{call: 10s}}").ok());
}

TEST_CASE("okhttp's read and write are checked, but not used", "[module]") {
    check_reports(
        load_transport("{" + std::string(kOkhttp) + ", timeouts: {read: 5s, write: 2min}}"),
        {{"warning 5 spec.transport.timeouts.read", "checked, but not used"},
         {"warning 5 spec.transport.timeouts.write", "checked, but not used"},
         {"error 5 spec.transport.timeouts.write", "write is 2 min, longer than call"}}
    );
}

TEST_CASE("a time-out of zero is refused, also one that rounds to it", "[module]") {
    for (const std::string& transport :
         {std::string("{call: 0}"),
          std::string("{call: 500 ns}"),
          std::string("{timeouts: {call: 0s}}"),
          "{" + std::string(kOkhttp) + ", timeouts: {call: 0 ms}}"}) {
        INFO(transport);
        const LoadedModules loaded = load_transport(transport);
        REQUIRE(loaded.diagnostics.size() == 1);
        CHECK_FALSE(loaded.ok());
        CHECK_THAT(loaded.diagnostics[0].text(), Catch::Contains("a duration of at least 1 ms"));
    }
}

TEST_CASE("a duration that is none is refused, with the unit that is meant", "[module]") {
    const std::array<Expected, 6> cases{{
        {"5 minuts", "found 5 minuts; did you mean minute?"},
        {"5 mins", "did you mean min?"},
        {"1.5s", "accepted: a whole number and a unit"},
        {"-1s", "accepted: a whole number and a unit"},
        {"[1s]", "found a list"},
        {"400 d", "longer than a year"},
    }};
    for (const Expected& each : cases) {
        INFO(each.head);
        check_reports(
            load_transport("{call: " + each.head + "}"),
            {{"error 5 spec.transport.call", each.part}}
        );
    }
}

TEST_CASE("sizes below one are refused", "[module]") {
    check_reports(
        load_transport("{pool_size: 0, payload_max_bytes: -1}"),
        {{"error 5 spec.transport.pool_size", "accepted: a whole number from 1"},
         {"error 5 spec.transport.payload_max_bytes", "found -1"}}
    );
    check_reports(
        load_transport("{payload_max_bytes: 32mb}"),
        {{"error 5 spec.transport.payload_max_bytes", "accepted: a whole number"}}
    );
}

TEST_CASE("an unknown transport lists the known ones", "[module]") {
    const std::array<Expected, 5> cases{{
        {"io.statefun.transports.v1/asnyc", "did you mean io.statefun.transports.v1/async?"},
        {"okhttp", "did you mean io.statefun.transports.v1/okhttp?"},
        {"example/noop", "a transport of an extension jar can't be loaded here"},
        {"\"\"", "accepted: io.statefun.transports.v1/async, io.statefun.transports.v1/okhttp"},
        {"{a: b}", "accepted: text; found a map"},
    }};
    for (const Expected& each : cases) {
        INFO(each.head);
        check_reports(
            load_transport("{type: " + each.head + "}"),
            {{"error 5 spec.transport.type", each.part}}
        );
    }
}

TEST_CASE("keys of the spec inside the transport are told where they belong", "[module]") {
    check_reports(
        load_transport("{maxNumBatchRequests: 15, conect: 2s}"),
        {{"warning 5 spec.transport.maxNumBatchRequests",
          "belongs to spec, one level up; here it "
          "is ignored, in effect is 1000"},
         {"warning 5 spec.transport.conect", "did you mean connect?"}}
    );
}
