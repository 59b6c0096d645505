// Doors: everything that listens: the API and, where module.yaml has them, the playground's two.
// Events go from here to the engine, answers come back to the door that asked.
//
// The API is served on the I/O loops, where there are any; the playground's doors never are.
//
// Threads:    the engine's loop; counters_on() on that I/O loop.
// Lifetime:   the loops, the helpers, the module and the inbox outlive it. close() and destruction
//             after all the loops.
//             The module may change in place, between prepare() and change().
// Invariants: a waiter's space (its upper bits) is the door that it waits at.
#pragma once

#include "gateway/config.h"
#include "gateway/egress/playground_egress.h"
#include "gateway/ingress/api.h"
#include "gateway/ingress/api_carriers.h"
#include "gateway/ingress/playground_ingress.h"
#include "gateway/runtime/body_gate.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/http_server.h"
#include "gateway/runtime/io_loops.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg {

class Doors {
public:
    Doors(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        runtime::IoLoops& io_loops,
        const ModuleSpec& module,
        const Config& config,
        const ingress::Inbox& inbox
    );

    // Takes all ports. Each address as a line for people, or the first that could not be taken.
    [[nodiscard]] Result<std::vector<std::string>, std::string> bind();

    void accept();
    void stop_accepting();

    // Takes the ports that this module's playground doors have and the present one's have not. The
    // first that could not be taken, or nothing; then change() or keep().
    [[nodiscard]] std::optional<std::string> prepare(const ModuleSpec& next);
    // The doors are those of the module that prepare() was given: what it has no more is closed,
    // requests that are open are answered.
    void change(const ModuleSpec& next);
    void keep();

    // Calls `quiet` once every answer is written. Requires: stop_accepting().
    void when_quiet(std::function<void()> quiet);

    void close();

    void answer(WaiterId waiter, engine::Answer answer);

    void admitted(WaiterId waiter);

    // What each door counted, by its name; on the I/O loops for itself.
    using Counted = std::vector<std::pair<std::string, ingress::DoorCounters>>;
    [[nodiscard]] Counted counters() const;
    [[nodiscard]] Counted counters_on(std::size_t io_loop) const;

private:
    struct Door {
        std::string name;
        std::unique_ptr<runtime::HttpServer> server;
        bool is_open = false;                 // Of the module that is bound.
        std::uint16_t port = 0;               // As declared.
        std::optional<std::uint16_t> next{};  // Taken for the next module.
    };

    enum Space : unsigned { kApiSpace = 1, kIngressSpace = 2, kEgressSpace = 3 };

    [[nodiscard]] runtime::HttpOptions
    options_for(const char* name, Space space, const HostPort& address);
    Door& make(runtime::HttpOptions options, runtime::HttpHandler& handler);
    void make_api(runtime::IoLoops& io_loops, const HostPort& address);
    Door& make_playground_ingress(std::uint16_t port);
    Door& make_playground_egress(std::uint16_t port, const PlaygroundEgressSpec& spec);
    [[nodiscard]] std::optional<std::string> take(Door& door, std::uint16_t port);
    static void settle(Door* door, bool is_declared);
    [[nodiscard]] Door* find(std::string_view name);

    runtime::Loop& loop_;
    const ModuleSpec& module_;
    const std::string host_;
    const ingress::ApiOptions options_;
    const ingress::Inbox inbox_;
    const runtime::HttpLimits limits_;
    runtime::LargeBodyGate gate_;
    ingress::Api api_;
    std::optional<ingress::ApiCarriers> api_carriers_;  // Instead of api_.
    std::optional<ingress::PlaygroundIngress> playground_ingress_;
    std::optional<egress::PlaygroundEgress> playground_egress_;
    std::deque<Door> doors_;      // They stay where they are.
    std::size_t loud_doors_ = 0;  // While a stop waits for them.
};

}  // namespace sfg
