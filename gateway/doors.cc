#include "gateway/doors.h"

#include "protocol/assert.h"

namespace sfg {

namespace {

runtime::HttpLimits limits_of(const Config& config) {
    runtime::HttpLimits limits;
    limits.connections_max = config.connections_max;
    limits.body_bytes_max = config.body_bytes_max;
    limits.idle = config.idle_timeout;
    limits.head = config.head_timeout;
    limits.transfer_idle = config.transfer_idle_timeout;
    limits.transfer_total = config.transfer_timeout;
    return limits;
}

}  // namespace

Doors::Doors(
    runtime::Loop& loop,
    runtime::Helpers& helpers,
    const ModuleSpec& module,
    const Config& config,
    const ingress::Inbox& inbox
)
    : loop_(loop),
      limits_(limits_of(config)),
      gate_(std::max(config.body_bytes_max, kLargeBodyBytes) * kGateBodies, kLargeBodyBytes),
      api_(
          loop,
          module,
          {kPartitions, config.body_bytes_max, config.reply_timeout, &helpers},
          inbox
      ) {
    api_.serve_on(open("api", kApi, config.api, api_));
    ingress::ApiOptions options{kPartitions, config.body_bytes_max, config.reply_timeout, &helpers};
    // The playground's doors are where the API is, on the ports that module.yaml names.
    if (module.playground_ingress) {
        playground_ingress_.emplace(module, options, inbox);
        HostPort address{config.api.host, module.playground_ingress->port};
        playground_ingress_->serve_on(
            open("playground ingress", kPlaygroundIngress, address, *playground_ingress_)
        );
    }
    if (module.playground_egress) {
        playground_egress_.emplace(*module.playground_egress, inbox);
        HostPort address{config.api.host, module.playground_egress->port};
        playground_egress_->serve_on(
            open("playground egress", kPlaygroundEgress, address, *playground_egress_)
        );
    }
}

runtime::HttpServer&
Doors::open(const char* name, Space space, const HostPort& address, runtime::HttpHandler& handler) {
    runtime::HttpOptions options;
    options.name = name;
    options.address = address.host;
    options.port = address.port;
    options.space = space;
    options.limits = limits_;
    options.gate = &gate_;
    auto server = std::make_unique<runtime::HttpServer>(loop_, std::move(options), handler);
    doors_.push_back({name, std::move(server)});
    return *doors_.back().server;
}

Result<std::vector<std::string>, std::string> Doors::bind() {
    std::vector<std::string> lines;
    for (Door& door : doors_) {
        auto bound = door.server->bind();
        if (bound.has_error()) {
            return bound.error();
        }
        lines.push_back(door.name + " listening on http://" + door.server->bound_to());
    }
    return lines;
}

void Doors::accept() {
    for (Door& door : doors_) {
        door.server->accept();
    }
}

void Doors::stop_accepting() {
    for (Door& door : doors_) {
        door.server->stop_accepting();
    }
}

void Doors::when_quiet(std::function<void()> quiet) {
    quiet_doors_ = 0;
    for (Door& door : doors_) {
        door.server->when_quiet([this, quiet] {
            if (++quiet_doors_ == doors_.size()) {
                quiet();
            }
        });
    }
}

void Doors::close() {
    for (Door& door : doors_) {
        door.server->close();
    }
}

void Doors::answer(WaiterId waiter, engine::Answer answer) {
    switch (runtime::space_of(ingress::exchange_of(waiter))) {
        case kApi:
            api_.on_answer(waiter, std::move(answer));
            break;
        case kPlaygroundIngress:
            playground_ingress_->on_answer(waiter, std::move(answer));
            break;
        case kPlaygroundEgress:
            playground_egress_->on_answer(waiter, std::move(answer));
            break;
        default:
            SFG_ASSERT(false, "a waiter of no door");
    }
}

Doors::Counted Doors::counters() const {
    using Ask = ingress::Api::Ask;
    Counted counted = {
        {"send", &api_.counters(Ask::send)},
        {"call", &api_.counters(Ask::call)},
        {"replies", &api_.counters(Ask::replies)},
    };
    if (playground_ingress_) {
        counted.emplace_back("playground", &playground_ingress_->counters());
    }
    return counted;
}

}  // namespace sfg
