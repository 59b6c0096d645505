// serve(): an HTTP/1.1 server for functions, enough for production behind the gateway.
//
// POST on any path with the bytes of a ToFunction is answered by the bytes of a FromFunction
// (application/octet-stream); a function that throws by 500 and the reason as text. Connections are
// kept alive. SIGTERM and SIGINT stop it gracefully: no new connections, requests in hand are
// answered with `Connection: close`, then serve() returns.
//
// Threads:  one, the caller's: functions run one at a time on it, so they need no locks, and one
//           that waits keeps the others waiting. To use more cores start more processes. To serve
//           inside an HTTP server of your own, call Functions::handle() from it instead.
// Lifetime: `functions` must outlive the call.
// Limits:   those of ServeOptions; request headers 64 KiB.
#pragma once

#include "statefun/functions.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace statefun {

struct ServeOptions {
    // Loopback by default, because anybody who reaches this port can call the functions.
    std::string address = "127.0.0.1";
    std::uint16_t port = 8000;  // 0 picks a free one.
    // A batch is at most 16 MiB or one message of 32 MiB, and comes with the entity's states.
    std::size_t request_bytes_max = 64UL * 1024 * 1024;
    // At this many, new ones wait in the system's queue until one closes.
    std::size_t connections_max = 4096;
    // A connection on which nothing is finished for this long is closed. Longer than the 4 s that
    // the gateway keeps an idle one.
    std::chrono::seconds idle_max{60};
    // What a stop waits for requests that are still being sent or answered.
    std::chrono::seconds stop_within{10};
    // Called once with the port, when connections are accepted.
    std::function<void(std::uint16_t port)> on_listening;
};

// Serves until SIGTERM or SIGINT. Returns the exit code for main(): 0, or 1 with the reason on
// standard error if the address cannot be listened on.
[[nodiscard]] int serve(const Functions& functions, const ServeOptions& options);

[[nodiscard]] inline int serve(const Functions& functions, std::uint16_t port) {
    ServeOptions options;
    options.port = port;
    return serve(functions, options);
}

}  // namespace statefun
