// The shapes of module files that are in use, in our own words: what loads, and what is said.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <string>

using sfg::load_modules;
using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::load;
using std::chrono::milliseconds;

TEST_CASE("F04 an egress in comments only, at an end without a line break, is none", "[module]") {
    const LoadedModules loaded = load(R"(kind: io.statefun.endpoints.v2/http
spec:
  functions: rest/*
  urlPathTemplate: http://127.0.0.1:8000/statefun
---
kind: io.statefun.playground.v1/ingress
spec:
  port: 8090
#---
#kind: io.statefun.playground.v1/egress
#spec:
#  port: 8091)");
    check_reports(loaded, {});
    CHECK(loaded.spec.playground_ingress);
    CHECK_FALSE(loaded.spec.playground_egress);
}

TEST_CASE("F06 all on one host, with two topics", "[module]") {
    const LoadedModules loaded = load(R"(kind: io.statefun.endpoints.v2/http
spec:
  functions: market/*
  urlPathTemplate: http://127.0.0.1:1108/
---
kind: io.statefun.playground.v1/ingress
spec:
  port: 8090
---
kind: io.statefun.playground.v1/egress
spec:
  port: 8091
  topics:
    - receipts
    - restocks
)");
    check_reports(loaded, {});
    CHECK(loaded.spec.playground_egress->topics.size() == 2);
}

TEST_CASE("F10 F17 comments at any column, and a class path as a type's name", "[module]") {
    const LoadedModules loaded = load(R"(
        # far to the right
kind: io.statefun.endpoints.v2/http
 # one to the right
spec:
# no indentation at all
  functions: com.example.orders.fns/OrderFn
      # deeper than the key before
  urlPathTemplate: http://host.testcontainers.internal:1108/api   # a path
  transport:
#    type: io.statefun.transports.v1/okhttp
    type: io.statefun.transports.v1/async
    call: 1day  # long enough
)");
    check_reports(loaded, {});
    const sfg::EndpointSpec& endpoint = loaded.spec.endpoints.at(0);
    CHECK(endpoint.functions.text() == "com.example.orders.fns/OrderFn");
    CHECK(endpoint.url_template == "http://host.testcontainers.internal:1108/api");
    CHECK(endpoint.call_timeout == milliseconds(86'400'000));
}

TEST_CASE("F14 an endpoint alone is a module; the address to listen on is doubted", "[module]") {
    const LoadedModules loaded = load(R"(kind: io.statefun.endpoints.v2/http
spec:
  functions: harness/*
  urlPathTemplate: http://0.0.0.0:8000/
)");
    check_reports(loaded, {{"warning 4 spec.urlPathTemplate", "an address to listen on"}});
    CHECK(loaded.ok());
}

TEST_CASE("F18 async with a timeouts object of the older transport", "[module]") {
    const LoadedModules loaded = load(R"(kind: io.statefun.endpoints.v2/http
spec:
  functions: rides/*
  urlPathTemplate: http://rides:8000/
  transport:
    type: io.statefun.transports.v1/async
    timeouts:
      call: 300sec
      connect: 20sec
      read: 20sec
      write: 20sec
)");
    check_reports(
        loaded,
        {{"warning 10 spec.transport.timeouts.read", "ignored by the async transport"},
         {"warning 11 spec.transport.timeouts.write", "ignored by the async transport"}}
    );
    CHECK(loaded.spec.endpoints.at(0).call_timeout == milliseconds(300'000));
    CHECK(loaded.spec.endpoints.at(0).connect_timeout == milliseconds(20'000));
}

TEST_CASE("F23 F24 modules of one application in several files, two of them alike", "[module]") {
    const std::string python =
        "kind: io.statefun.endpoints.v2/http \nspec:  \n\n"
        "  functions: ingest/writer  \n\n"
        "  urlPathTemplate: https://gw.example/fixed # by the gateway\n";
    const std::string go =
        "kind: io.statefun.endpoints.v1/http\nspec:\n"
        "  functions: ingest/reader\n  urlPathTemplate: http://go:8082/\n";
    check_reports(load_modules({{"ingest/module.yaml", python}, {"go/module.yml", go}}), {});
    const LoadedModules twice =
        load_modules({{"ingest/module.yaml", python}, {"go/module.yml", go}, {"b.yml", python}});
    check_reports(twice, {{"error 4 spec.functions", "bound already at ingest/module.yaml:4"}});
    CHECK(twice.diagnostics[0].where.file == "b.yml");
    CHECK(twice.spec.endpoints.size() == 2);
}

TEST_CASE("F30 a component and a transport of an extension do not hide the rest", "[module]") {
    const LoadedModules loaded = load(R"(kind: io.statefun_tasks.v1/pipeline
spec:
  id: tasks/pipeline
---
kind: io.statefun.endpoints.v2/http
spec:
  functions: tasks/*
  urlPathTemplate: http://dummy
  maxNumBatchRequests: 50000
  transport:
    type: io.statefun_tasks.v1/noop
---
kind: io.statefun.endpoints.v2/http
spec:
  functions: worker/*
  urlPathTemplate: http://worker:8085/statefun
  maxNumBatchRequest: 50000
  transport:
    type: io.statefun.transports.v1/async
    payload_max_bytes: 104857600
)");
    check_reports(
        loaded,
        {{"error 1 kind", "one of an extension jar can't be loaded here"},
         {"error 11 spec.transport.type", "a transport of an extension jar can't be loaded"},
         {"warning 17 spec.maxNumBatchRequest", "did you mean maxNumBatchRequests?"}}
    );
    CHECK(loaded.spec.endpoints.back().payload_bytes_max == 104'857'600);
    CHECK(loaded.spec.endpoints.back().batch_messages_max == 1000);
}

TEST_CASE("F34 Helm templates are told from modules, in a value and as whole lines", "[module]") {
    check_reports(
        load("kind: io.statefun.endpoints.v2/http\nspec:\n  functions: {{ .Values.functions }}\n"
             "  urlPathTemplate: http://{{ .Release.Name }}:8000/\n"),
        {{"error 3 spec.functions", "Helm or Jinja template"},
         {"error 4 spec.urlPathTemplate", "Helm or Jinja template"}}
    );
    check_reports(
        load("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  module.yaml: |+\n"
             "    version: \"3.0\"\n    module:\n      spec:\n        endpoints:\n"),
        {{"error 1 apiVersion", "the module is the text below data[\"module.yaml\"]"}}
    );
}

TEST_CASE("F37 a URL that a program put together without its host", "[module]") {
    check_reports(
        load("kind: io.statefun.endpoints.v2/http\nspec:\n    functions: com.nftm/*\n"
             "    urlPathTemplate: http://:8000/statefun\n---\n"
             "kind: io.statefun.endpoints.v2/http\nspec:\n    functions: com.b/*\n"
             "    urlPathTemplate: \n"),
        {{"error 4 spec.urlPathTemplate", "the URL has no host"},
         {"error 9 spec.urlPathTemplate", "empty"}}
    );
}

TEST_CASE("F44 the layout 3.0 with odd indentation and a blank behind a name", "[module]") {
    const LoadedModules loaded = load(R"(version: "3.0"
module:
         meta:
             type: remote
         spec:
           endpoints:
           - endpoint:
              meta:
                   kind: http
              spec:
                functions: example/greeter)"
                                      "  \n"
                                      R"(                urlPathTemplate: http://host:8000/statefun
)");
    check_reports(loaded, {});
    CHECK(loaded.spec.endpoints.at(0).functions.name == "greeter");
}

TEST_CASE("M10 placeholders are reported once, whatever they stand for", "[module]") {
    const std::string head = "kind: io.statefun.endpoints.v2/http\nspec:";
    check_reports(load(head + " {SPEC}\n"), {{"error 2 spec", "fill the placeholder in"}});
    check_reports(
        load(head + " {functions: a/*, urlPathTemplate: 'http://fn/', transport: {TRANSPORT}}\n"),
        {{"error 2 spec.transport", "fill the placeholder in"}}
    );
    check_reports(
        load("kind: io.statefun.playground.v1/egress\nspec: {port: 1, topics: [{TOPIC}]}\n"),
        {{"error 2 spec.topics[0]", "fill the placeholder in"}}
    );
    check_reports(
        load("version: '3.0'\nmodule: {meta: {type: remote}, spec: {endpoints: [{ENDPOINT}]}}\n"),
        {{"error 2 module.spec.endpoints[0]", "fill the placeholder in"}}
    );
}
