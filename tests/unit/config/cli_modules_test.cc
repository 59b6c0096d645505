// What the command line makes of modules.
#include "tests/support/certificates.h"
#include "tests/unit/config/cli_run.h"

#include <catch2/catch.hpp>

#include <string>

using sfg::NamedValues;
using sfg::test::contains;
using sfg::test::kModule;
using sfg::test::Run;
using sfg::test::TempDirectory;
using sfg::test::write_file;

TEST_CASE("validate prints the bindings as they were understood", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(directory, "module.yaml", kModule);
    Run run({"validate", module});
    CHECK(run.code == 0);
    CHECK_FALSE(run.is_served);
    INFO(run.out);
    CHECK(contains(run.out, "shop/* -> http://127.0.0.1:8000/statefun"));
    CHECK(contains(run.out, "a message for any function of shop is posted to http://127.0.0.1:8000")
    );
    CHECK(contains(run.out, "with at most 7 of one entity's in a call, which may take 2 min."));
    CHECK(contains(run.out, "module.yaml:"));
}

TEST_CASE("validate explains each binding in a sentence", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(directory, "module.yaml", std::string(kModule) + R"(---
kind: io.statefun.kafka.v1/ingress
spec:
  id: shop/in
  address: broker:9092
  consumerGroupId: g
  topics: [{topic: orders, valueType: shop/Order, targets: [shop/cart, shop/audit]}]
  properties: [{sasl.password: very-secret}]
---
kind: io.statefun.kafka.v1/egress
spec:
  id: shop/out
  address: broker:9092
  deliverySemantic: {type: exactly-once, transactionTimeout: 15min}
---
kind: io.statefun.kinesis.v1/egress
spec: {id: shop/stream}
---
kind: io.statefun.playground.v1/ingress
spec: {port: 8090}
---
kind: io.statefun.playground.v1/egress
spec: {port: 8091, topics: [a, b, c]}
)");
    Run run({"validate", module});
    INFO(run.out);
    INFO(run.err);
    CHECK(run.code == 0);
    for (const char* part :
         {"shop/in reads from the brokers broker:9092 as group g; a partition without a stored "
          "position starts at latest (default); where an offset is gone it goes on at latest.",
          "a record of topic orders becomes a message shop/Order to shop/cart and shop/audit, its "
          "key the id; records that can't become dead letters.",
          "records that functions send to shop/out are written to the brokers broker:9092 "
          "exactly-once, in transactions begun every 20 ms, of at most 15 min.",
          "sasl.password = ***",
          "shop/stream: records wait, this version does not write to Kinesis.",
          "PUT /{namespace}/{type}/{id} on port 8090 brings a message in",
          "GET /{topic} on port 8091 takes the oldest record of a, b and c, which functions send "
          "to "
          "io.statefun.playground/egress."}) {
        CHECK(contains(run.out, part));
    }
    CHECK_FALSE(contains(run.out, "very-secret"));
}

TEST_CASE("placeholders of a module come from the environment", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(
        directory,
        "module.yaml",
        "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n"
        "  urlPathTemplate: http://${SHOP_HOST}:${SHOP_PORT:-8000}/\n"
    );
    Run run({"validate", module}, {{"SHOP_HOST", "shop.example"}});
    CHECK(run.code == 0);
    CHECK(contains(run.out, "shop/* -> http://shop.example:8000/"));
    Run unset({"validate", module});
    CHECK(unset.code == 1);
    CHECK(contains(unset.err, "the environment has no SHOP_HOST"));
}

TEST_CASE("migrate writes an old module anew, which then loads", "[cli]") {
    TempDirectory directory;
    std::string old = write_file(
        directory,
        "old.yaml",
        "version: '2.0'\nmodule:\n  spec:\n    functions:\n    - function:\n"
        "        meta: {kind: http, type: shop/cart}\n"
        "        spec: {endpoint: 'http://cart:8000/', states: [items]}\n"
    );
    Run run({"migrate", old});
    CHECK(run.code == 0);
    CHECK(contains(run.err, "old.yaml:7:"));
    CHECK(contains(run.err, "to do: declared in the function's code"));
    Run checked({"validate", "--strict", write_file(directory, "new.yaml", run.out)});
    INFO(run.out);
    CHECK(checked.code == 0);
    CHECK(contains(checked.out, "shop/cart -> http://cart:8000/"));
    Run again({"migrate", directory.path() + "/new.yaml"});
    CHECK(again.code == 1);
    CHECK(again.out.empty());
    CHECK(contains(again.err, "nothing to migrate"));
}

TEST_CASE("components of Kafka are served", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(
        directory,
        "kafka.yaml",
        std::string(kModule) +
            "---\nkind: io.statefun.kafka.v1/ingress\nspec:\n  id: shop/in\n  address: b:9092\n"
            "  consumerGroupId: g\n  topics: [{topic: t, valueType: a/T, targets: [shop/f]}]\n"
    );
    Run served({"serve", "--module", module, "--data", "d"});
    INFO(served.err);
    CHECK(served.is_served);
}

TEST_CASE("validate --strict makes warnings errors", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(directory, "module.yaml", kModule);
    NamedValues odd = {{"SFG_NONSENSE", "1"}};
    Run lenient({"validate", module}, odd);
    CHECK(lenient.code == 0);
    CHECK(contains(lenient.err, "SFG_NONSENSE"));
    Run strict({"validate", "--strict", module}, odd);
    CHECK(strict.code == 1);
    CHECK(contains(strict.err, "0 errors, 1 warnings"));
}

TEST_CASE(
    "F31 validate reads the module inside a ConfigMap, and says so if there is none",
    "[cli]"
) {
    TempDirectory directory;
    std::string text = "apiVersion: v1\nkind: ConfigMap\ndata:\n  module.yaml: |\n";
    std::string indented;
    for (char c : "\n" + std::string(kModule)) {
        indented += c == '\n' ? std::string("\n    ") : std::string(1, c);
    }
    std::string file = write_file(directory, "cm.yaml", text + indented.substr(1) + "\n");
    Run plain({"validate", file});
    CHECK(plain.code == 1);
    CHECK(contains(plain.err, "this is a Kubernetes ConfigMap"));
    Run inside({"validate", "--from-configmap", file});
    INFO(inside.err);
    CHECK(inside.code == 0);
    CHECK(contains(inside.out, "shop/* -> http://127.0.0.1:8000/statefun"));
    Run none({"validate", "--from-configmap", write_file(directory, "m.yaml", kModule)});
    CHECK(none.code == 1);
    CHECK(contains(none.err, "has no ConfigMap"));
}

TEST_CASE("moduleWarnings: refuse makes warnings errors, at a start and at a reload", "[cli]") {
    TempDirectory directory;
    std::string module = write_file(directory, "module.yaml", kModule);
    Run run({"serve", "--module", module, "--data", "d", "--module-warnings", "refuse"});
    INFO(run.err);
    REQUIRE(run.is_served);
    CHECK(run.again().errors.empty());
    write_file(directory, "module.yaml", std::string(kModule) + "  maxNumBatchRequest: 8\n");
    sfg::cli::ReadModules again = run.again();
    REQUIRE(again.errors.size() == 1);
    CHECK(contains(again.errors[0], "did you mean maxNumBatchRequests?"));
    CHECK(again.warnings.empty());
    Run refused({"serve", "--module", module, "--data", "d"}, {{"SFG_MODULE_WARNINGS", "refuse"}});
    CHECK(refused.code == 1);
    CHECK_FALSE(refused.is_served);
    Run served({"serve", "--module", module, "--data", "d"});
    REQUIRE(served.is_served);
    CHECK(served.again().warnings.size() == 1);
}

TEST_CASE("validate looks for the TLS files that a module names", "[cli]") {
    TempDirectory directory;
    std::string ca = directory.path() + "/ca.pem";
    std::string text =
        "kind: io.statefun.endpoints.v2/http\nspec:\n  functions: shop/*\n"
        "  urlPathTemplate: https://fn/\n  transport: {trust_cacerts: " +
        ca + "}\n";
    std::string module = write_file(directory, "module.yaml", text);
    Run absent({"validate", module});
    CHECK(absent.code == 1);
    CHECK(contains(absent.err, "no readable file " + ca));
    std::string authority = sfg::test::make_certificate({"Authority", {}}, nullptr).certificate;
    write_file(directory, "ca.pem", authority);
    CHECK(Run({"validate", module}).code == 0);
}
