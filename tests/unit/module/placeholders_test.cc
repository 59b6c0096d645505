// ${NAME} and ${NAME:-default}: values that the environment fills in.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>

using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::Expected;

namespace {

LoadedModules load(const std::string& text) {
    const std::map<std::string, std::string> variables{
        {"HOST", "fn.example"},
        {"PORT", "8090"},
        {"EMPTY", ""},
        {"EVIL", "a: b\nc: [d]"},
        {"NESTED", "${HOST}"},
    };
    sfg::LoadOptions options;
    options.environment = [variables](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    return sfg::load_modules({{"m.yaml", text}}, options);
}

std::string endpoint(const std::string& url) {
    return "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n  urlPathTemplate: " +
           url + "\n";
}

std::string url_of(const std::string& written) {
    const LoadedModules loaded = load(endpoint(written));
    check_reports(loaded, {});
    return loaded.spec.endpoints.at(0).url_template;
}

}  // namespace

TEST_CASE("placeholders are filled from the environment", "[module]") {
    CHECK(url_of("http://${HOST}:${PORT}/a") == "http://fn.example:8090/a");
    CHECK(url_of("\"http://${HOST}/{function.name}\"") == "http://fn.example/{function.name}");
    CHECK(url_of("http://${GONE:-localhost}:${GONE:-1}/") == "http://localhost:1/");
    CHECK(url_of("http://h/${EMPTY:-x}${EMPTY}") == "http://h/x");
}

TEST_CASE("a number in a placeholder is one", "[module]") {
    const LoadedModules loaded = load(
        endpoint("http://fn/") +
        "---\nkind: io.statefun.playground.v1/ingress\nspec:\n  port: ${PORT}\n"
    );
    check_reports(loaded, {});
    CHECK(loaded.spec.playground_ingress->port == 8090);
}

TEST_CASE("what the environment holds is a value, and never structure", "[module]") {
    const LoadedModules loaded = load(
        endpoint("http://fn/") +
        "---\nkind: io.statefun.playground.v1/egress\nspec:\n  port: 1\n"
        "  topics: ['${EVIL}', '${NESTED}']\n"
    );
    check_reports(loaded, {});
    CHECK(
        loaded.spec.playground_egress->topics == std::vector<std::string>{"a: b\nc: [d]", "${HOST}"}
    );
}

TEST_CASE("placeholders that can't be filled are errors at their place", "[module]") {
    const std::array<Expected, 4> cases{{
        {"http://${GONE}/", "the environment has no GONE; set it, or write ${GONE:-default}"},
        {"http://${function.name}/", "accepted: ${NAME}, ${NAME:-default}"},
        {"http://${}/", "is no placeholder"},
        {"http://${HOST/", "is not closed with }"},
    }};
    for (const Expected& each : cases) {
        INFO(each.head);
        const LoadedModules loaded = load(endpoint(each.head));
        REQUIRE_FALSE(loaded.diagnostics.empty());
        CHECK(sfg::test::head_of(loaded.diagnostics[0]) == "error 4 spec.urlPathTemplate");
        CHECK_THAT(loaded.diagnostics[0].text(), Catch::Contains(each.part));
    }
}

TEST_CASE("two dollars stand for the text of a placeholder", "[module]") {
    const LoadedModules loaded = load(
        endpoint("http://fn/") +
        "---\nkind: io.statefun.playground.v1/egress\nspec:\n  port: 1\n  topics: ['$${HOST}', "
        "'a$$${PORT}', '$5', '${HOST}$']\n"
    );
    check_reports(loaded, {});
    CHECK(
        loaded.spec.playground_egress->topics ==
        std::vector<std::string>{"${HOST}", "a$${PORT}", "$5", "fn.example$"}
    );
}
