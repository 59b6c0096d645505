// validate --probe against servers that do what a test tells them.
#include "gateway/cli/probe.h"

#include "tests/support/scripted_server.h"

#include <catch2/catch.hpp>

namespace {

using sfg::EndpointSpec;
using sfg::ModuleSpec;
using sfg::cli::Probed;
using sfg::cli::ProbeResult;
using sfg::test::ScriptedServer;
using sfg::test::SeenRequest;
using std::chrono::milliseconds;

EndpointSpec endpoint_at(const std::string& url) {
    EndpointSpec endpoint;
    endpoint.functions = {"shop", std::nullopt};
    endpoint.url_template = url;
    return endpoint;
}

ProbeResult probe(const EndpointSpec& endpoint, milliseconds patience = milliseconds(5000)) {
    ModuleSpec spec;
    spec.endpoints.push_back(endpoint);
    auto results = sfg::cli::probe_endpoints(spec, patience);
    REQUIRE(results.size() == 1);
    return results.front();
}

ScriptedServer::Answer always(const std::string& status) {
    return [status](const SeenRequest&) {
        return sfg::test::Script{sfg::test::send(sfg::test::http_answer(status, "", "no"))};
    };
}

}  // namespace

TEST_CASE("any HTTP answer to an empty body counts as reachable", "[probe]") {
    for (const char* status : {"200 OK", "400 Bad Request", "500 Internal Server Error"}) {
        ScriptedServer server(always(status));
        ProbeResult result = probe(endpoint_at(server.url()));
        CHECK(result.outcome == Probed::reachable);
        CHECK(result.what.starts_with("HTTP " + std::string(status).substr(0, 3) + " in "));
        auto requests = server.requests();
        REQUIRE(requests.size() == 1);
        CHECK(requests.front().head.starts_with("POST /fn HTTP/1.1\r\n"));
        CHECK(requests.front().body.empty());
    }
}

TEST_CASE("nobody at the port, and garbage, are unreachable with the reason", "[probe]") {
    ProbeResult refused = probe(endpoint_at("http://127.0.0.1:1/fn"));
    CHECK(refused.outcome == Probed::unreachable);
    CHECK(refused.what.find("refused") != std::string::npos);
    ScriptedServer server([](const SeenRequest&) {
        return sfg::test::Script{
            sfg::test::send("SSH-2.0-x\r\n\r\n"), sfg::test::close_connection()
        };
    });
    CHECK(probe(endpoint_at(server.url())).outcome == Probed::unreachable);
}

TEST_CASE("a server that never answers is unreachable when the patience ends", "[probe]") {
    ScriptedServer server([](const SeenRequest&) { return sfg::test::Script{sfg::test::silence()}; }
    );
    ProbeResult result = probe(endpoint_at(server.url()), milliseconds(50));
    CHECK(result.outcome == Probed::unreachable);
    CHECK(result.what == "no answer in time");
}

TEST_CASE("where the URL depends on an open name nothing is called", "[probe]") {
    ScriptedServer server(always("200 OK"));
    ProbeResult path = probe(endpoint_at(server.url("/{function.name}")));
    CHECK(path.outcome == Probed::reachable);
    CHECK(path.what.find("not called") != std::string::npos);
    CHECK(server.request_count() == 0);
    ProbeResult host = probe(endpoint_at("http://{function.name}.invalid/fn"));
    CHECK(host.outcome == Probed::skipped);
}

TEST_CASE("the exact name fills the template", "[probe]") {
    ScriptedServer server(always("400 Bad Request"));
    EndpointSpec endpoint = endpoint_at(server.url("/{function.name}"));
    endpoint.functions.name = "cart";
    CHECK(probe(endpoint).outcome == Probed::reachable);
    REQUIRE(server.request_count() == 1);
    CHECK(server.requests().front().head.starts_with("POST /cart HTTP/1.1\r\n"));
}

TEST_CASE("many endpoints are probed in order, a group at a time", "[probe]") {
    ScriptedServer server(always("400 Bad Request"));
    ModuleSpec spec;
    for (std::size_t i = 0; i < sfg::cli::kProbesAtOnce + 3; ++i) {
        spec.endpoints.push_back(endpoint_at(server.url("/" + std::to_string(i))));
    }
    auto results = sfg::cli::probe_endpoints(spec);
    REQUIRE(results.size() == spec.endpoints.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        CHECK(results[i].outcome == Probed::reachable);
        CHECK(results[i].url == server.url("/" + std::to_string(i)));
    }
    CHECK(sfg::cli::probe_endpoints({}).empty());
}
