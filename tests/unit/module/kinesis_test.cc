// io.statefun.kinesis.v1/{ingress,egress}: checked, and plainly said not to be served.
#include "tests/unit/module/reports.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

using sfg::KinesisSpec;
using sfg::LoadedModules;
using sfg::test::check_reports;
using sfg::test::Expected;
using sfg::test::load;

namespace {

const std::string kEndpoint =
    "kind: io.statefun.endpoints.v2/http\nspec: {functions: shop/*, urlPathTemplate: "
    "'http://fn/'}\n---\n";
const Expected kNotRead{"warning 4 kind", "not served by this version: nothing is read from it"};

// A whole ingress with more keys from line 8 on.
std::string ingress(const std::string& more) {
    return kEndpoint + "kind: io.statefun.kinesis.v1/ingress\nspec:\n  id: shop/in\n" +
           "  streams: [{stream: s, valueType: shop/E, targets: [shop/f]}]\n" + more;
}

}  // namespace

TEST_CASE("components of Kinesis load, and say that they are not served", "[module]") {
    const LoadedModules loaded = load(ingress(R"(  awsRegion: {type: specific, id: us-west-1}
  awsCredentials: {type: basic, accessKeyId: a, secretAccessKey: b}
  startupPosition: {type: date, date: 2020-02-01 04:15:00.000 +0000}
  clientConfigProperties:
    - SocketTimeout: 9999
---
kind: io.statefun.kinesis.v1/egress
spec:
  id: shop/out
  awsRegion: {type: custom-endpoint, endpoint: 'https://localhost:4567', id: us-east-1}
  awsCredentials: {type: profile, profileName: p, profilePath: /etc/p}
  maxOutstandingRecords: 9999
)"));
    check_reports(
        loaded, {kNotRead, {"warning 14 kind", "not served by this version: records to it wait"}}
    );
    CHECK(loaded.ok());
    REQUIRE(loaded.spec.kinesis.size() == 2);
    CHECK(loaded.spec.kinesis[0].role == KinesisSpec::Role::ingress);
    CHECK(loaded.spec.kinesis[1].id.text() == "shop/out");
}

TEST_CASE("what is wrong with a component of Kinesis is told at its place", "[module]") {
    const std::array<std::pair<std::string, Expected>, 6> cases{{
        {"awsRegion: {type: specific}", {"error 8 spec.awsRegion.id", "is missing"}},
        {"awsRegion: {type: defaults}", {"error 8 spec.awsRegion.type", "did you mean default?"}},
        {"awsRegion: {type: custom-endpoint, endpoint: 'http://h', id: x}",
         {"error 8 spec.awsRegion.endpoint", "begins with https://"}},
        {"awsCredentials: {type: basic, accessKeyId: a}",
         {"error 8 spec.awsCredentials.secretAccessKey", "is missing"}},
        {"startupPosition: {type: earlist}",
         {"error 8 spec.startupPosition.type", "did you mean earliest?"}},
        {"awsregion: {type: default}", {"warning 8 spec.awsregion", "did you mean awsRegion?"}},
    }};
    for (const auto& [text, expected] : cases) {
        INFO(text);
        check_reports(load(ingress("  " + text + "\n")), {kNotRead, expected});
    }
    const std::string head = kEndpoint + "kind: io.statefun.kinesis.v1/ingress\nspec:\n";
    check_reports(
        load(head + "  id: shop/in\n"),
        {kNotRead, {"error 5 spec.streams", "there is none to read from"}}
    );
    check_reports(
        load(head + "  id: shop/in\n  streams: [{stream: s, valueType: shop/E, targets: [x]}]\n"),
        {kNotRead, {"error 7 spec.streams[0].targets[0]", "not a name of two parts"}}
    );
}

TEST_CASE("an id is given to one ingress, of whatever system", "[module]") {
    check_reports(
        load(ingress(
            "---\nkind: io.statefun.kafka.v1/ingress\nspec: {id: shop/in, address: 'b:1', "
            "consumerGroupId: g, topics: [{topic: t, valueType: a/T, targets: [shop/f]}]}\n"
        )),
        {kNotRead, {"error 10 spec.id", "there is an ingress of that id already"}}
    );
}
