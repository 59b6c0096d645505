#include "gateway/doors.h"

#include "gateway/runtime/log.h"
#include "protocol/assert.h"

#include <algorithm>
#include <array>

namespace sfg {

namespace {

constexpr const char* kIngressDoor = "playground ingress";
constexpr const char* kEgressDoor = "playground egress";
// By Api::Ask.
constexpr std::array<const char*, ingress::Api::kAsks> kAskNames =
    {"send", "call", "replies", "bulk"};

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
    runtime::IoLoops& io_loops,
    const ModuleSpec& module,
    const Config& config,
    const ingress::Inbox& inbox
)
    : loop_(loop),
      module_(module),
      host_(config.api.host),
      options_{kPartitions, config.body_bytes_max, config.reply_timeout, &helpers},
      inbox_(inbox),
      limits_(limits_of(config)),
      gate_(std::max(config.body_bytes_max, kLargeBodyBytes) * kGateBodies, kLargeBodyBytes),
      api_(loop, module, options_, inbox) {
    make_api(io_loops, config.api);
    if (module.playground_ingress) {
        make_playground_ingress(module.playground_ingress->port);
    }
    if (module.playground_egress) {
        make_playground_egress(module.playground_egress->port, *module.playground_egress);
    }
}

runtime::HttpOptions Doors::options_for(const char* name, Space space, const HostPort& address) {
    runtime::HttpOptions options;
    options.name = name;
    options.address = address.host;
    options.port = address.port;
    options.space = space;
    options.limits = limits_;
    options.gate = &gate_;
    return options;
}

Doors::Door& Doors::make(runtime::HttpOptions options, runtime::HttpHandler& handler) {
    Door& door = doors_.emplace_back();
    door.name = options.name;
    door.port = options.port;
    door.server = std::make_unique<runtime::HttpServer>(loop_, std::move(options), handler);
    return door;
}

void Doors::make_api(runtime::IoLoops& io_loops, const HostPort& address) {
    runtime::HttpOptions options = options_for("api", kApiSpace, address);
    if (io_loops.size() > 0) {
        api_carriers_.emplace(loop_, io_loops, module_, options_, options, inbox_);
        options.take = [this](boost::asio::ip::tcp::socket socket) {
            api_carriers_->take(std::move(socket));
        };
    }
    Door& api = make(std::move(options), api_);
    api_.serve_on(*api.server);
}

// The playground's doors are where the API is, on the ports that module.yaml names.
Doors::Door& Doors::make_playground_ingress(std::uint16_t port) {
    playground_ingress_.emplace(module_, options_, inbox_);
    Door& door =
        make(options_for(kIngressDoor, kIngressSpace, {host_, port}), *playground_ingress_);
    playground_ingress_->serve_on(*door.server);
    return door;
}

Doors::Door& Doors::make_playground_egress(std::uint16_t port, const PlaygroundEgressSpec& spec) {
    playground_egress_.emplace(spec, inbox_);
    Door& door = make(options_for(kEgressDoor, kEgressSpace, {host_, port}), *playground_egress_);
    playground_egress_->serve_on(*door.server);
    return door;
}

Result<std::vector<std::string>, std::string> Doors::bind() {
    std::vector<std::string> lines;
    for (Door& door : doors_) {
        auto bound = door.server->bind();
        if (bound.has_error()) {
            return bound.error();
        }
        door.is_open = true;
        lines.push_back(door.name + " listening on http://" + door.server->bound_to());
    }
    return lines;
}

Doors::Door* Doors::find(std::string_view name) {
    const auto found = std::ranges::find(doors_, name, &Door::name);
    return found == doors_.end() ? nullptr : &*found;
}

std::optional<std::string> Doors::take(Door& door, std::uint16_t port) {
    if (door.is_open && door.port == port) {
        return std::nullopt;
    }
    auto taken = door.server->take(port);
    if (taken.has_error()) {
        return taken.error();
    }
    door.next = port;
    return std::nullopt;
}

std::optional<std::string> Doors::prepare(const ModuleSpec& next) {
    if (next.playground_ingress) {
        std::uint16_t port = next.playground_ingress->port;
        Door* known = find(kIngressDoor);
        if (auto error = take(known != nullptr ? *known : make_playground_ingress(port), port)) {
            return error;
        }
    }
    if (next.playground_egress) {
        const PlaygroundEgressSpec& spec = *next.playground_egress;
        Door* known = find(kEgressDoor);
        return take(known != nullptr ? *known : make_playground_egress(spec.port, spec), spec.port);
    }
    return std::nullopt;
}

void Doors::settle(Door* door, bool is_declared) {
    if (door == nullptr) {
        return;
    }
    if (door->next) {
        door->server->move();
        door->port = *std::exchange(door->next, std::nullopt);
        log::info("gateway", door->name + " listening on http://" + door->server->bound_to());
    } else if (!is_declared && door->is_open) {
        door->server->stop_accepting();
        log::info("gateway", door->name + " is closed");
    }
    door->is_open = is_declared;
}

void Doors::change(const ModuleSpec& next) {
    settle(find(kIngressDoor), next.playground_ingress.has_value());
    settle(find(kEgressDoor), next.playground_egress.has_value());
    if (next.playground_egress) {
        playground_egress_->declare(next.playground_egress->topics);
    }
    if (api_carriers_) {
        api_carriers_->change(next);
    }
}

void Doors::keep() {
    for (Door& door : doors_) {
        door.server->stay();
        door.next.reset();
    }
}

void Doors::accept() {
    for (Door& door : doors_) {
        if (door.is_open) {
            door.server->accept();
        }
    }
}

void Doors::stop_accepting() {
    for (Door& door : doors_) {
        door.server->stop_accepting();
    }
    if (api_carriers_) {
        api_carriers_->stop_accepting();
    }
}

void Doors::when_quiet(std::function<void()> quiet) {
    loud_doors_ = doors_.size() + (api_carriers_ ? 1 : 0);
    auto one_is = [this, quiet = std::move(quiet)] {
        if (--loud_doors_ == 0) {
            quiet();
        }
    };
    for (Door& door : doors_) {
        door.server->when_quiet(one_is);
    }
    if (api_carriers_) {
        api_carriers_->when_quiet(one_is);
    }
}

void Doors::close() {
    for (Door& door : doors_) {
        door.server->close();
    }
    if (api_carriers_) {
        api_carriers_->close();
    }
}

void Doors::admitted(WaiterId waiter) {
    api_carriers_ ? api_carriers_->admitted(waiter) : api_.on_admitted(waiter);
}

void Doors::answer(WaiterId waiter, engine::Answer answer) {
    switch (runtime::space_of(ingress::exchange_of(waiter))) {
        case kApiSpace:
            if (api_carriers_) {
                api_carriers_->answer(waiter, std::move(answer));
            } else {
                api_.on_answer(waiter, std::move(answer));
            }
            break;
        case kIngressSpace:
            playground_ingress_->on_answer(waiter, std::move(answer));
            break;
        case kEgressSpace:
            playground_egress_->on_answer(waiter, std::move(answer));
            break;
        default:
            SFG_ASSERT(false, "a waiter of no door");
    }
}

Doors::Counted Doors::counters() const {
    using Ask = ingress::Api::Ask;
    Counted counted;
    for (std::size_t ask = 0; ask < kAskNames.size(); ++ask) {
        counted.emplace_back(kAskNames[ask], api_.counters(static_cast<Ask>(ask)));
    }
    if (playground_ingress_) {
        counted.emplace_back("playground", playground_ingress_->counters());
    }
    return counted;
}

Doors::Counted Doors::counters_on(std::size_t io_loop) const {
    Counted counted;
    ingress::ApiCarriers::Counts counts = api_carriers_->counts_on(io_loop);
    for (std::size_t ask = 0; ask < counts.size(); ++ask) {
        counted.emplace_back(kAskNames[ask], std::move(counts[ask]));
    }
    return counted;
}

}  // namespace sfg
