// What `validate` says about the settings of Kafka's clients, without connecting to anybody.
#include "gateway/cli/cli.h"
#include "tests/support/certificates.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

namespace sfg::test {
namespace {

struct Validated {
    int code = -1;
    std::string problems;
};

Validated validate(const TempDirectory& directory, const std::string& spec) {
    std::string module = directory.path() + "/module.yaml";
    std::ofstream(module) << "kind: io.statefun.kafka.v1/" << spec;
    std::ostringstream out;
    std::ostringstream problems;
    int code = cli::run_cli({"validate", module}, {}, {out, problems}, {});
    return {code, problems.str()};
}

std::string egress(const std::string& properties) {
    return "egress\nspec:\n  id: shop/out\n  address: kafka:9093\n"
           "  deliverySemantic: {type: exactly-once, transactionTimeout: 1min}\n"
           "  properties:\n    - security.protocol: SSL\n" +
           properties;
}

std::string ingress(const std::string& properties) {
    return "ingress\nspec:\n  id: shop/in\n  address: kafka:9093\n  consumerGroupId: shop\n"
           "  topics: [{topic: orders, valueType: shop/Order, targets: [shop/cart]}]\n"
           "  properties:\n    - security.protocol: SSL\n" +
           properties;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("validate reads the files that clients of Kafka would read", "[cli][validate][kafka]") {
    TempDirectory directory;
    std::string path = directory.path() + "/ca.pem";
    std::string properties = "    - ssl.ca.location: " + path + "\n";
    bool reads = GENERATE(true, false);
    std::string spec = reads ? ingress(properties) : egress(properties);
    SECTION("one that is not there is named, with the place") {
        Validated found = validate(directory, spec);
        CHECK(found.code != 0);
        CHECK(contains(found.problems, "module.yaml:2:"));
        CHECK(contains(found.problems, "ssl.ca.location failed"));
    }
    SECTION("one that is no certificate, too") {
        std::ofstream(path) << "nothing of the kind\n";
        CHECK(validate(directory, spec).code != 0);
    }
    SECTION("a certificate is well") {
        KeyPair authority = make_certificate({.name = "Authority", .is_authority = true}, nullptr);
        std::ofstream(path) << authority.certificate;
        Validated found = validate(directory, spec);
        CAPTURE(found.problems);
        CHECK(found.code == 0);
    }
}

TEST_CASE("validate names a value that the client does not take", "[cli][validate][kafka]") {
    TempDirectory directory;
    Validated found = validate(directory, ingress("    - fetch.wait.max.ms: soon\n"));
    CHECK(found.code != 0);
    CHECK(contains(found.problems, "fetch.wait.max.ms"));
}

}  // namespace sfg::test
