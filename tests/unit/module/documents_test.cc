// Files and documents: what is read, skipped, and refused before a kind matters.
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

const std::string kEndpoint =
    "kind: io.statefun.endpoints.v2/http\nspec: {functions: shop/*, urlPathTemplate: http://fn/}\n";
const std::string kIngress = "kind: io.statefun.playground.v1/ingress\nspec: {port: 8090}\n";
constexpr const char* kNoEndpoint = "no function endpoint is declared";

}  // namespace

TEST_CASE("several documents are one module, in any order", "[module]") {
    const LoadedModules loaded = load(kIngress + "---\n" + kEndpoint);
    check_reports(loaded, {});
    CHECK(loaded.spec.endpoints.size() == 1);
    REQUIRE(loaded.spec.playground_ingress);
    CHECK(loaded.spec.playground_ingress->where.document == 1);
    CHECK(loaded.spec.endpoints[0].where.document == 2);
    CHECK(loaded.spec.endpoints[0].where.line == 5);
}

TEST_CASE("empty documents are skipped, but counted", "[module]") {
    const LoadedModules loaded =
        load("# licence\n\n---\n---\n# nothing\n---\n" + kEndpoint + "--- # end\n...\n---\n\n\n");
    check_reports(loaded, {});
    REQUIRE(loaded.spec.endpoints.size() == 1);
    CHECK(loaded.spec.endpoints[0].where.document == 3);
}

TEST_CASE("line ends, marks and blanks of other editors do not matter", "[module]") {
    std::string crlf;
    for (char c : kEndpoint + "---\n" + kIngress) {
        crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    }
    check_reports(load(crlf), {});
    CHECK(load(crlf).spec.playground_ingress->port == 8090);
    check_reports(load("\xEF\xBB\xBF" + kEndpoint), {});
    check_reports(load("%YAML 1.2\n---\n" + kEndpoint), {});
    check_reports(
        load("--- {kind: io.statefun.endpoints.v2/http, spec: {functions: a/b, "
             "urlPathTemplate: 'http://fn'}}"),
        {}
    );
    check_reports(load(kEndpoint + "  \t \n\t\n# ends in a comment without a line break"), {});
}

TEST_CASE("problems of all files are told at once, each with its file", "[module]") {
    const LoadedModules loaded = load_modules(
        {{"a.yaml", "kind: io.statefun.endpoints.v2/http\nspec: {functions: x}\n"},
         {"b.yml", kEndpoint},
         {"c.yaml", "- not a component\n"}}
    );
    check_reports(
        loaded,
        {{"error 2 spec.urlPathTemplate", "a.yaml:2:7"},
         {"error 2 spec.functions", "a.yaml:2:19"},
         {"error 1", "c.yaml:1:1: error: document 1: accepted: a map with the keys kind and spec"}}
    );
    CHECK(loaded.spec.endpoints.size() == 1);
}

TEST_CASE("a slip in one document does not hide those of the others", "[module]") {
    check_reports(
        load("a: b: c\n---\nkind: x\n---\n'open\n"),
        {{"error 1", "quote a value that contains \": \""},
         {"error 3 kind", "a kind is written namespace/name"},
         {"error 5", "a quote is not closed"}}
    );
}

TEST_CASE("a file, or all of them, without any component gives a warning", "[module]") {
    for (const char* text : {"", "\n", "# nothing\n", "---\n", "---\n...\n---\n"}) {
        INFO(text);
        check_reports(
            load(text), {{"warning 0", "the file declares nothing"}, {"warning 0", kNoEndpoint}}
        );
        CHECK(load(text).ok());
    }
    check_reports(load_modules({}), {{"warning 0", kNoEndpoint}});
    check_reports(load(kIngress), {{"warning 0", kNoEndpoint}});
}

TEST_CASE("a document is a map with kind and spec", "[module]") {
    const std::array<std::pair<std::string, std::vector<Expected>>, 7> cases{{
        {"just text", {{"error 1", "accepted: a map with the keys kind and spec"}}},
        {"- a\n- b", {{"error 1", "found a list"}}},
        {"spec: {}", {{"error 1 kind", "the key kind is missing"}}},
        {"kind: io.statefun.playground.v1/ingress", {{"error 1 spec", "the key spec is missing"}}},
        {"kind: io.statefun.playground.v1/ingress\nspec:\n",
         {{"error 2 spec", "are the lines below it indented?; found nothing"}}},
        {"kind:\nspec: {}", {{"error 1 kind", "empty"}}},
        {"kind: 3\nspec: {}", {{"error 1 kind", "quote it"}}},
    }};
    for (const auto& [text, expected] : cases) {
        INFO(text);
        check_reports(load(text), expected);
    }
}

TEST_CASE("keys beside kind and spec give a warning", "[module]") {
    check_reports(
        load(
            "kind: io.statefun.playground.v1/ingress\nspec: {}\nport: 8090\nspecs: {}\n"
            "version: '3.0'\n---\n" +
            kEndpoint
        ),
        {{"warning 2 spec.port", "the system picks a free port"},
         {"warning 3 port", "belongs under spec"},
         {"warning 4 specs", "did you mean spec?"},
         {"warning 5 version", "no meaning in a document with a kind"}}
    );
}

TEST_CASE("an unknown kind lists the known ones", "[module]") {
    const std::array<Expected, 7> cases{{
        {"io.statefun.endpoint.v2/http", "did you mean io.statefun.endpoints.v2/http?"},
        {"io.statefun.endpoints.v3/http", "did you mean io.statefun.endpoints.v2/http?"},
        {"http", "did you mean io.statefun.endpoints.v2/http?"},
        {"io.statefun.kafka/ingress", "did you mean io.statefun.kafka.v1/ingress?"},
        {"io.statefun.playground.v1/Ingress", "did you mean io.statefun.playground.v1/ingress?"},
        {"io.statefun_tasks.v1/pipeline", "one of an extension jar can't be loaded here"},
        {"a/b/c", "a kind is written namespace/name; known kinds: "},
    }};
    for (const Expected& each : cases) {
        INFO(each.head);
        check_reports(
            load("kind: " + each.head + "\nspec: {x: 1}\n"), {{"error 1 kind", each.part}}
        );
    }
}
