// What is bound once, and the playground's components.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::load_modules;
using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;

namespace {

std::string endpoint(const std::string& functions, const std::string& version = "v2") {
    return "kind: io.statefun.endpoints." + version + "/http\nspec:\n  functions: " + functions +
           "\n  urlPathTemplate: http://fn/\n---\n";
}

std::string playground(const std::string& what, const std::string& spec) {
    return "kind: io.statefun.playground.v1/" + what + "\nspec: " + spec + "\n---\n";
}

const std::string kIngress = playground("ingress", "{port: 8090}");
const std::string kEgress = playground("egress", "{port: 8091, topics: [a]}");

}  // namespace

TEST_CASE("a function and its namespace may both be bound, also by both versions", "[module]") {
    const LoadedModules loaded = load(endpoint("a/*") + endpoint("a/f", "v1") + endpoint("b/*"));
    check_reports(loaded, {});
    CHECK(loaded.spec.endpoint_of({"a", "f"}) == 1U);
    CHECK(loaded.spec.endpoint_of({"a", "g"}) == 0U);
}

TEST_CASE("a second binding of a function or namespace names both places", "[module]") {
    for (const std::string& pattern : {std::string("a/f"), std::string("a/*")}) {
        const LoadedModules loaded =
            load_modules({{"one.yaml", endpoint(pattern)}, {"two.yaml", endpoint(pattern, "v1")}});
        check_reports(loaded, {{"error 3 spec.functions", "bound already at one.yaml:3"}});
        CHECK_THAT(loaded.diagnostics[0].text(), Catch::StartsWith("two.yaml:3:14: error"));
        CHECK(loaded.spec.endpoints.size() == 1);
    }
    check_reports(
        load(endpoint("a/f") + endpoint("a/f/")),
        {{"warning 8 spec.functions", "slash"}, {"error 8 spec.functions", "already at m.yaml:3"}}
    );
}

TEST_CASE("a second playground component names both places", "[module]") {
    for (const std::string& document : {kIngress, kEgress}) {
        const LoadedModules loaded =
            load_modules({{"one.yaml", endpoint("a/f") + document}, {"two.yaml", "\n" + document}});
        check_reports(loaded, {{"error 3 spec", "the first is at one.yaml:7"}});
        CHECK_THAT(loaded.diagnostics[0].text(), Catch::StartsWith("two.yaml:3:7: error"));
    }
}

TEST_CASE("the playground's components are read", "[module]") {
    const LoadedModules loaded = load(
        endpoint("a/f") + kIngress +
        playground("egress", "{port: \"8091\", topics: [out, 12, out]}")
    );
    check_reports(loaded, {{"warning 10 spec.topics[2]", "this topic is in the list already"}});
    CHECK(loaded.spec.playground_ingress->port == 8090);
    CHECK(loaded.spec.playground_egress->port == 8091);
    CHECK(loaded.spec.playground_egress->topics == std::vector<std::string>{"out", "12"});
}

TEST_CASE("a port of the playground is one that there is", "[module]") {
    const std::array<Expected, 6> cases{{
        {"65536", "accepted: a port from 1 to 65535, or 0 for any free one; found 65536"},
        {"-1", "found -1"},
        {"http", "accepted: a whole number"},
        {"8090.5", "accepted: a whole number"},
        {"", "empty"},
        {"[8090]", "found a list"},
    }};
    for (const Expected& each : cases) {
        INFO(each.head);
        check_reports(
            load(endpoint("a/f") + playground("ingress", "{port: " + each.head + "}")),
            {{"error 7 spec.port", each.part}}
        );
    }
    check_reports(load(endpoint("a/f") + playground("ingress", "{port: 0}")), {});
}

TEST_CASE("what a playground component leaves out gives a warning", "[module]") {
    check_reports(
        load(endpoint("a/f") + playground("egress", "{}")),
        {{"warning 7 spec.port", "missing: the system picks a free port"},
         {"warning 7 spec.topics", "missing: no record can be read"}}
    );
    check_reports(
        load(endpoint("a/f") + playground("egress", "{port: 1, topics: }")),
        {{"warning 7 spec.topics", "empty: read as an empty list"}}
    );
    check_reports(
        load(endpoint("a/f") + playground("egress", "{port: 1, topic: [a]}")),
        {{"warning 7 spec.topics", "missing"}, {"warning 7 spec.topic", "did you mean topics?"}}
    );
}

TEST_CASE("topics are a list of names", "[module]") {
    check_reports(
        load(endpoint("a/f") + playground("egress", "{port: 1, topics: greetings}")),
        {{"error 7 spec.topics", "accepted: a list; found greetings"}}
    );
    check_reports(
        load(endpoint("a/f") + playground("egress", "{port: 1, topics: [{a: b}, '', ~]}")),
        {{"error 7 spec.topics[0]", "accepted: the name of a topic; found a map"},
         {"error 7 spec.topics[1]", "found \"\""},
         {"error 7 spec.topics[2]", "found nothing"}}
    );
}

TEST_CASE("two playground components can't share a port", "[module]") {
    check_reports(
        load(endpoint("a/f") + kIngress + playground("egress", "{port: 8090, topics: [a]}")),
        {{"error 10 spec.port", "port 8090 is taken already by the component at m.yaml:7"}}
    );
    check_reports(
        load(endpoint("a/f") + playground("egress", "{port: 8090, topics: [a]}") + kIngress),
        {{"error 10 spec.port", "port 8090 is taken already by the component at m.yaml:7"}}
    );
    check_reports(
        load(
            endpoint("a/f") + playground("egress", "{port: 0, topics: [a]}") +
            playground("ingress", "{port: 0}")
        ),
        {}
    );
}
