// FunctionCaller: calls functions over HTTP/1.1, as StateFun does.
//
// A call is given as the engine's StartCall and answered with one event: ResponseArrived, whose
// response was parsed and is never a ResponseError, or CallFailed. One call is one attempt: what
// follows from a failure is the engine's to decide.
//
// Threads:    everything on the loop's thread, also `done`; large bodies are parsed and freed on
//             helpers.
// Lifetime:   the loop and the helpers outlive it. It may not be destroyed from within `done`;
//             stop(), start() and cancel() may be called there.
// Invariants: `done` is called once per call and never from inside start(); not for a cancelled
//             call, and for nobody after stop().
// Limits:     connections per server: pool_size; answers: payload_max_bytes; calls: as many as the
//             engine starts.
#pragma once

#include "gateway/engine/actions.h"
#include "gateway/functions/call.h"
#include "gateway/functions/options.h"
#include "gateway/functions/stats.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"
#include "protocol/ids.h"
#include "protocol/module_spec.h"

#include <functional>
#include <memory>
#include <vector>

namespace sfg::functions {

class FunctionCaller {
public:
    using Done = std::function<void(CallOutcome)>;

    // `endpoints` in the order of engine::EndpointId.
    FunctionCaller(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        std::vector<EndpointSpec> endpoints,
        CallerOptions options,
        Done done
    );
    FunctionCaller(const FunctionCaller&) = delete;
    FunctionCaller& operator=(const FunctionCaller&) = delete;
    ~FunctionCaller();

    // From now on calls go to these, of which those in `renewed` are new or have other settings;
    // the ones before keep their places. Calls under way end where they began. Blocking for files
    // of TLS.
    void bind(
        const std::vector<EndpointSpec>& endpoints,
        const std::vector<engine::EndpointId>& renewed
    );

    // Requires: a known endpoint. A call of an older epoch that has the same id is cancelled.
    void start(engine::StartCall call);

    void cancel(RequestId id);

    void stop();

    // Requires: a known endpoint.
    [[nodiscard]] const CallerStats& stats(engine::EndpointId endpoint) const;

private:
    class Core;
    std::unique_ptr<Core> core_;
};

}  // namespace sfg::functions
