// The layout 3.0: one document with a version, all components below `module`.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::LoadedModules;
using sfg::TransportKind;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;
using std::chrono::milliseconds;

namespace {

// A document whose module.spec is `spec`, a flow map.
std::string layout(const std::string& spec, const std::string& version = "\"3.0\"") {
    return "version: " + version + "\nmodule:\n  meta:\n    type: remote\n  spec: " + spec + "\n";
}

std::string endpoint(const std::string& functions, const std::string& more = {}) {
    return "{endpoint: {meta: {kind: http}, spec: {functions: " + functions +
           ", urlPathTemplate: 'http://fn:8000/'" + more + "}}}";
}

const std::string kPath = "module.spec.";

}  // namespace

TEST_CASE("the layout 3.0 loads, its http is endpoints.v1", "[module]") {
    const LoadedModules loaded = load(layout(
        "{endpoints: [" + endpoint("a/f", ", timeouts: {call: 2 min}") + ", " + endpoint("b/*") +
            "]}",
        "'3.0'"
    ));
    check_reports(loaded, {});
    REQUIRE(loaded.spec.endpoints.size() == 2);
    CHECK(loaded.spec.endpoints[0].transport == TransportKind::okhttp);
    CHECK(loaded.spec.endpoints[0].call_timeout == milliseconds(120'000));
    CHECK(loaded.spec.endpoints[1].call_timeout == milliseconds(60'000));
    CHECK(loaded.spec.endpoints[1].functions.text() == "b/*");
}

TEST_CASE("other kinds are taken by their full names", "[module]") {
    const LoadedModules loaded = load(
        layout("{egresses: [{egress: {meta: {type: io.statefun.playground.v1/egress, id: a/out}, "
               "spec: {port: 8091, topics: [t]}}}], "
               "ingresses: [{ingress: {meta: {type: io.statefun.playground.v1/ingress, id: a/in}, "
               "spec: {port: 8090}}}], "
               "endpoints: [{endpoint: {meta: {kind: io.statefun.endpoints.v2/http}, "
               "spec: {functions: a/f, urlPathTemplate: 'http://fn', transport: {call: 3s}}}}]}")
    );
    check_reports(loaded, {});
    CHECK(loaded.spec.endpoints.at(0).call_timeout == milliseconds(3000));
    CHECK(loaded.spec.playground_ingress->port == 8090);
    CHECK(loaded.spec.playground_egress->topics == std::vector<std::string>{"t"});
}

TEST_CASE("F42 F45 the short kinds of Kafka load, with the id of their meta", "[module]") {
    const std::string topics =
        "[{topic: t, valueType: a/T, targets: [a/f]}], startupPosition: {type: earliest}";
    const LoadedModules loaded = load(layout(
        "{endpoints: [" + endpoint("a/f") +
        "], ingresses: [{ingress: {meta: {type: io.statefun.kafka/ingress, id: a/in}, spec: "
        "{address: 'b:9092', consumerGroupId: g, topics: " +
        topics +
        "}}}], egresses: [{egress: {meta: {type: io.statefun.kafka/egress, id: a/out}, spec: "
        "{address: 'b:9092', deliverySemantic: {type: exactly-once, transactionTimeoutMillis: "
        "900000}}}}]}"
    ));
    check_reports(loaded, {});
    REQUIRE(loaded.spec.kafka_ingresses.size() == 1);
    CHECK(loaded.spec.kafka_ingresses[0].id.text() == "a/in");
    CHECK(loaded.spec.kafka_ingresses[0].start.from == sfg::KafkaFrom::earliest);
    REQUIRE(loaded.spec.kafka_egresses.size() == 1);
    CHECK(loaded.spec.kafka_egresses[0].id.text() == "a/out");
    CHECK(loaded.spec.kafka_egresses[0].transaction_timeout == milliseconds(900'000));
}

TEST_CASE("the short kinds of Kinesis load, and say that they are not served", "[module]") {
    const LoadedModules loaded = load(layout(
        "{endpoints: [" + endpoint("a/f") +
        "], ingresses: [{ingress: {meta: {type: io.statefun.kinesis/ingress, id: a/in}, spec: "
        "{streams: [{stream: s, valueType: a/T, targets: [a/f]}]}}}], egresses: [{egress: {meta: "
        "{type: io.statefun.kinesis/egress, id: a/out}, spec: {}}}]}"
    ));
    check_reports(
        loaded,
        {{"warning 5 " + kPath + "ingresses[0].ingress.meta.type", "nothing is read from it"},
         {"warning 5 " + kPath + "egresses[0].egress.meta.type", "records to it wait"}}
    );
    CHECK(loaded.spec.kinesis.size() == 2);
}

TEST_CASE("F48 F49 F52 only the version \"3.0\" is read, and the others get advice", "[module]") {
    const std::array<Expected, 8> cases{{
        {"3.0", "so quote it; found 3.0; did you mean \"3.0\"?"},
        {"3", "so quote it"},
        {"\"1.0\"", "too old; \"statefun-gateway migrate FILE\" writes it anew"},
        {"'2.0'", "the layout 2.0 is too old"},
        {"\"3.1\"", "from StateFun 3.1 on there is no version"},
        {"\"4.0\"", "unknown version; accepted: \"3.0\""},
        {"v3.0", "unknown version"},
        {"", "empty"},
    }};
    for (const Expected& each : cases) {
        INFO(each.head);
        check_reports(load(layout("{}", each.head)), {{"error 1 version", each.part}});
    }
}

TEST_CASE("F33 an empty list is one, with a warning where StateFun would refuse it", "[module]") {
    check_reports(
        load(layout("{endpoints: , ingresses: [], egresses: }")),
        {{"warning 5 " + kPath + "endpoints", "empty: read as an empty list"},
         {"warning 5 " + kPath + "egresses", "empty: read as an empty list"},
         {"warning 0", "no function endpoint is declared"}}
    );
}

TEST_CASE("a slip in the frame of the layout is told with its path", "[module]") {
    const std::array<std::pair<std::string, Expected>, 9> cases{{
        {"version: '3.0'", {"error 1 module", "the key module is missing"}},
        {"module: {}", {"error 1 version", "the key version is missing"}},
        {"version: '3.0'\nmodule: {meta: {type: remte}, spec: {endpoints: [" + endpoint("a/f") +
             "]}}",
         {"error 2 module.meta.type", "found remte; did you mean remote?"}},
        {"version: '3.0'\nmodule: {spec: {endpoints: [" + endpoint("a/f") + "]}}",
         {"error 2 module.meta", "the key meta is missing"}},
        {"version: '3.0'\nmodule: {meta: {type: Remote}}",
         {"error 2 module.spec", "the key spec is missing"}},
        {layout("{endpoints: {}}"), {"error 5 " + kPath + "endpoints", "accepted: a list"}},
        {layout("{endpoints: [text]}"),
         {"error 5 " + kPath + "endpoints[0]", "accepted: a map with the key endpoint; found text"}
        },
        {layout("{endpoints: [{endpoint: {meta: {}, spec: {}}}]}"),
         {"error 5 " + kPath + "endpoints[0].endpoint.meta.kind", "the key kind is missing"}},
        {layout("{endpoints: [{endpoint: {meta: {kind: http}}}]}"),
         {"error 5 " + kPath + "endpoints[0].endpoint.spec", "the key spec is missing"}},
    }};
    for (const auto& [text, expected] : cases) {
        INFO(text);
        check_reports(load(text), {expected});
    }
}

TEST_CASE("an ingress of the layout needs its id", "[module]") {
    check_reports(
        load(layout(
            "{endpoints: [" + endpoint("a/f") +
            "], ingresses: [{ingress: {meta: {type: "
            "io.statefun.playground.v1/ingress}, spec: {port: 8090}}}]}"
        )),
        {{"error 5 " + kPath + "ingresses[0].ingress.meta.id", "the key id is missing"}}
    );
}

TEST_CASE("keys of other layouts give warnings", "[module]") {
    check_reports(
        load(layout(
            "{functions: [], routers: [], endpoint: [], endpoints: [" +
            endpoint("a/f", ", transport: {type: x}") + "]}"
        )),
        {{"warning 5 " + kPath + "functions", "a list of the layouts 1.0 and 2.0"},
         {"warning 5 " + kPath + "routers", "a list of the layout 1.0"},
         {"warning 5 " + kPath + "endpoint", "did you mean endpoints?"},
         {"warning 5 " + kPath + "endpoints[0].endpoint.spec.transport", "ignored by endpoints.v1"}}
    );
}

TEST_CASE("the layout 3.0 must be alone in its file, but not among files", "[module]") {
    const std::string document = layout("{endpoints: [" + endpoint("a/f") + "]}");
    check_reports(load("---\n" + document + "---\n# nothing\n"), {});
    check_reports(
        load(document + "---\nkind: io.statefun.playground.v1/ingress\nspec: {port: 1}\n"),
        {{"error 1 version", "the layout 3.0 must be the only document of its file"}}
    );
    const LoadedModules both = sfg::load_modules(
        {{"a.yaml", document},
         {"b.yaml", "kind: io.statefun.playground.v1/ingress\nspec: {port: 1}\n"}}
    );
    check_reports(both, {});
    CHECK(both.spec.playground_ingress);
}
