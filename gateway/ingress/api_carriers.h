// ApiCarriers: the API on the I/O loops (design D1, ioThreads): on each one a server, which parses
// requests and writes answers, and the door's own state of what waits.
//
// The engine's loop accepts connections and hands them out in turn; from then on a connection stays
// where it is. Events come from there, answers go there, in batches.
//
// Threads:    the engine's loop; counts_on() on that I/O loop. close() when the I/O loops are
//             stopped.
// Lifetime:   the loops, their helpers and the inbox outlive it. Destroyed when the I/O loops are
//             stopped or not started yet.
// Invariants: those of Api, for each connection. A waiter's slot tells its carrier.
// Limits:     connections: HttpLimits, all carriers together. Each has a gate of its own for large
//             bodies. One slot per request, so no way between the loops can fill.
#pragma once

#include "gateway/ingress/api.h"
#include "gateway/runtime/body_gate.h"
#include "gateway/runtime/handover.h"
#include "gateway/runtime/http_server.h"
#include "gateway/runtime/io_loops.h"
#include "protocol/module_spec.h"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

namespace sfg::ingress {

class ApiCarriers {
public:
    // By Api::Ask.
    using Counts = std::array<DoorCounters, Api::kAsks>;

    // `options` and `http` as for the API on the engine's loop.
    ApiCarriers(
        runtime::Loop& loop,
        runtime::IoLoops& io_loops,
        const ModuleSpec& module,
        const ApiOptions& options,
        const runtime::HttpOptions& http,
        const Inbox& inbox
    );
    ApiCarriers(const ApiCarriers&) = delete;
    ApiCarriers& operator=(const ApiCarriers&) = delete;
    ~ApiCarriers();

    // A connection that was accepted on the engine's loop.
    void take(boost::asio::ip::tcp::socket socket);

    void answer(WaiterId waiter, engine::Answer answer);
    void admitted(WaiterId waiter);

    // The module that is bound from now on.
    void change(const ModuleSpec& next);

    // As HttpServer's; `quiet` is called on the engine's loop.
    void stop_accepting();
    void when_quiet(std::function<void()> quiet);
    void close();

    [[nodiscard]] Counts counts_on(std::size_t io_loop) const;

private:
    class Carrier;
    struct Connection;

    [[nodiscard]] Carrier& carrier_of(WaiterId waiter);

    runtime::Loop& loop_;
    runtime::Handover<engine::Event> events_;
    std::vector<std::unique_ptr<Carrier>> carriers_;
    std::size_t next_ = 0;   // Whose turn it is to get a connection.
    std::size_t quiet_ = 0;  // Carriers that are.
};

}  // namespace sfg::ingress
