#include "gateway/gateway.h"

#include "gateway/admin/server.h"
#include "gateway/cli/exit_codes.h"
#include "gateway/disk_watch.h"
#include "gateway/egress/playground_egress.h"
#include "gateway/engine_host.h"
#include "gateway/ingress/playground_ingress.h"
#include "gateway/report.h"
#include "gateway/runtime/log.h"
#include "protocol/assert.h"
#include "storage/leveldb_store.h"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

namespace sfg {

namespace {

using cli::ExitCode;

// The spaces of exchange ids, by which an answer finds its door.
enum Space : unsigned { kApi = 1, kPlaygroundIngress = 2, kPlaygroundEgress = 3 };

// Bodies over 1 MiB on their way in, together (design D4): at least one largest body.
constexpr std::size_t kGateBodies = 2;

HostOptions host_options(const Config& config) {
    HostOptions options;
    options.engine.memory_budget_bytes = config.memory_budget_bytes;
    options.engine.commit_queue_bytes_max = config.commit_queue_bytes_max;
    options.engine.mailbox_messages_max = config.mailbox_messages_max;
    options.engine.mailbox_bytes_max = config.mailbox_bytes_max;
    options.engine.waiting_messages_max = config.waiting_messages_max;
    options.engine.waiting_bytes_max = config.waiting_bytes_max;
    options.engine.marks_max = config.marks_max;
    options.engine.calls_max = config.call_records_max;
    options.caller.idle_max = config.function_idle_timeout;
    options.pace.under_load = config.sync_interval;
    options.pace.unwaited = config.sync_lazy_delay;
    options.pace.bytes_max = config.sync_lazy_bytes;
    return options;
}

runtime::HttpLimits http_limits(const Config& config) {
    runtime::HttpLimits limits;
    limits.connections_max = config.connections_max;
    limits.body_bytes_max = config.body_bytes_max;
    limits.idle = config.idle_timeout;
    limits.head = config.head_timeout;
    limits.transfer_idle = config.transfer_idle_timeout;
    limits.transfer_total = config.transfer_timeout;
    return limits;
}

// One door: its server on its port.
struct Door {
    std::string name;
    runtime::HttpServer server;

    Door(
        runtime::Loop& loop,
        const char* called,
        HostPort address,
        Space space,
        const runtime::HttpLimits& limits,
        runtime::LargeBodyGate& gate,
        runtime::HttpHandler& handler
    )
        : name(called),
          server(
              loop,
              {.name = called,
               .address = std::move(address.host),
               .port = address.port,
               .space = space,
               .limits = limits,
               .gate = &gate},
              handler
          ) {}
};

class Gateway final : private admin::EngineProbe {
public:
    Gateway(const Config& config, LoadedModules modules)
        : config_(config),
          module_(std::move(modules.spec)),
          helpers_(loop_, config.helper_threads),
          gate_(config.body_bytes_max * kGateBodies, kLargeBodyBytes),
          host_(
              loop_,
              helpers_,
              module_,
              host_options(config),
              {[this](WaiterId waiter, engine::Answer answer) { route(waiter, std::move(answer)); },
               [this](WaiterId waiter) { api_.on_admitted(waiter); },
               [this](const storage::StoreError& error) {
                   die(error);
               }}
          ),
          api_(
              loop_,
              module_,
              {kPartitions, config.body_bytes_max, config.reply_timeout},
              [this](engine::Event event) { host_.put(std::move(event)); }
          ),
          admin_({config.admin}, *this),
          signals_(loop_.io(), SIGTERM, SIGINT),
          disk_(loop_, config, [this](engine::DiskRoom room) {
              host_.put(engine::DiskRoomChanged{room});
          }) {
        open_doors();
    }

    int run();

private:
    void open_doors();
    [[nodiscard]] bool bind();
    [[nodiscard]] ExitCode open_store();
    void accept_when_ready();
    void begin_stop();
    void route(WaiterId waiter, engine::Answer answer);
    void die(const storage::StoreError& error);
    void ask(std::function<void(admin::EngineReport)> answer) override;

    const Config& config_;
    const ModuleSpec module_;
    runtime::Loop loop_;
    runtime::Helpers helpers_;
    runtime::LargeBodyGate gate_;
    EngineHost host_;
    ingress::Api api_;
    std::optional<ingress::PlaygroundIngress> playground_ingress_;
    std::optional<egress::PlaygroundEgress> playground_egress_;
    std::vector<std::unique_ptr<Door>> doors_;
    admin::Server admin_;
    boost::asio::signal_set signals_;
    DiskWatch disk_;
    admin::Stage stage_ = admin::Stage::starting;
    std::optional<runtime::Loop::DeadlineTimer> ready_check_;
    std::size_t doors_quiet_ = 0;
    ExitCode exit_ = ExitCode::ok;
};

void Gateway::open_doors() {
    ingress::Inbox inbox = [this](engine::Event event) {
        host_.put(std::move(event));
    };
    auto limits = http_limits(config_);
    doors_.push_back(std::make_unique<Door>(loop_, "api", config_.api, kApi, limits, gate_, api_));
    api_.serve_on(doors_.back()->server);
    ingress::ApiOptions options{kPartitions, config_.body_bytes_max, config_.reply_timeout};
    if (module_.playground_ingress) {
        playground_ingress_.emplace(module_, options, inbox);
        HostPort address{config_.api.host, module_.playground_ingress->port};
        doors_.push_back(std::make_unique<Door>(
            loop_,
            "playground ingress",
            address,
            kPlaygroundIngress,
            limits,
            gate_,
            *playground_ingress_
        ));
        playground_ingress_->serve_on(doors_.back()->server);
    }
    if (module_.playground_egress) {
        playground_egress_.emplace(*module_.playground_egress, inbox);
        HostPort address{config_.api.host, module_.playground_egress->port};
        doors_.push_back(std::make_unique<Door>(
            loop_,
            "playground egress",
            address,
            kPlaygroundEgress,
            limits,
            gate_,
            *playground_egress_
        ));
        playground_egress_->serve_on(doors_.back()->server);
    }
}

bool Gateway::bind() {
    for (auto& door : doors_) {
        auto bound = door->server.bind();
        if (bound.has_error()) {
            std::fprintf(stderr, "statefun-gateway: %s\n", bound.error().c_str());
            return false;
        }
        std::fprintf(
            stderr,
            "%s listening on http://%s\n",
            door->name.c_str(),
            door->server.bound_to().c_str()
        );
    }
    auto admin_address = admin_.start();
    if (admin_address.has_error()) {
        std::fprintf(stderr, "statefun-gateway: %s\n", admin_address.error().c_str());
        return false;
    }
    std::fprintf(stderr, "admin listening on http://%s\n", admin_address->text().c_str());
    return true;
}

ExitCode Gateway::open_store() {
    storage::LevelDbOptions options;
    options.directory = config_.data;
    options.partitions = kPartitions;
    auto opened = host_.open([this, options]() mutable {
        disk_.make_room();
        return storage::open_leveldb(options);
    });
    if (opened.has_value()) {
        return ExitCode::ok;
    }
    std::fprintf(stderr, "statefun-gateway: %s\n", opened.error().reason.c_str());
    return opened.error().code == storage::StoreErrc::sync ? ExitCode::sync_failed
                                                           : ExitCode::data_refused;
}

int Gateway::run() {
    if (!bind()) {
        return cli::value_of(ExitCode::cannot_start);
    }
    ExitCode opened = open_store();
    if (opened != ExitCode::ok) {
        admin_.stop();
        return cli::value_of(opened);
    }
    disk_.begin();
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) {
            begin_stop();
        }
    });
    ready_check_.emplace(loop_, [this] { accept_when_ready(); });
    loop_.post([this] { accept_when_ready(); });
    loop_.run();
    admin_.stop();
    for (auto& door : doors_) {
        door->server.close();
    }
    host_.close();
    helpers_.stop();
    return cli::value_of(exit_);
}

// Recovery is a few reads that come in as events: look again until it is done.
void Gateway::accept_when_ready() {
    if (stage_ != admin::Stage::starting) {
        return;
    }
    if (!host_.ready()) {
        loop_.post([this] { accept_when_ready(); });
        return;
    }
    stage_ = admin::Stage::running;
    for (auto& door : doors_) {
        door->server.accept();
    }
    log::info("gateway", "ready", {{"data", config_.data}});
}

void Gateway::begin_stop() {
    log::info("gateway", "stopping: nothing new is taken, what is in flight is finished");
    stage_ = admin::Stage::stopping;
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) {
            log::warn("gateway", "a second signal: stopping without waiting");
            loop_.stop();
        }
    });
    for (auto& door : doors_) {
        door->server.stop_accepting();
    }
    host_.stop(config_.drain_timeout, [this] {
        // Everything is durable; the answers that this released are on their way out.
        for (auto& door : doors_) {
            door->server.when_quiet([this] {
                if (++doors_quiet_ == doors_.size()) {
                    loop_.stop();
                }
            });
        }
        ready_check_.emplace(loop_, [this] { loop_.stop(); });
        ready_check_->set(std::chrono::seconds(1));
    });
}

void Gateway::route(WaiterId waiter, engine::Answer answer) {
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

void Gateway::die(const storage::StoreError& error) {
    log::error("commit", "the store can't go on, the process ends", {{"reason", error.reason}});
    exit_ = error.code == storage::StoreErrc::sync ? ExitCode::sync_failed : ExitCode::data_refused;
    loop_.stop();
}

void Gateway::ask(std::function<void(admin::EngineReport)> answer) {
    loop_.post([this, answer = std::move(answer)] {
        ReportSources sources{host_, module_, config_, stage_, {}};
        for (auto [name, what] :
             {std::pair{"send", ingress::Api::Ask::send},
              std::pair{"call", ingress::Api::Ask::call},
              std::pair{"replies", ingress::Api::Ask::replies}}) {
            sources.doors.emplace_back(name, &api_.counters(what));
        }
        if (playground_ingress_) {
            sources.doors.emplace_back("playground", &playground_ingress_->counters());
        }
        answer(make_report(sources));
    });
}

}  // namespace

int serve(const Config& config, LoadedModules modules) {
    std::vector<std::string> warnings = config.warnings;
    for (const Diagnostic& diagnostic : modules.diagnostics) {
        warnings.push_back(diagnostic.text());
    }
    log::start({
        static_cast<log::Level>(config.log_level),
        config.log_format == LogFormat::json ? log::Format::json : log::Format::plain,
    });
    Gateway gateway(config, std::move(modules));
    for (const std::string& warning : warnings) {
        log::warn("config", warning);
    }
    int code = gateway.run();
    log::info("gateway", "stopped", {{"exit_code", code}});
    log::stop();
    return code;
}

}  // namespace sfg
