// What YAML makes of a text that its author meant otherwise, and the limits on input.
#include "protocol/yaml_node.h"
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;

namespace {

std::string repeated(const std::string& unit, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) {
        out += unit;
    }
    return out;
}

}  // namespace

TEST_CASE("what is no YAML is explained with its place", "[module]") {
    const std::array<std::pair<std::string, Expected>, 17> cases{{
        {"kind: x\nspec:\n\tport: 1", {"error 3", "a tab in the indentation"}},
        {"spec:\n  a: 1\n\tb: 2", {"error 3", "a tab in the indentation"}},
        {"a: b: c", {"error 1", "quote a value that contains \": \""}},
        {"a:\n  b: c\n d: e", {"error 3", "the indentation of this line fits no line above it"}},
        {"a: [1, 2", {"error 1", "a '[' is not closed"}},
        {"x: 1\na: {b: 2", {"error 2", "a '{' is not closed"}},
        {"a: \"b\nc: d", {"error 2", "a quote is not closed"}},
        {"a: 'b\nc: d\n\n", {"error 2", "a quote is not closed"}},
        {"a: 'b\nc: d\n# end\n---\n", {"error 3", "a quote is not closed"}},
        {"'open\n", {"error 1", "a quote is not closed"}},
        {"a: @b", {"error 1", "a value can't begin with '@'; quote it"}},
        {"a: `b`", {"error 1", "a value can't begin with '`'; quote it"}},
        {"a: *b", {"error 1", "a value that begins with '*' needs quotes"}},
        {"x: y\na: %%HOST%%", {"error 2", "template whose placeholders were not filled in"}},
        {"a: @HOST@", {"error 1", "template whose placeholders were not filled in"}},
        {"{{- if x }}\na: b\n{{- end }}", {"error 1", "Helm or Jinja template"}},
        {"- a\nkind: b", {"error 2", "begin a new document with ---"}},
    }};
    for (const auto& [text, expected] : cases) {
        INFO(text);
        check_reports(load(text), {expected});
    }
}

TEST_CASE("lines are counted through the documents of a file", "[module]") {
    check_reports(
        load("# c\n---\n---\nkind: io.statefun.playground.v1/ingress\nspec:\n\tport: 1\n"),
        {{"error 6", "m.yaml:6:6: error: document 2: not YAML: a tab"}}
    );
}

TEST_CASE("placeholders without quotes are maps, and named as what they are", "[module]") {
    const std::string head = "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n";
    check_reports(
        load(head + "  urlPathTemplate: {URL}\n"),
        {{"error 4 spec.urlPathTemplate", "found a map {URL}"}}
    );
    check_reports(
        load(head + "  urlPathTemplate: {{ .Values.url }}\n"),
        {{"error 4 spec.urlPathTemplate", "this looks like a Helm or Jinja template"}}
    );
    check_reports(
        load("kind: io.statefun.kafka.v1/egress\nspec: {id: shop/out, address: {BROKER}}\n"),
        {{"error 2 spec.address", "fill the placeholder in, or quote it"}}
    );
    check_reports(load("{{ template }}\n"), {{"error 1", "Helm or Jinja"}});
    check_reports(load("# \u00fc\n{ MODULE }\n"), {{"error 2", "fill the placeholder in"}});
    check_reports(
        load("kind: io.statefun.playground.v1/ingress\nspec: {\u00fc: , port : }\n"),
        {{"warning 2 spec.\u00fc", "unknown key"}, {"error 2 spec.port", "empty"}}
    );
    check_reports(load("{MODULE}\n"), {{"error 1", "fill the placeholder in"}});
    check_reports(load("${MODULE}\n"), {{"error 1", "placeholders were not filled in"}});
}

TEST_CASE(
    "aliases are errors, as StateFun does not resolve them; anchors alone are not",
    "[module]"
) {
    check_reports(
        load("kind: io.statefun.endpoints.v2/http\nspec:\n  functions: &f shop/*\n"
             "  urlPathTemplate: http://fn/\n"),
        {}
    );
    check_reports(
        load("x-base: &base {port: 1}\nkind: io.statefun.playground.v1/ingress\nspec: *base\n"),
        {{"warning 1 x-base", "unknown key"}, {"error 3 spec", "an alias (*name)"}}
    );
    check_reports(
        load("kind: io.statefun.playground.v1/ingress\nspec:\n  <<: &b {port: 1}\n  port: 2\n"),
        {{"warning 3 spec.<<", "merge keys are not resolved by StateFun"},
         {"warning 0", "no function"}}
    );
}

TEST_CASE("of a duplicate key the last value counts, with a warning", "[module]") {
    const LoadedModules loaded = load(
        "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n"
        "  urlPathTemplate: http://first/\n  urlPathTemplate: http://second/\n"
    );
    check_reports(
        loaded, {{"warning 5 spec.urlPathTemplate", "the key is there already at line 4"}}
    );
    CHECK(loaded.spec.endpoints.at(0).url_template == "http://second/");
}

TEST_CASE("keys that are no text are errors, tags are ignored with a warning", "[module]") {
    check_reports(
        load("? [a, b]\n: c\nkind: io.statefun.playground.v1/ingress\nspec: {port: 1}\n"),
        {{"error 1", "a key must be text; found a list"}}
    );
    check_reports(
        load("kind: io.statefun.playground.v1/ingress\nspec: {port: !vault 1}\n"),
        {{"warning 2 spec.port", "the tag is ignored"}, {"warning 0", "no function"}}
    );
    CHECK(load("kind: !!str io.statefun.playground.v1/ingress\nspec: {port: !!int '1'}\n").ok());
}

TEST_CASE("a Kubernetes object is told from a module", "[module]") {
    check_reports(
        load("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  module.yaml: |+\n"
             "    kind: io.statefun.endpoints.v2/http\n"),
        {{"error 1 apiVersion",
          "a Kubernetes ConfigMap, not a module; the module is the text below "
          "data[\"module.yaml\"]"}}
    );
    check_reports(
        load("apiVersion: apps/v1\nkind: Deployment\nspec: {}\n"),
        {{"error 1 apiVersion", "this is a Kubernetes Deployment, not a module"}}
    );
}

TEST_CASE("only UTF-8 text of up to 1 MiB is read", "[module]") {
    check_reports(load(std::string("a: \0b", 5)), {{"error 1", "a NUL byte"}});
    check_reports(load("a: b\nc: \xFF\n"), {{"error 2", "not UTF-8"}});
    check_reports(
        load(std::string(
            "\xFF\xFE"
            "a\0",
            4
        )),
        {{"error 1", "UTF-16"}}
    );
    const std::string head = "kind: io.statefun.playground.v1/ingress\nspec: {port: 1}\n#";
    CHECK(load(head + std::string(sfg::kYamlBytesMax - head.size(), 'x')).ok());
    check_reports(
        load(head + std::string(sfg::kYamlBytesMax - head.size() + 1, 'x')),
        {{"error 0", "1048577 bytes; accepted: up to 1 MiB"}}
    );
}

TEST_CASE("nesting is limited", "[module]") {
    const std::string deep = repeated("[", sfg::kYamlDepthMax);
    const std::string closed = repeated("]", sfg::kYamlDepthMax);
    CHECK_FALSE(sfg::read_yaml(deep + closed).documents.at(0).problem);
    CHECK(sfg::read_yaml("[" + deep + closed + "]").documents.at(0).problem);
    for (const char* unit : {"[", "{a: ", "- ", "? ", ": ", "[{"}) {
        INFO(unit);
        const LoadedModules loaded = load(repeated(unit, 20'000) + "b");
        REQUIRE(loaded.diagnostics.size() == 1);
        CHECK_THAT(loaded.diagnostics[0].text(), Catch::Contains("nested"));
    }
}

TEST_CASE("the values of a document are limited", "[module]") {
    check_reports(
        load("- [" + repeated("a,", sfg::kYamlNodesMax) + "]"),
        {{"error 1", "more than 100000 values in one document"}}
    );
}

TEST_CASE("a bomb of aliases is as small as its text", "[module]") {
    std::string bomb = "a0: &a0 [x]\n";
    for (int i = 1; i < 30; ++i) {
        const std::string last = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last + ", " + last +
                ", " + last + "]\n";
    }
    const LoadedModules loaded = load(bomb);
    CHECK_FALSE(loaded.ok());
    int aliases = 0;
    for (const sfg::Diagnostic& diagnostic : loaded.diagnostics) {
        aliases += diagnostic.message.starts_with("an alias") ? 1 : 0;
    }
    CHECK(aliases == 29 * 3);
}

TEST_CASE("reports are limited, and an error that is left out still is one", "[module]") {
    std::string text = "kind: io.statefun.endpoints.v2/http\nspec:\n";
    for (int i = 0; i < 300; ++i) {
        text += "  unknown-" + std::to_string(i) + ": x\n";
    }
    text += "  functions: shop/*\n  urlPathTemplate: http://fn/\n";
    const LoadedModules warned = load(text);
    CHECK(warned.diagnostics.size() == sfg::kDiagnosticsMax);
    CHECK(warned.ok());
    CHECK_THAT(
        warned.diagnostics.back().text(),
        Catch::Contains("101 more problems (0 errors) are not shown")
    );
    CHECK_FALSE(load(text + "---\nkind: unknown/kind\n").ok());
}
