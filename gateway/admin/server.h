// Server: the admin port, on a thread and a loop of its own, so that it also speaks when the engine
// does not (design D1).
//
// Threads:    start() and stop() from one thread; everything else happens on the server's own.
// Lifetime:   the probe outlives stop(). Stopped last of all, so that a probe sees "stopping".
// Limits:     kConnectionsMax connections, small headers, no bodies.
#pragma once

#include "gateway/admin/engine_watch.h"
#include "gateway/admin/event_stream.h"
#include "gateway/admin/operator_door.h"
#include "gateway/admin/paths.h"
#include "gateway/admin/report.h"
#include "gateway/config.h"
#include "gateway/runtime/http_server.h"
#include "gateway/runtime/loop.h"
#include "protocol/result.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>

namespace sfg::admin {

struct ServerOptions {
    HostPort address;
    // How long the engine may take to answer before it counts as stuck.
    std::chrono::milliseconds engine_patience{2000};
};

class Server {
public:
    static constexpr std::size_t kConnectionsMax = 128;

    Server(const ServerOptions& options, EngineProbe& probe);
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;
    ~Server();

    // Takes the port and begins to answer. Where it listens, or why it can't, as a sentence.
    [[nodiscard]] Result<HostPort, std::string> start();

    // Closes everything and ends the thread. Harmless when not started.
    void stop();

    // The engine's answer to an event that was put to it. Any thread, before stop() has returned.
    void answer(WaiterId waiter, engine::Answer answer);

    // Tells those who listen. Any thread, before stop() has returned.
    void happened(engine::Happening happening) { events_.happened(std::move(happening)); }

private:
    void respond(runtime::ExchangeId id, runtime::HttpResponse response);

    const ServerOptions options_;
    runtime::Loop loop_;
    EngineWatch watch_;
    OperatorDoor operators_;
    EventStream events_;
    Paths paths_;
    runtime::HttpServer server_;
    std::thread thread_;
};

}  // namespace sfg::admin
