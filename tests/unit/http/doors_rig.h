// The doors with a recording inbox in the engine's place: the test reads the events and answers
// them.
#pragma once

#include "gateway/egress/playground_egress.h"
#include "gateway/ingress/api.h"
#include "gateway/ingress/playground_ingress.h"
#include "gateway/runtime/helpers.h"
#include "tests/unit/http/rig.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace sfg::test {

class DoorsRig : public Rig {
public:
    DoorsRig();
    ~DoorsRig();

    // Waits for so many events altogether.
    void await(std::size_t events) {
        until([&] { return inbox.size() >= events; });
        settle();
        REQUIRE(inbox.size() == events);
    }

    template <typename Event>
    Event& event(std::size_t index) {
        REQUIRE(index < inbox.size());
        auto* found = std::get_if<Event>(&inbox[index]);
        REQUIRE(found != nullptr);
        return *found;
    }

    // Sends one API request that must reach the inbox; the message it brought.
    engine::MessageArrived& message(Client& client, std::string_view request) {
        std::size_t before = inbox.size();
        client.send(request);
        await(before + 1);
        return event<engine::MessageArrived>(before);
    }

    [[nodiscard]] const runtime::HttpServer& api_server() const { return *servers_[0]; }

    std::vector<engine::Event> inbox;
    ModuleSpec module;
    runtime::LargeBodyGate gate{kGateBodies * kBodyBytesMax, kLargeBodyBytes};
    runtime::Helpers helpers{loop, 1};
    std::unique_ptr<ingress::Api> api;
    std::unique_ptr<ingress::PlaygroundIngress> playground_ingress;
    std::unique_ptr<egress::PlaygroundEgress> playground_egress;
    std::uint16_t api_port = 0;
    std::uint16_t ingress_port = 0;
    std::uint16_t egress_port = 0;

    [[nodiscard]] const runtime::HttpCounters& egress_counters() const {
        return servers_.back()->counters();
    }

private:
    std::uint16_t open(runtime::HttpHandler& handler, unsigned space);

    std::vector<std::unique_ptr<runtime::HttpServer>> servers_;
};

// A record as a function sends it to the playground egress.
[[nodiscard]] SharedBytes playground_record(std::string_view topic, std::string_view payload);

}  // namespace sfg::test
