#include "tests/unit/http/doors_rig.h"

#include <nlohmann/json.hpp>

namespace sfg::test {

DoorsRig::DoorsRig() {
    EndpointSpec endpoint;
    endpoint.functions = {"com.example", std::nullopt};
    module.endpoints.push_back(endpoint);
    module.playground_egress = PlaygroundEgressSpec{0, {"greets", "a/b"}, {}};
    ingress::Inbox put = [this](engine::Event event) {
        inbox.push_back(std::move(event));
    };
    ingress::ApiOptions options;
    options.partitions = kPartitions;
    options.helpers = &helpers;
    api = std::make_unique<ingress::Api>(loop, module, options, put);
    playground_ingress = std::make_unique<ingress::PlaygroundIngress>(module, options, put);
    playground_egress = std::make_unique<egress::PlaygroundEgress>(*module.playground_egress, put);
    api_port = open(*api, 1);
    api->serve_on(*servers_.back());
    ingress_port = open(*playground_ingress, 2);
    playground_ingress->serve_on(*servers_.back());
    egress_port = open(*playground_egress, 3);
    playground_egress->serve_on(*servers_.back());
}

DoorsRig::~DoorsRig() {
    helpers.stop();
}

std::uint16_t DoorsRig::open(runtime::HttpHandler& handler, unsigned space) {
    runtime::HttpOptions options;
    options.limits.half_closed = std::chrono::milliseconds(10);
    options.space = space;
    options.gate = &gate;
    servers_.push_back(std::make_unique<runtime::HttpServer>(loop, options, handler));
    auto port = servers_.back()->bind();
    REQUIRE(port.has_value());
    servers_.back()->accept();
    return *port;
}

SharedBytes playground_record(std::string_view topic, std::string_view payload) {
    nlohmann::json record = {{"topic", topic}, {"payload", payload}};
    return encode_typed_value({"io.statefun.playground/EgressRecord", true, record.dump()});
}

}  // namespace sfg::test
