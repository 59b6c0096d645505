#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <sstream>

namespace sfg::test {

LoadedModules load(std::string_view text) {
    const LoadOptions options{.is_readable = [](const std::string&) {
        return true;
    }};
    return load_modules({{"m.yaml", std::string(text)}}, options);
}

EndpointSpec load_endpoint(std::string_view text) {
    LoadedModules loaded = load(text);
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        UNSCOPED_INFO(diagnostic.text());
    }
    REQUIRE(loaded.ok());
    REQUIRE(loaded.spec.endpoints.size() == 1);
    return loaded.spec.endpoints.front();
}

EndpointSpec with_transport(std::string_view transport) {
    std::string text =
        "kind: io.statefun.endpoints.v2/http\n"
        "spec:\n"
        "  functions: shop/*\n"
        "  urlPathTemplate: https://fn:1108/\n"
        "  transport:\n";
    std::istringstream lines{std::string(transport)};
    for (std::string line; std::getline(lines, line);) {
        text += "    " + line + "\n";
    }
    return load_endpoint(text);
}

std::string head_of(const Diagnostic& diagnostic) {
    std::string head = diagnostic.severity == Severity::error ? "error" : "warning";
    head += " " + std::to_string(diagnostic.where.line);
    return diagnostic.key_path.empty() ? head : head + " " + diagnostic.key_path;
}

void check_reports(const LoadedModules& loaded, const std::vector<Expected>& expected) {
    std::vector<std::string> wanted;
    for (const Expected& each : expected) {
        wanted.push_back(each.head);
    }
    std::vector<std::string> found;
    for (const Diagnostic& diagnostic : loaded.diagnostics) {
        UNSCOPED_INFO(diagnostic.text());
        found.push_back(head_of(diagnostic));
    }
    REQUIRE(found == wanted);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK_THAT(loaded.diagnostics[i].text(), Catch::Contains(expected[i].part));
    }
}

}  // namespace sfg::test
