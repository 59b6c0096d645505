#include "gateway/functions/callers.h"

#include <algorithm>
#include <utility>

namespace sfg::functions {

namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};

// Whoever lets go of it, it is given back on the loop of its gate.
engine::Hold on_loop(runtime::Loop& loop, engine::Hold hold) {
    if (!hold) {
        return hold;
    }
    const void* what = hold.get();
    auto give_back = [&loop, hold = std::move(hold)](const void*) mutable {
        loop.post([hold = std::move(hold)] {});
    };
    return {what, std::move(give_back)};
}

Callers::Counts counts_of(const FunctionCaller& caller, std::size_t endpoints) {
    Callers::Counts counts;
    for (std::size_t i = 0; i < endpoints; ++i) {
        counts.push_back(caller.stats(static_cast<engine::EndpointId>(i)));
    }
    return counts;
}

}  // namespace

Callers::Callers(
    runtime::Loop& loop,
    runtime::Helpers& helpers,
    runtime::IoLoops& io_loops,
    const std::vector<EndpointSpec>& endpoints,
    const CallerOptions& options,
    Done done
)
    : done_(std::move(done)),
      endpoints_(endpoints.size()),
      outcomes_(loop, [this](std::vector<CallOutcome>& batch) {
          for (CallOutcome& outcome : batch) {
              ended(std::move(outcome));
          }
      }) {
    if (io_loops.size() == 0) {
        here_ = std::make_unique<FunctionCaller>(loop, helpers, endpoints, options, done_);
    }
    for (std::size_t at = 0; at < io_loops.size(); ++at) {
        make_carrier(io_loops.loop(at), io_loops.helpers(at), endpoints, options);
    }
}

Callers::~Callers() = default;

void Callers::make_carrier(
    runtime::Loop& loop,
    runtime::Helpers& helpers,
    const std::vector<EndpointSpec>& endpoints,
    const CallerOptions& options
) {
    auto carrier = std::make_unique<Carrier>();
    carrier->endpoints = endpoints.size();
    carrier->caller = std::make_unique<FunctionCaller>(
        loop,
        helpers,
        endpoints,
        options,
        [this, &loop](CallOutcome outcome) {
            if (auto* arrived = std::get_if<engine::ResponseArrived>(&outcome)) {
                arrived->hold = on_loop(loop, std::move(arrived->hold));
            }
            outcomes_.put(std::move(outcome));
        }
    );
    carrier->orders = std::make_unique<runtime::Handover<Order>>(
        loop,
        [&carrier = *carrier](std::vector<Order>& batch) {
            for (Order& order : batch) {
                follow(carrier, std::move(order));
            }
        }
    );
    carriers_.push_back(std::move(carrier));
}

void Callers::follow(Carrier& carrier, Order order) {
    FunctionCaller& caller = *carrier.caller;
    std::visit(
        Overloaded{
            [&](engine::StartCall&& call) { caller.start(std::move(call)); },
            [&](RequestId&& id) { caller.cancel(id); },
            [&](Bind&& bound) {
                caller.bind(bound.endpoints, bound.renewed);
                carrier.endpoints = bound.endpoints.size();
            },
            [&](Stop&&) {
                caller.stop();
            }
        },
        std::move(order)
    );
}

void Callers::bind(
    const std::vector<EndpointSpec>& endpoints,
    const std::vector<engine::EndpointId>& renewed
) {
    endpoints_ = endpoints.size();
    if (here_) {
        return here_->bind(endpoints, renewed);
    }
    for (auto& carrier : carriers_) {
        carrier->orders->put(Bind{endpoints, renewed});
    }
}

void Callers::start(engine::StartCall call) {
    if (here_) {
        return here_->start(std::move(call));
    }
    if (is_stopped_) {
        return;
    }
    cancel(call.id);
    std::size_t at = freest();
    under_way_.emplace(call.id, Under{call.epoch, at});
    ++carriers_[at]->in_flight;
    carriers_[at]->orders->put(std::move(call));
}

std::size_t Callers::freest() const {
    auto least = std::ranges::min_element(carriers_, {}, [](const auto& carrier) {
        return carrier->in_flight;
    });
    return static_cast<std::size_t>(least - carriers_.begin());
}

void Callers::cancel(RequestId id) {
    if (here_) {
        return here_->cancel(id);
    }
    if (auto under = under_way_.extract(id)) {
        Carrier& carrier = *carriers_[under.mapped().carrier];
        --carrier.in_flight;
        carrier.orders->put(id);
    }
}

// One that was cancelled may have ended before it heard of it.
void Callers::ended(CallOutcome outcome) {
    auto [epoch, id] =
        std::visit([](const auto& event) { return std::pair(event.epoch, event.id); }, outcome);
    auto under = under_way_.find(id);
    if (under == under_way_.end() || under->second.epoch != epoch) {
        return;
    }
    --carriers_[under->second.carrier]->in_flight;
    under_way_.erase(under);
    done_(std::move(outcome));
}

void Callers::stop() {
    if (here_) {
        return here_->stop();
    }
    is_stopped_ = true;
    under_way_.clear();
    for (auto& carrier : carriers_) {
        carrier->in_flight = 0;
        carrier->orders->put(Stop{});
    }
}

std::vector<std::size_t> Callers::in_flight() const {
    std::vector<std::size_t> in_flight;
    for (const auto& carrier : carriers_) {
        in_flight.push_back(carrier->in_flight);
    }
    return in_flight;
}

Callers::Counts Callers::counts() const {
    return here_ ? counts_of(*here_, endpoints_) : Counts();
}

Callers::Counts Callers::counts_on(std::size_t io_loop) const {
    const Carrier& carrier = *carriers_[io_loop];
    return counts_of(*carrier.caller, carrier.endpoints);
}

}  // namespace sfg::functions
