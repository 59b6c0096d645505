#include "gateway/reload.h"

#include "gateway/runtime/log.h"
#include "protocol/module_rebind.h"

#include <nlohmann/json.hpp>

#include <csignal>
#include <memory>
#include <utility>

namespace sfg {

namespace {

constexpr std::size_t kShownBytes = 16 * kKiB;

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) {
        if (text.size() + line.size() > kShownBytes) {
            return text + "\n...";
        }
        text += (text.empty() ? "" : "\n") + line;
    }
    return text;
}

}  // namespace

Reload::Reload(const Parts& parts, cli::ModuleSource again)
    : parts_(parts),
      again_(std::move(again)),
      signal_(parts.loop.io(), SIGHUP) {
    await_signal();
}

void Reload::await_signal() {
    signal_.async_wait([this](const boost::system::error_code& error, int) {
        if (error) {
            return;
        }
        is_signalled_ = true;
        if (stage_ == Stage::idle) {
            read(std::nullopt);
        }
        await_signal();
    });
}

void Reload::begin() {
    stage_ = Stage::idle;
    if (is_signalled_) {
        read(std::nullopt);
    }
}

void Reload::end() {
    stage_ = Stage::over;
}

void Reload::on_order(WaiterId waiter) {
    switch (stage_) {
        case Stage::starting:
            refuse(waiter, {Errc::starting, "the modules of the start are being bound"});
            return;
        case Stage::over:
            refuse(waiter, {Errc::shutting_down, "the gateway stops"});
            return;
        case Stage::reading:
            refuse(waiter, {Errc::conflict, "another reload is going on"});
            return;
        case Stage::idle:
            read(waiter);
            return;
    }
}

void Reload::read(std::optional<WaiterId> waiter) {
    stage_ = Stage::reading;
    is_signalled_ = false;
    auto result = std::make_shared<cli::ReadModules>();
    parts_.helpers.run(
        [this, result] { *result = again_(); },
        [this, result, waiter] {
            if (stage_ == Stage::over) {
                refuse(waiter, {Errc::shutting_down, "the gateway stops"});
                return;
            }
            take(*result, waiter);
            stage_ = Stage::idle;
            if (is_signalled_) {
                read(std::nullopt);
            }
        }
    );
}

void Reload::take(const cli::ReadModules& read, std::optional<WaiterId> waiter) {
    for (const std::string& warning : read.warnings) {
        log::warn("module", warning);
    }
    if (!read.errors.empty()) {
        for (const std::string& error : read.errors) {
            log::error("module", error);
        }
        refuse(waiter, {Errc::bad_module, joined(read.errors)});
        return;
    }
    auto bound = bind(read.modules.spec);
    if (auto* problem = std::get_if<Problem>(&bound)) {
        log::error("module", problem->detail);
        refuse(waiter, std::move(*problem));
        return;
    }
    ++counters_.succeeded;
    const auto& changes = std::get<std::vector<std::string>>(bound);
    for (const std::string& change : changes) {
        log::info("module", change);
    }
    log::info("module", "the modules were read again", {{"changes", changes.size()}});
    if (waiter) {
        nlohmann::ordered_json json = {{"changes", changes}, {"warnings", read.warnings}};
        parts_.answer(*waiter, engine::Told{json.dump(2) + "\n"});
    }
}

std::variant<std::vector<std::string>, Problem> Reload::bind(const ModuleSpec& next) {
    std::optional<Rebinding> change = rebind(parts_.module, next);
    if (!change) {
        return Problem{
            Errc::bad_module,
            "more than " + std::to_string(kEndpointsMax) +
                " different patterns of functions since the start; only a restart forgets them"
        };
    }
    if (!parts_.kafka.has_room(change->module)) {
        return Problem{
            Errc::bad_module,
            "too many changes of Kafka ingresses or egresses since the start; restart for more"
        };
    }
    if (auto error = parts_.doors.prepare(change->module)) {
        parts_.doors.keep();
        return Problem{Errc::bad_module, std::move(*error)};
    }
    parts_.module = change->module;
    parts_.host.rebind(*change);
    parts_.doors.change(parts_.module);
    parts_.kafka.rebind(parts_.module);
    return std::move(change->changes);
}

void Reload::refuse(std::optional<WaiterId> waiter, Problem problem) {
    ++counters_.failed;
    if (!waiter) {
        log::error("module", "the modules were not bound again; nothing has changed");
        return;
    }
    const std::chrono::seconds again(problem.code == Errc::bad_module ? 0 : 1);
    parts_.answer(*waiter, engine::Refused{std::move(problem), again, {}});
}

}  // namespace sfg
