// What the admin side is told of the engine's side, gathered from its parts.
//
// Threads: the loop's.
#pragma once

#include "gateway/admin/report.h"
#include "gateway/config.h"
#include "gateway/doors.h"
#include "gateway/engine_host.h"
#include "gateway/kafka.h"

namespace sfg {

struct ReportSources {
    const EngineHost& host;
    const ModuleSpec& module;
    const Config& config;
    admin::Stage stage;
    admin::ReloadReport reloads;
    Doors::Counted doors;
    const Kafka& kafka;
};

[[nodiscard]] admin::EngineReport make_report(const ReportSources& sources);

}  // namespace sfg
