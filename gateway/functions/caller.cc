#include "gateway/functions/caller.h"

#include "gateway/functions/endpoint.h"
#include "protocol/assert.h"

#include <algorithm>
#include <random>
#include <unordered_map>
#include <utility>

namespace sfg::functions {

namespace {

CallerOptions with_random(CallerOptions options) {
    if (!options.random) {
        auto engine = std::make_shared<std::mt19937_64>(std::random_device{}());
        options.random = [engine] {
            return (*engine)();
        };
    }
    return options;
}

// Wide enough for the largest answer of any endpoint, or that one would wait for ever.
std::size_t gate_width(const std::vector<EndpointSpec>& endpoints, const CallerOptions& options) {
    std::size_t width = std::max(options.large_answers_bytes, kLargeBodyBytes);
    for (const EndpointSpec& endpoint : endpoints) {
        width = std::max(width, endpoint.payload_bytes_max);
    }
    return width;
}

}  // namespace

class FunctionCaller::Core final : private Call::Owner {
public:
    Core(
        runtime::Loop& loop,
        runtime::Helpers& helpers,
        std::vector<EndpointSpec> endpoints,
        CallerOptions options,
        Done done
    )
        : loop_(loop),
          helpers_(helpers),
          gate_(std::make_shared<runtime::LargeBodyGate>(
              gate_width(endpoints, options),
              kLargeBodyBytes
          )),
          options_(with_random(std::move(options))),
          resolver_(options_.resolver ? options_.resolver : std::make_shared<SystemResolver>(loop)),
          done_(std::move(done)) {
        for (EndpointSpec& spec : endpoints) {
            endpoints_.push_back(make(endpoints_.size(), std::move(spec)));
        }
    }

    void bind(
        const std::vector<EndpointSpec>& endpoints,
        const std::vector<engine::EndpointId>& renewed
    ) {
        gate_->widen(gate_width(endpoints, options_));
        endpoints_.resize(endpoints.size());
        for (engine::EndpointId id : renewed) {
            endpoints_[id] = make(id, endpoints[id]);
        }
    }

    void start(engine::StartCall start) {
        if (is_stopped_) {
            return;
        }
        SFG_ASSERT(start.endpoint < endpoints_.size());
        cancel(start.id);
        Endpoint& endpoint = *endpoints_[start.endpoint];
        Call::Environment environment{loop_, helpers_, gate_, options_, *this};
        auto call = std::make_shared<Call>(environment, endpoint, std::move(start));
        calls_.emplace(call->id(), call);
        call->begin();
    }

    void cancel(RequestId id) {
        if (auto entry = calls_.extract(id)) {
            entry.mapped()->cancel();
        }
    }

    void stop() {
        is_stopped_ = true;
        for (auto& endpoint : endpoints_) {
            endpoint->close();
        }
        for (auto& [id, call] : std::exchange(calls_, {})) {
            call->cancel();
        }
    }

    [[nodiscard]] CallerStats& stats(engine::EndpointId endpoint) {
        SFG_ASSERT(endpoint < endpoints_.size());
        return endpoints_[endpoint]->stats();
    }

private:
    // Counters go on when the endpoint is another one.
    std::unique_ptr<Endpoint> make(std::size_t id, EndpointSpec spec) {
        while (stats_.size() <= id) {
            stats_.push_back(std::make_unique<CallerStats>());
        }
        Seams seams{loop_, helpers_, *resolver_};
        return std::make_unique<Endpoint>(seams, std::move(spec), options_, *stats_[id]);
    }

    void call_ended(Call& call, CallOutcome outcome) override {
        // Held until here returns: the call is still on the stack.
        auto ended = calls_.extract(call.id());
        done_(std::move(outcome));
    }

    runtime::Loop& loop_;
    runtime::Helpers& helpers_;
    const std::shared_ptr<runtime::LargeBodyGate> gate_;  // Shared with answers that are handed on.
    const CallerOptions options_;
    const std::shared_ptr<Resolver> resolver_;
    const Done done_;
    std::vector<std::unique_ptr<CallerStats>> stats_;  // By endpoint.
    std::vector<std::unique_ptr<Endpoint>> endpoints_;
    std::unordered_map<RequestId, std::shared_ptr<Call>> calls_;
    bool is_stopped_ = false;
};

FunctionCaller::FunctionCaller(
    runtime::Loop& loop,
    runtime::Helpers& helpers,
    std::vector<EndpointSpec> endpoints,
    CallerOptions options,
    Done done
)
    : core_(std::make_unique<
            Core>(loop, helpers, std::move(endpoints), std::move(options), std::move(done))) {}

FunctionCaller::~FunctionCaller() {
    stop();
}

void FunctionCaller::bind(
    const std::vector<EndpointSpec>& endpoints,
    const std::vector<engine::EndpointId>& renewed
) {
    core_->bind(endpoints, renewed);
}

void FunctionCaller::start(engine::StartCall call) {
    core_->start(std::move(call));
}

void FunctionCaller::cancel(RequestId id) {
    core_->cancel(id);
}

void FunctionCaller::stop() {
    core_->stop();
}

const CallerStats& FunctionCaller::stats(engine::EndpointId endpoint) const {
    return core_->stats(endpoint);
}

}  // namespace sfg::functions
