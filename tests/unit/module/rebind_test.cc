// One module in the place of another: what is the same keeps its place.
#include "protocol/module_rebind.h"
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using sfg::ModuleSpec;
using sfg::rebind;
using sfg::Rebinding;

namespace {

std::string endpoint(const std::string& functions, const std::string& host = "fn") {
    return "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: " + functions +
           "\n  urlPathTemplate: http://" + host + "/\n---\n";
}

ModuleSpec module(const std::string& text) {
    const sfg::LoadedModules loaded = sfg::test::load(text);
    REQUIRE(loaded.ok());
    return loaded.spec;
}

Rebinding change(const ModuleSpec& bound, const std::string& next) {
    std::optional<Rebinding> result = rebind(bound, module(next));
    REQUIRE(result);
    return *result;
}

using Lines = std::vector<std::string>;
using Indices = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("endpoints keep the places of their patterns", "[module]") {
    const ModuleSpec first = module(endpoint("a/*") + endpoint("b/*") + endpoint("c/f"));
    const Rebinding second =
        change(first, endpoint("c/f") + endpoint("d/*") + endpoint("a/*", "other"));
    REQUIRE(second.module.endpoints.size() == 4);
    CHECK(second.renewed == Indices{3, 0});
    CHECK(second.changes == Lines{"added d/*", "changed a/*", "removed b/*"});
    CHECK(second.module.endpoint_of({"a", "x"}) == 0U);
    CHECK_FALSE(second.module.endpoint_of({"b", "x"}));
    CHECK(second.module.endpoint_of({"c", "f"}) == 2U);
    CHECK(second.module.endpoints[0].url_template == "http://other/");

    const Rebinding third = change(second.module, endpoint("b/*"));
    CHECK(third.module.endpoints.size() == 4);
    CHECK(third.renewed == Indices{1});
    CHECK(third.changes == Lines{"added b/*", "removed a/*", "removed c/f", "removed d/*"});
    CHECK(third.module.endpoint_of({"b", "x"}) == 1U);
    CHECK_FALSE(third.module.endpoint_of({"a", "x"}));
}

TEST_CASE("where something is declared is no change of it", "[module]") {
    const std::string egress =
        "kind: io.statefun.kafka.v1/egress\nspec: {id: a/out, address: 'b:9092'}\n---\n"
        "kind: io.statefun.playground.v1/egress\nspec: {port: 8091, topics: [t]}\n---\n";
    const ModuleSpec first = module(endpoint("a/*") + egress);
    const Rebinding same = change(first, "# moved\n" + egress + endpoint("a/*"));
    CHECK(same.renewed.empty());
    CHECK(same.changes.empty());
}

TEST_CASE("what changed is told by its id", "[module]") {
    const std::string head = endpoint("a/*");
    const auto kafka = [](const std::string& id, const std::string& broker) {
        return "kind: io.statefun.kafka.v1/egress\nspec: {id: " + id + ", address: '" + broker +
               ":9092'}\n---\n";
    };
    const auto ports = [](const std::string& in, const std::string& topics) {
        return "kind: io.statefun.playground.v1/ingress\nspec: {port: " + in +
               "}\n---\nkind: io.statefun.playground.v1/egress\nspec: {port: 8091, topics: [" +
               topics + "]}\n";
    };
    const ModuleSpec first =
        module(head + kafka("a/one", "b") + kafka("a/two", "b") + ports("8090", "t"));
    const Rebinding second =
        change(first, head + kafka("a/one", "c") + kafka("a/three", "b") + ports("8092", "t, u"));
    CHECK(
        second.changes ==
        Lines{
            "changed Kafka egress a/one",
            "added Kafka egress a/three",
            "removed Kafka egress a/two",
            "changed playground ingress",
            "changed playground egress"
        }
    );
    CHECK(
        change(second.module, head).changes ==
        Lines{
            "removed Kafka egress a/one",
            "removed Kafka egress a/three",
            "removed playground ingress",
            "removed playground egress"
        }
    );
}

TEST_CASE("patterns that are bound no more are remembered up to a limit", "[module]") {
    ModuleSpec bound;
    sfg::EndpointSpec spec;
    spec.url_template = "http://fn/";
    for (std::size_t i = 0; i < sfg::kEndpointsMax; ++i) {
        spec.functions = {"n" + std::to_string(i), std::nullopt};
        bound.endpoints.push_back(spec);
    }
    ModuleSpec next;
    spec.functions = {"n7", std::nullopt};
    next.endpoints.push_back(spec);
    CHECK(rebind(bound, next));
    spec.functions = {"new", std::nullopt};
    next.endpoints.push_back(spec);
    CHECK_FALSE(rebind(bound, next));
}
