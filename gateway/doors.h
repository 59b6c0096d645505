// Doors: everything that listens: the API and, where module.yaml has them, the playground's two.
// Events go from here to the engine, answers come back to the door that asked.
//
// Threads:    the loop's.
// Lifetime:   the loop, the helpers, the module and the inbox outlive it. Destroyed after the loop.
// Invariants: a waiter's space (its upper bits) is the door that it waits at.
#pragma once

#include "gateway/config.h"
#include "gateway/egress/playground_egress.h"
#include "gateway/ingress/api.h"
#include "gateway/ingress/playground_ingress.h"
#include "gateway/runtime/body_gate.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/http_server.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sfg {

class Doors {
public:
    Doors(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        const ModuleSpec& module,
        const Config& config,
        const ingress::Inbox& inbox
    );

    // Takes all ports. Each address as a line for people, or the first that could not be taken.
    [[nodiscard]] Result<std::vector<std::string>, std::string> bind();

    void accept();
    void stop_accepting();

    // Calls `quiet` once every answer is written. Requires: stop_accepting().
    void when_quiet(std::function<void()> quiet);

    void close();

    void answer(WaiterId waiter, engine::Answer answer);

    void admitted(WaiterId waiter) { api_.on_admitted(waiter); }

    // What each door counted, by its name.
    using Counted = std::vector<std::pair<std::string, const ingress::DoorCounters*>>;
    [[nodiscard]] Counted counters() const;

private:
    struct Door {
        std::string name;
        std::unique_ptr<runtime::HttpServer> server;
    };

    enum Space : unsigned { kApi = 1, kPlaygroundIngress = 2, kPlaygroundEgress = 3 };

    runtime::HttpServer&
    open(const char* name, Space space, const HostPort& address, runtime::HttpHandler& handler);

    runtime::Loop& loop_;
    const runtime::HttpLimits limits_;
    runtime::LargeBodyGate gate_;
    ingress::Api api_;
    std::optional<ingress::PlaygroundIngress> playground_ingress_;
    std::optional<egress::PlaygroundEgress> playground_egress_;
    std::vector<Door> doors_;
    std::size_t quiet_doors_ = 0;
};

}  // namespace sfg
