// What the admin side is told of the engine's side, gathered from its parts.
//
// Threads: the engine's loop.
#pragma once

#include "gateway/admin/report.h"
#include "gateway/config.h"
#include "gateway/doors.h"
#include "gateway/engine_host.h"
#include "gateway/kafka.h"
#include "gateway/runtime/io_loops.h"

#include <functional>

namespace sfg {

struct ReportSources {
    const EngineHost& host;
    const ModuleSpec& module;
    const Config& config;
    admin::Stage stage;
    admin::ReloadReport reloads;
    const Kafka& kafka;
};

// What is counted beside the engine's loop, or on it where there are no I/O loops.
struct Carried {
    functions::Callers::Counts endpoints;
    Doors::Counted doors;

    void add(const Carried& other);
};

struct Carriers {
    runtime::IoLoops& io_loops;
    runtime::Loop& loop;
    const EngineHost& host;
    const Doors& doors;
};

// Asks all loops; `told` is called on the engine's, at once if there are no others.
void gather(const Carriers& carriers, std::function<void(const Carried&)> told);

[[nodiscard]] admin::EngineReport make_report(const ReportSources& sources, const Carried& carried);

}  // namespace sfg
