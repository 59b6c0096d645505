// Reload: the modules are read again and bound while the process runs, at SIGHUP or at an
// operator's order.
//
// Files are read and understood on a helper. Only when they are free of errors, and every port that
// they name could be taken, is anything changed; then all of it at once: the engine, the caller of
// functions, the doors, what reads from and writes to Kafka.
//
// Threads:    the loop's.
// Lifetime:   its parts outlive it.
// Invariants: one reload at a time. An order that comes meanwhile is answered with 409; a signal is
//             kept, and followed then: the files may have changed since they were read.
#pragma once

#include "gateway/admin/report.h"
#include "gateway/cli/modules.h"
#include "gateway/doors.h"
#include "gateway/engine_host.h"
#include "gateway/kafka.h"
#include "gateway/runtime/helpers.h"
#include "gateway/runtime/loop.h"

#include <boost/asio/signal_set.hpp>

#include <functional>
#include <optional>

namespace sfg {

class Reload {
public:
    struct Parts {
        runtime::Loop& loop;
        runtime::Helpers& helpers;
        ModuleSpec& module;  // What is bound. It changes in place.
        EngineHost& host;
        Doors& doors;
        Kafka& kafka;
        std::function<void(WaiterId, engine::Answer)> answer;
    };

    Reload(const Parts& parts, cli::ModuleSource again);

    // The gateway runs: what was asked for until now is done.
    void begin();

    // No more: the gateway stops.
    void end();

    void on_order(WaiterId waiter);

    [[nodiscard]] const admin::ReloadReport& counters() const { return counters_; }

private:
    enum class Stage : std::uint8_t { starting, idle, reading, over };

    void await_signal();
    void read(std::optional<WaiterId> waiter);
    void take(const cli::ReadModules& read, std::optional<WaiterId> waiter);
    void refuse(std::optional<WaiterId> waiter, Problem problem);
    // The lines that changed; or why nothing did.
    [[nodiscard]] std::variant<std::vector<std::string>, Problem> bind(const ModuleSpec& next);

    const Parts parts_;
    const cli::ModuleSource again_;
    boost::asio::signal_set signal_;
    Stage stage_ = Stage::starting;
    bool is_signalled_ = false;  // And not followed yet.
    admin::ReloadReport counters_;
};

}  // namespace sfg
