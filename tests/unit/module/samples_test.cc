// Module files as people write them, and those of this repository.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::load;
using std::chrono::milliseconds;

namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("every module of conf/ loads without a report", "[module]") {
    int modules = 0;
    for (const auto& entry : std::filesystem::directory_iterator(SFG_CONF_DIR)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("module") || !name.ends_with(".yaml")) {
            continue;
        }
        ++modules;
        const auto no_variable = [](const std::string&) {
            return std::optional<std::string>{};
        };
        check_reports(
            sfg::load_modules({{name, read(entry.path())}}, {.environment = no_variable}), {}
        );
    }
    CHECK(modules > 0);
}

TEST_CASE("the transport that conf/module.yaml writes out is the default one", "[module]") {
    const LoadedModules loaded = load(read(std::string(SFG_CONF_DIR) + "/module.yaml"));
    REQUIRE(loaded.spec.endpoints.size() == 2);
    const sfg::EndpointSpec& explained = loaded.spec.endpoints[0];
    const sfg::EndpointSpec& bare = loaded.spec.endpoints[1];
    CHECK(explained.transport == bare.transport);
    CHECK(explained.call_timeout == bare.call_timeout);
    CHECK(explained.connect_timeout == bare.connect_timeout);
    CHECK(explained.pool_ttl == bare.pool_ttl);
    CHECK(explained.pool_size == bare.pool_size);
    CHECK(explained.payload_bytes_max == bare.payload_bytes_max);
    CHECK(loaded.spec.playground_ingress->port == 8090);
    CHECK(loaded.spec.playground_egress->port == 8091);
}

TEST_CASE("F03 a greeter of the playground loads without a report", "[module]") {
    const LoadedModules loaded = load(R"(# comment
kind: io.statefun.endpoints.v2/http
spec:
  functions: example/*
  urlPathTemplate: http://functions:8000/statefun
  transport:
    type: io.statefun.transports.v1/async
---
kind: io.statefun.playground.v1/ingress
spec:
  port: 8090
---
kind: io.statefun.playground.v1/egress
spec:
  port: 8091
  topics:
    - greetings
)");
    check_reports(loaded, {});
    CHECK(loaded.spec.endpoint_of({"example", "greeter"}) == 0U);
    CHECK(loaded.spec.playground_egress->topics == std::vector<std::string>{"greetings"});
}

TEST_CASE("F01 M01 a batch limit below the transport is seen, and does nothing", "[module]") {
    const LoadedModules loaded = load(R"(kind: io.statefun.endpoints.v2/http
spec:
  functions: orders/*
  urlPathTemplate: http://orders:1108/
  transport:
    type: io.statefun.transports.v1/async
    maxNumBatchRequests: 15
---
kind: io.statefun.playground.v1/ingress
spec: {port: 8090}
)");
    check_reports(
        loaded, {{"warning 7 spec.transport.maxNumBatchRequests", "belongs to spec, one level up"}}
    );
    CHECK(loaded.spec.endpoints.at(0).batch_messages_max == 1000);
}

TEST_CASE("F09 M02 commented components, double markers and a Kafka egress", "[module]") {
    const LoadedModules loaded = load(R"(---
---
# kind: io.statefun.playground.v1/ingress
---
kind: io.statefun.playground.v1/ingress
spec: {port: 8090}
---
kind: io.statefun.kafka.v1/egress
spec: {id: orders/out, address: "broker:9092", topics: [a, b]}
---
)");
    check_reports(
        loaded,
        {{"warning 9 spec.topics", "(document 4): ignored: each record names its own topic"},
         {"warning 0", "no function endpoint is declared"}}
    );
    CHECK(loaded.spec.playground_ingress->where.document == 3);
    CHECK(loaded.spec.kafka_egresses.at(0).brokers == "broker:9092");
}

TEST_CASE(
    "F29 M04 a misspelt certificate is found at load, not with the first message",
    "[module]"
) {
    check_reports(
        load(R"(kind: io.statefun.endpoints.v2/http
spec:
  functions: orders/*
  urlPathTemplate: https://10.0.0.7:8443
  transport: {trust_cacerts: ca.pem, client_certs: c.pem, client_key: c.key}
)"),
        {{"error 5 spec.transport.client_certs", "found client_certs; did you mean client_cert?"},
         {"error 5 spec.transport.client_key", "needs client_cert"}}
    );
}

TEST_CASE(
    "F39 F41 M07 a machine-written file of the layout 3.0 with its sections in any order",
    "[module]"
) {
    const LoadedModules loaded = load(R"(version: '3.0'
module:
  meta: {type: remote}
  spec:
    egresses:
    - egress: {meta: {type: io.statefun.kafka/egress, id: orders/out}, spec: {address: "b:9092"}}
    ingresses:
    - ingress:
        meta: {id: orders/in, type: io.statefun.kafka/ingress}
        spec:
          address: b:9092
          consumerGroupId: g
          topics: [{topic: t, valueType: a/E, targets: [a/Entity_create, b/f]}]
    endpoints:
    - endpoint: {meta: {kind: http}, spec: {functions: a/Entity_create, urlPathTemplate: "http://fn:8000/", timeouts: {call: 2 min}}}
    - endpoint:
         meta:
            kind: http
         spec:
            functions: b/f   # blanks before this comment
            urlPathTemplate: http://fn:8001/
)");
    check_reports(loaded, {});
    CHECK(loaded.spec.kafka_egresses.at(0).delivery == sfg::KafkaDelivery::at_least_once);
    CHECK(loaded.spec.kafka_ingresses.at(0).topics.at(0).targets.size() == 2);
    REQUIRE(loaded.spec.endpoints.size() == 2);
    CHECK(loaded.spec.endpoints[0].call_timeout == milliseconds(120'000));
    CHECK(loaded.spec.endpoints[1].functions.name == "f");
}

TEST_CASE(
    "F16 CamelCase names, a path per function, blank lines at the end, no egress",
    "[module]"
) {
    const LoadedModules loaded = load(
        "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: bank/*\n"
        "  urlPathTemplate: http://bank:8080/{function.name}  \n\n\n\n"
    );
    check_reports(loaded, {});
    CHECK(loaded.spec.endpoints.at(0).url_for("Account") == "http://bank:8080/Account");
}

TEST_CASE("F51 a file whose last spec is empty, and one of placeholders", "[module]") {
    check_reports(
        load("kind: io.statefun.endpoints.v2/http\nspec:\n"),
        {{"error 2 spec", "are the lines below it indented?"}}
    );
    check_reports(
        load("kind: io.statefun.endpoints.v2/http\nspec:\n  functions: a/*\n"
             "  urlPathTemplate: %%GATEWAY_URL%%\n---\nkind: io.statefun.endpoints.v2/http\nspec:\n"
        ),
        {{"error 4", "template whose placeholders were not filled in"},
         {"error 7 spec", "are the lines below it indented?"}}
    );
}

TEST_CASE(
    "F46 an old file gets the advice to rewrite it, and its placeholders are seen",
    "[module]"
) {
    check_reports(
        load("version: \"1.0\"\r\nmodule:\r\n  spec:\r\n    ingresses:\r\n"
             "      - ingress: {spec: {address: {BROKER}}}\r\n"),
        {{"error 1 version", "the layout 1.0 is too old"},
         {"error 5 module.spec.ingresses[0].ingress.spec.address", "found a map {BROKER}"}}
    );
}
