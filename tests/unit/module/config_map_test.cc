// Modules inside a Kubernetes ConfigMap.
#include "protocol/module_config_map.h"
#include "protocol/module_spec.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace sfg {
namespace {

constexpr const char* kConfigMap =
    "apiVersion: v1\n"
    "kind: ConfigMap\n"
    "metadata: {name: flink-config}\n"
    "data:\n"
    "  flink-conf.yml.txt: 'jobmanager.rpc.address: x'\n"
    "  module.yaml: |+\n"
    "    kind: io.statefun.endpoints.v2/http\n"
    "    spec:\n"
    "      functions: shop/*\n"
    "      urlPathTemplat: http://fn:8000/\n"
    "    ---\n"
    "    kind: io.statefun.playground.v1/ingress\n"
    "    spec: {port: 8090}\n";

}  // namespace

TEST_CASE("F31 a module inside a ConfigMap is read, with the ConfigMap's own lines", "[module]") {
    std::vector<ModuleText> modules = modules_of_config_map({"cm.yaml", kConfigMap});
    REQUIRE(modules.size() == 1);
    const LoadedModules loaded = load_modules(modules);
    REQUIRE_FALSE(loaded.ok());
    CHECK(loaded.spec.playground_ingress);
    bool found = false;
    for (const Diagnostic& each : loaded.diagnostics) {
        found = found || (each.where.file == "cm.yaml" && each.where.line == 10 &&
                          each.text().find("urlPathTemplat") != std::string::npos);
    }
    CHECK(found);
}

TEST_CASE("F31 other objects beside a ConfigMap are passed over", "[module]") {
    const std::string text =
        "apiVersion: apps/v1\nkind: Deployment\nspec: {}\n---\n" + std::string(kConfigMap);
    CHECK(modules_of_config_map({"all.yaml", text}).size() == 1);
    CHECK(modules_of_config_map({"d.yaml", "kind: Deployment\ndata: {a.yaml: x}\n"}).empty());
    CHECK(modules_of_config_map({"d.yaml", "kind: ConfigMap\ndata: {a.yaml: [1]}\n"}).empty());
    CHECK(modules_of_config_map({"d.yaml", "kind: ConfigMap\ndata: text\n"}).empty());
    CHECK(modules_of_config_map({"d.yaml", "- [broken\n"}).empty());
}

}  // namespace sfg
