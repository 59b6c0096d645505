#include "gateway/gateway.h"

#include "gateway/admin/server.h"
#include "gateway/cli/exit_codes.h"
#include "gateway/cli/sentences.h"
#include "gateway/disk_watch.h"
#include "gateway/doors.h"
#include "gateway/engine_host.h"
#include "gateway/host_options.h"
#include "gateway/kafka.h"
#include "gateway/memory_plan.h"
#include "gateway/memory_trim.h"
#include "gateway/reload.h"
#include "gateway/report.h"
#include "gateway/runtime/allocator.h"
#include "gateway/runtime/io_loops.h"
#include "gateway/runtime/log.h"

#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <optional>
#include <thread>
#include <utility>

namespace sfg {

namespace {

using cli::ExitCode;

// For the answers that a stop released to reach their sockets.
constexpr std::chrono::milliseconds kAnswersOut{1000};

class Gateway final : private admin::EngineProbe {
public:
    Gateway(const Config& config, LoadedModules modules, cli::ModuleSource again)
        : config_(config),
          module_(std::move(modules.spec)),
          helpers_(loop_, config.helper_threads),
          io_loops_(
              io_threads_of(config, std::thread::hardware_concurrency()),
              config.helper_threads
          ),
          host_(
              loop_,
              helpers_,
              io_loops_,
              module_,
              host_options(config),
              {[this](WaiterId waiter, engine::Answer&& answer) {
                   tell(waiter, std::move(answer));
               },
               [this](WaiterId waiter) { doors_.admitted(waiter); },
               [this](engine::Happening happening) { admin_.happened(std::move(happening)); },
               [this](const storage::StoreError& error) {
                   die(error);
               }}
          ),
          doors_(
              loop_,
              helpers_,
              io_loops_,
              module_,
              config,
              [this](engine::Event event) { host_.put(std::move(event)); }
          ),
          kafka_(
              module_,
              config,
              [this](engine::Event event) { put(std::move(event)); },
              [this](std::function<void()> work) { loop_.post(std::move(work)); }
          ),
          admin_({config.admin}, *this),
          reload_(
              {loop_,
               helpers_,
               module_,
               host_,
               doors_,
               kafka_,
               [this](WaiterId waiter, engine::Answer answer) {
                   tell(waiter, std::move(answer));
               }},
              std::move(again)
          ),
          signals_(loop_.io(), SIGTERM, SIGINT),
          trim_(
              loop_,
              helpers_,
              plan_memory(config.memory_budget_bytes).process_bytes,
              [this] { host_.trim_store(); }
          ),
          disk_(loop_, config, [this](engine::DiskRoom room) {
              host_.put(engine::DiskRoomChanged{room});
          }) {}

    int run();

private:
    [[nodiscard]] bool bind();
    [[nodiscard]] ExitCode open_store();
    void accept_when_ready();
    void begin_stop();
    void stop_engine();
    void die(const storage::StoreError& error);
    void ask(std::function<void(admin::EngineReport)> answer) override;
    void put(engine::Event event) override;
    void reload(WaiterId waiter) override;
    void tell(WaiterId waiter, engine::Answer&& answer);

    const Config& config_;
    ModuleSpec module_;  // What is bound: Reload changes it.
    runtime::Loop loop_;
    runtime::Helpers helpers_;
    runtime::IoLoops io_loops_;
    EngineHost host_;
    Doors doors_;
    Kafka kafka_;
    admin::Server admin_;
    Reload reload_;
    boost::asio::signal_set signals_;
    MemoryTrim trim_;
    DiskWatch disk_;
    admin::Stage stage_ = admin::Stage::starting;
    std::optional<runtime::Loop::DeadlineTimer> last_resort_;
    ExitCode exit_ = ExitCode::ok;
};

// The first lines on standard error name the addresses.
bool Gateway::bind() {
    auto doors = doors_.bind();
    if (doors.has_error()) {
        std::fprintf(stderr, "statefun-gateway: %s\n", doors.error().c_str());
        return false;
    }
    auto admin_address = admin_.start();
    if (admin_address.has_error()) {
        std::fprintf(stderr, "statefun-gateway: %s\n", admin_address.error().c_str());
        return false;
    }
    for (const std::string& line : *doors) {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
    std::fprintf(stderr, "admin listening on http://%s\n", admin_address->text().c_str());
    return true;
}

ExitCode Gateway::open_store() {
    auto opened =
        host_.open([this, options = store_options(config_), pages = page_limits(config_)] {
            disk_.make_room();
            return storage::with_pages(storage::open_leveldb(options), pages, options.directory);
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
    trim_.begin();
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) {
            begin_stop();
        }
    });
    loop_.post([this] { accept_when_ready(); });
    io_loops_.start();
    loop_.run();
    admin_.stop();
    kafka_.stop();
    io_loops_.stop();
    doors_.close();
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
    for (const std::string& binding : cli::sentences(module_)) {
        log::info("module", binding);
    }
    doors_.accept();
    kafka_.start(host_.store()->identity().id);
    reload_.begin();
    log::info("gateway", "ready", {{"data", config_.data}});
}

void Gateway::begin_stop() {
    log::info("gateway", "stopping: nothing new is taken, what is in flight is finished");
    stage_ = admin::Stage::stopping;
    reload_.end();
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) {
            log::warn("gateway", "a second signal: stopping without waiting");
            loop_.stop();
        }
    });
    doors_.stop_accepting();
    // First what comes from Kafka and what is on its way there, so that what they tell of it
    // becomes durable.
    kafka_.begin_stop([this] { stop_engine(); });
}

void Gateway::stop_engine() {
    host_.stop(config_.drain_timeout, [this] {
        // Everything is durable; the answers that this released are on their way out.
        last_resort_.emplace(loop_, [this] { loop_.stop(); });
        last_resort_->set(kAnswersOut);
        doors_.when_quiet([this] { loop_.stop(); });
    });
}

void Gateway::die(const storage::StoreError& error) {
    log::error("commit", "the store can't go on, the process ends", {{"reason", error.reason}});
    exit_ = error.code == storage::StoreErrc::sync ? ExitCode::sync_failed : ExitCode::data_refused;
    loop_.stop();
}

void Gateway::ask(std::function<void(admin::EngineReport)> answer) {
    loop_.post([this, answer = std::move(answer)] {
        gather({io_loops_, loop_, host_, doors_}, [this, answer](const Carried& carried) {
            answer(
                make_report({host_, module_, config_, stage_, reload_.counters(), kafka_}, carried)
            );
        });
    });
}

void Gateway::put(engine::Event event) {
    auto held = std::make_shared<engine::Event>(std::move(event));
    loop_.post([this, held] {
        // Before the store is open there is no engine: the admin side's deadline tells.
        if (stage_ != admin::Stage::starting) {
            host_.put(std::move(*held));
        }
    });
}

void Gateway::reload(WaiterId waiter) {
    loop_.post([this, waiter] { reload_.on_order(waiter); });
}

void Gateway::tell(WaiterId waiter, engine::Answer&& answer) {
    if (runtime::space_of(ingress::exchange_of(waiter)) == admin::kAdminSpace) {
        admin_.answer(waiter, std::move(answer));
    } else if (kafka_.takes(waiter)) {
        kafka_.answer(waiter, std::move(answer));
    } else {
        doors_.answer(waiter, std::move(answer));
    }
}

}  // namespace

int serve(const Config& config, LoadedModules modules, cli::ModuleSource again) {
    runtime::set_up_allocator();
    std::vector<std::string> warnings = config.warnings;
    for (const Diagnostic& diagnostic : modules.diagnostics) {
        warnings.push_back(diagnostic.text());
    }
    log::start({
        static_cast<log::Level>(config.log_level),
        config.log_format == LogFormat::json ? log::Format::json : log::Format::plain,
    });
    Gateway gateway(config, std::move(modules), std::move(again));
    for (const std::string& warning : warnings) {
        log::warn("config", warning);
    }
    int code = gateway.run();
    log::info("gateway", "stopped", {{"exit_code", code}});
    log::stop();
    return code;
}

}  // namespace sfg
