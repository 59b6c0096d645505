// Endpoint: one entry of the endpoint table, with its counters and the routes to its servers.
//
// A route is a URL that a function name led to, and the pool of connections for it. URLs with the
// same server share a pool.
//
// Threads:    the loop's.
// Lifetime:   routes are shared with the calls on them, which may outlive it: another endpoint
// takes
//             its place when the module changes. The counters outlive all of them.
// Limits:     kRoutesMax routes are kept (function names come from messages, so from anybody), more
//             only while calls are on them.
#pragma once

#include "gateway/functions/failure.h"
#include "gateway/functions/options.h"
#include "gateway/functions/pool.h"
#include "gateway/functions/seams.h"
#include "gateway/functions/stats.h"
#include "gateway/functions/tls_source.h"
#include "gateway/functions/url.h"
#include "protocol/module_spec.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace sfg::functions {

struct Route {
    Url url;
    std::string head_start;
    std::shared_ptr<Pool> pool;
    std::optional<TroubleReport> problem;  // Why no call can be made here.
};

class Endpoint {
public:
    static constexpr std::size_t kRoutesMax = 4096;

    // Blocking for the files of TLS: meant for the time before the loop runs, and for a reload.
    // `stats` outlives the routes.
    Endpoint(
        const Seams& seams,
        EndpointSpec spec,
        const CallerOptions& options,
        CallerStats& stats
    );
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    // Calls on its routes go on.
    ~Endpoint();

    [[nodiscard]] std::shared_ptr<Route> route_for(const std::string& function_name);

    [[nodiscard]] const EndpointSpec& spec() const { return *spec_; }

    [[nodiscard]] const std::shared_ptr<const EndpointSpec>& shared_spec() const { return spec_; }

    [[nodiscard]] CallerStats& stats() { return stats_; }

    // Closes every pool, and looks at no file any more.
    void close();

private:
    [[nodiscard]] std::shared_ptr<Route> make_route(const std::string& url_text);
    [[nodiscard]] std::shared_ptr<Pool> pool_for(const Url& url);
    void forget_unused();

    const Seams seams_;
    const std::shared_ptr<const EndpointSpec> spec_;  // Calls keep it.
    const CallerOptions options_;
    const bool is_template_;                // The URL depends on the function's name.
    const std::shared_ptr<TlsSource> tls_;  // Of an https URL.
    CallerStats& stats_;
    std::unordered_map<std::string, std::weak_ptr<Pool>> pools_;      // By Url::authority.
    std::unordered_map<std::string, std::shared_ptr<Route>> routes_;  // By name, or one by "".
};

}  // namespace sfg::functions
