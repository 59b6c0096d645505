// Reports as a whole: file, document, line, column, key path, value, what is accepted, and what was
// probably meant.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <cstdint>
#include <string>

using sfg::Diagnostic;
using sfg::LoadedModules;
using sfg::Severity;

namespace {

// One slip, and everything that its report must say.
struct Slip {
    std::string spec;  // The spec's lines, from line 4 of the file on.
    Severity severity;
    int line;
    int column;
    std::string key_path;
    std::string seen;
    std::string accepted;  // A part of the message.
    std::string suggestion;
};

constexpr Severity kError = Severity::error;
constexpr Severity kWarning = Severity::warning;

const std::string kGood = "  functions: a/f\n  urlPathTemplate: http://fn/\n";

const std::array kSlips{
    Slip{
        "  functions: shop\n  urlPathTemplate: http://fn/\n",
        kError,
        4,
        14,
        "spec.functions",
        "\"shop\"",
        "accepted: namespace/name, or namespace/*",
        ""
    },
    Slip{
        "  functions: a/f\n  urlPathTemplate:   ftp://fn/\n",
        kError,
        5,
        22,
        "spec.urlPathTemplate",
        "\"ftp://fn/\"",
        "accepted: http://host:port",
        ""
    },
    Slip{
        "  functions: a/f\n  urlPathTemplat: http://fn/\n",
        kError,
        3,
        1,
        "spec.urlPathTemplate",
        "urlPathTemplat",
        "is missing; accepted: a URL",
        "urlPathTemplate"
    },
    Slip{
        kGood + "  maxNumBatchRequests: [1]\n",
        kError,
        6,
        24,
        "spec.maxNumBatchRequests",
        "a list",
        "accepted: a whole number",
        ""
    },
    Slip{
        kGood + "  maxNumBatchRequest: 15\n",
        kWarning,
        6,
        3,
        "spec.maxNumBatchRequest",
        "maxNumBatchRequest",
        "known here: functions, urlPathTemplate",
        "maxNumBatchRequests"
    },
    Slip{
        kGood + "  timeouts: {call: 1 min}\n",
        kWarning,
        6,
        3,
        "spec.timeouts",
        "",
        "belongs under transport",
        ""
    },
    Slip{
        kGood + "  transport: okhttp\n",
        kError,
        6,
        14,
        "spec.transport",
        "okhttp",
        "accepted: a map",
        ""
    },
    Slip{
        kGood + "  transport:\n    type: okhttp\n",
        kError,
        7,
        11,
        "spec.transport.type",
        "okhttp",
        "accepted: io.statefun.transports.v1/async",
        "io.statefun.transports.v1/okhttp"
    },
    Slip{
        kGood + "  transport:\n    call: 5 mins\n",
        kError,
        7,
        11,
        "spec.transport.call",
        "5 mins",
        "accepted: a whole number and a unit",
        "min"
    },
    Slip{
        kGood + "  transport:\n    timeouts:\n      conect: 5 s\n",
        kWarning,
        8,
        7,
        "spec.transport.timeouts.conect",
        "conect",
        "unknown key",
        "connect"
    },
    Slip{
        kGood + "  transport:\n    pool_size: 0\n",
        kError,
        7,
        16,
        "spec.transport.pool_size",
        "0",
        "accepted: a whole number from 1",
        ""
    },
    Slip{
        kGood + "  transport:\n    maxNumBatchRequests: 15\n",
        kWarning,
        7,
        5,
        "spec.transport.maxNumBatchRequests",
        "",
        "belongs to spec, one level up; here it is ignored, in effect is 1000",
        ""
    },
    Slip{
        kGood + "  transport: *fast\n",
        kError,
        6,
        14,
        "",
        "",
        "an alias (*name) without its anchor",
        ""
    },
    Slip{
        kGood + "  urlPathTemplate: http://fn/\n",
        kWarning,
        6,
        3,
        "spec.urlPathTemplate",
        "",
        "the key is there already at line 5",
        ""
    },
    Slip{
        "  functions: {FUNCTIONS}\n  urlPathTemplate: http://fn/\n",
        kError,
        4,
        14,
        "spec.functions",
        "a map {FUNCTIONS}",
        "fill the placeholder in",
        ""
    },
    Slip{
        kGood + "\tmaxNumBatchRequests: 1\n",
        kError,
        6,
        1,
        "",
        "",
        "a tab in the indentation",
        ""
    },
};

}  // namespace

TEST_CASE("a report names file, document, place, path, value and what is accepted", "[module]") {
    for (const Slip& slip : kSlips) {
        INFO(slip.spec);
        const std::string text = "---\nkind: io.statefun.endpoints.v2/http\nspec:\n" + slip.spec;
        const LoadedModules loaded = sfg::load_modules({{"dir/m.yaml", text}});
        for (const Diagnostic& each : loaded.diagnostics) {
            UNSCOPED_INFO(each.text());
        }
        REQUIRE_FALSE(loaded.diagnostics.empty());
        const Diagnostic& report = loaded.diagnostics.front();
        CHECK(report.severity == slip.severity);
        CHECK(report.where.file == "dir/m.yaml");
        CHECK(report.where.document == 1);
        CHECK(report.where.line == slip.line);
        CHECK(report.where.column == slip.column);
        CHECK(report.key_path == slip.key_path);
        CHECK(report.seen == slip.seen);
        CHECK_THAT(report.message, Catch::Contains(slip.accepted));
        CHECK(report.suggestion == slip.suggestion);
    }
}

TEST_CASE("a port that is taken is reported where it is written", "[module]") {
    const LoadedModules loaded = sfg::test::load(
        "kind: io.statefun.endpoints.v2/http\nspec: {functions: a/f, urlPathTemplate: 'http://f'}\n"
        "---\nkind: io.statefun.playground.v1/ingress\nspec:\n  port: 8090\n"
        "---\nkind: io.statefun.playground.v1/egress\nspec:\n  topics: [t]\n  port: 8090\n"
    );
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK(
        loaded.diagnostics[0].text() ==
        "m.yaml:11:9: error: spec.port (document 3): port 8090 is taken already by the component "
        "at m.yaml:5"
    );
}

TEST_CASE("a text with any byte changed is read or refused, never more", "[module]") {
    const std::string text =
        "%YAML 1.2\n---\nkind: io.statefun.endpoints.v2/http\nspec:\n  functions: 'a/*' # c\n"
        "  urlPathTemplate: \"http://fn/{function.name}\"\n  transport: {call: 1 min, x: [1, ~]}\n"
        "---\nversion: '3.0'\nmodule: {meta: {type: remote}, spec: {endpoints: []}}\n";
    const std::string bytes{"{}[]:,-*&!%@#'\"\n\t\r \0\xC3?|>", 24};
    std::size_t reports = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = bytes[at % bytes.size()];
        reports += sfg::test::load(changed).diagnostics.size();
        reports += sfg::test::load(std::string_view(text).substr(0, at)).diagnostics.size();
    }
    CHECK(reports > text.size());
}
