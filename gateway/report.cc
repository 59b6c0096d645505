#include "gateway/report.h"

#include "gateway/memory_plan.h"

#include <algorithm>
#include <utility>

namespace sfg {

namespace {

std::chrono::milliseconds ms(commit::Micros time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time);
}

void add_functions(admin::EngineReport& report, const engine::Engine& engine) {
    engine.for_each_function([&](const engine::FunctionType& type) {
        admin::FunctionReport& function = report.functions.emplace_back();
        const engine::FunctionStats& stats = type.stats;
        function.function = type.name;
        function.messages_in = stats.messages_in;
        function.invocations = stats.messages_in;
        function.out_local = stats.out_local;
        function.out_remote = stats.out_remote;
        function.out_egress = stats.out_egress;
        function.turns = stats.turns;
        function.failures.down = stats.failed_calls;
        function.failures.rejected = stats.rejected;
        function.calls_in_flight = stats.calls_in_flight;
        function.backlog_messages = stats.backlog;
        function.expired = stats.expired;
        function.parked = stats.parked;
        function.paused = type.is_paused ? 1 : 0;
    });
}

void add_endpoints(
    admin::EngineReport& report,
    const ReportSources& from,
    const functions::Callers::Counts& counted
) {
    // One that was bound a moment ago may not be counted yet.
    std::size_t count = std::min(from.module.endpoints.size(), counted.size());
    for (std::size_t i = 0; i < count; ++i) {
        const functions::CallerStats& stats = counted[i];
        admin::EndpointReport& endpoint = report.endpoints.emplace_back();
        endpoint.functions = from.module.endpoints[i].functions.text();
        endpoint.attempts = stats.attempts;
        endpoint.failures = {
            stats.failures_down, stats.failures_rejected, stats.failures_too_large
        };
        endpoint.answers_by_status.assign(
            stats.answers_by_status.begin(), stats.answers_by_status.end()
        );
        endpoint.attempt_latency = stats.latency;
        endpoint.latency_by_function = stats.latency_by_type;
        endpoint.connects = stats.connects;
        endpoint.tls_resumptions = stats.tls_resumptions;
        endpoint.connections_open = stats.connections_open;
        endpoint.calls_in_flight = stats.calls_in_flight;
        endpoint.calls_without_connection = stats.calls_without_connection;
        endpoint.concurrency =
            from.host.engine().concurrency_of(static_cast<engine::EndpointId>(i));
    }
}

void add_egresses(admin::EngineReport& report, const engine::Engine& engine) {
    engine.for_each_egress([&](const TypeName& name, const engine::EgressStats& stats) {
        report.egresses.push_back({name, stats.appended, stats.delivered, stats.waiting});
    });
}

void add_deliveries(admin::EngineReport& report, const egress::KafkaEgresses& egresses) {
    for (const auto& [name, one] : egresses.reports()) {
        report.deliveries.push_back({name, one.is_connected, one.batches, one.refused, one.failures}
        );
    }
}

void add_readings(admin::EngineReport& report, const ingress::KafkaIngresses& ingresses) {
    for (const auto& [name, one] : ingresses.reports()) {
        admin::ReadingReport& reading = report.readings.emplace_back();
        reading.ingress = name;
        reading.connected = one.is_connected ? 1 : 0;
        reading.stopped = one.has_given_up ? 1 : 0;
        reading.partitions = one.partitions;
        reading.lag = one.lag;
        reading.records = one.records;
        reading.skipped = one.skipped;
        reading.forwarded = one.forwarded;
        reading.resets = one.resets;
        reading.failures = one.failures;
        reading.commit_failures = one.commit_failures;
    }
}

void add_sources(admin::EngineReport& report, const engine::Engine& engine) {
    engine.for_each_source([&](const TypeName& name, const engine::SourceStats& stats) {
        report.sources.push_back(
            {name, stats.batches, stats.messages, stats.refused, stats.kept, stats.is_held}
        );
    });
}

}  // namespace

void Carried::add(const Carried& other) {
    if (endpoints.size() < other.endpoints.size()) {
        endpoints.resize(other.endpoints.size());
    }
    for (std::size_t i = 0; i < other.endpoints.size(); ++i) {
        endpoints[i].add(other.endpoints[i]);
    }
    for (const auto& [name, counters] : other.doors) {
        auto known = std::ranges::find(doors, name, &Doors::Counted::value_type::first);
        if (known == doors.end()) {
            doors.emplace_back(name, counters);
        } else {
            known->second.add(counters);
        }
    }
}

void gather(const Carriers& carriers, std::function<void(const Carried&)> told) {
    const EngineHost& host = carriers.host;
    const Doors& doors = carriers.doors;
    carriers.io_loops.ask<Carried>(
        carriers.loop,
        [&host, &doors](std::size_t at) {
            return Carried{host.callers().counts_on(at), doors.counters_on(at)};
        },
        [&host, &doors, told = std::move(told)](const std::vector<Carried>& elsewhere) {
            Carried carried{host.callers().counts(), doors.counters()};
            for (const Carried& one : elsewhere) {
                carried.add(one);
            }
            told(carried);
        }
    );
}

admin::EngineReport make_report(const ReportSources& from, const Carried& carried) {
    admin::EngineReport report;
    const engine::Engine& engine = from.host.engine();
    engine::EngineStats stats = engine.stats();
    report.stage = from.stage;
    report.reloads = from.reloads;
    if (from.host.store_trouble()) {
        report.store_trouble = Problem{Errc::disk_full, *from.host.store_trouble()};
    }
    const commit::Committer& committer = from.host.committer();
    report.oldest_commit_age = committer.quiet() ? std::optional<std::chrono::milliseconds>()
                                                 : ms(committer.oldest_wait());
    report.loop_lag = from.host.loop_lag();
    report.commits = stats.commits;
    report.commit_groups = committer.stats().groups;
    report.sync_latency = from.host.sync_latency();
    report.commit_queue_bytes = stats.undurable_bytes;
    report.store_bytes = from.host.store() == nullptr ? 0 : from.host.store()->disk_bytes();
    report.waiting_messages = stats.waiting_messages;
    report.waiting_bytes = stats.waiting_bytes;
    report.backlog_ranges = stats.backlog_ranges;
    report.entities_in_memory = stats.entities_in_memory;
    report.memory_charged_bytes = stats.memory_bytes;
    report.memory_budget_bytes = plan_memory(from.config.memory_budget_bytes).engine_bytes;
    report.dead_letters = stats.dead_letters;
    report.parked_entities = stats.parked_entities;
    report.events_lost = stats.news_lost;
    report.timers_pending = stats.timers_pending;
    report.timers_fired = stats.timers_fired;
    report.timers_cancelled = stats.timers_cancelled;
    report.timer_lag = std::chrono::milliseconds(stats.timer_lag_ms);
    add_functions(report, engine);
    add_endpoints(report, from, carried.endpoints);
    add_egresses(report, engine);
    add_deliveries(report, from.kafka.egresses());
    add_sources(report, engine);
    add_readings(report, from.kafka.ingresses());
    for (const auto& [name, counters] : carried.doors) {
        admin::DoorReport& door = report.doors.emplace_back();
        door.door = name;
        door.accepted = counters.accepted;
        door.refused.assign(counters.refused.begin(), counters.refused.end());
    }
    for (std::size_t i = 1; i < engine::kWaitReasonNames.size(); ++i) {
        report.waits.push_back({engine::kWaitReasonNames[i], stats.waiting_entities[i]});
    }
    return report;
}

}  // namespace sfg
