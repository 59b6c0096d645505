#include "gateway/admin/metrics_text.h"

#include "gateway/admin/families.h"
#include "gateway/admin/named_families.h"
#include "gateway/admin/readiness.h"

#include <prometheus/text_serializer.h>

#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::admin {

namespace {

using prometheus::MetricType;

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

class Scrape {
public:
    explicit Scrape(const MetricsInput& input) : input_(input) {}

    std::string text() {
        add_process();
        if (input_.report != nullptr) {
            add_engine(*input_.report);
            add_function_families(families_, input_.report->functions);
            add_endpoint_families(families_, input_.report->endpoints);
            add_doors(*input_.report);
            add_egress_families(families_, input_.report->egresses);
            add_delivery_families(families_, input_.report->deliveries);
            add_source_families(families_, input_.report->sources);
            add_reading_families(families_, input_.report->readings);
        }
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return out.str();
    }

private:
    void counter(std::string_view name, std::string_view help, double value) {
        Family family(MetricType::Counter, name, help);
        family.counter({}, value);
        families_.push_back(family.take());
    }

    void gauge(std::string_view name, std::string_view help, double value) {
        Family family(MetricType::Gauge, name, help);
        family.gauge({}, value);
        families_.push_back(family.take());
    }

    void histogram(std::string_view name, std::string_view help, const runtime::Histogram& value) {
        Family family(MetricType::Histogram, name, help);
        family.histogram({}, value);
        families_.push_back(family.take());
    }

    void finish(Family& family) { families_.push_back(family.take()); }

    void add_process() {
        Family build(MetricType::Gauge, "statefun_build_info", "What this binary is; always 1.");
        build.gauge({{"version", input_.version}, {"compiler", input_.compiler}}, 1);
        finish(build);
        gauge(
            "process_start_time_seconds",
            "Start of the process, in Unix seconds.",
            input_.process.start_unix_seconds
        );
        gauge(
            "process_resident_memory_bytes",
            "Resident memory.",
            number(input_.process.resident_bytes)
        );
        counter("process_cpu_seconds_total", "User and system time.", input_.process.cpu_seconds);
        counter(
            "statefun_log_dropped_total",
            "Log lines lost because nobody took them in time.",
            number(input_.log_dropped)
        );
        add_events();
        bool answers = input_.report != nullptr;
        gauge("statefun_engine_responsive", "1 if the engine answers in time.", answers ? 1 : 0);
        gauge(
            "statefun_engine_silent_seconds",
            "How long a question to the engine has been without an answer; 0 if it answers.",
            answers ? 0 : std::chrono::duration<double>(input_.silence).count()
        );
        bool ready = answers && reasons_not_ready(*input_.report).empty();
        gauge("statefun_ready", "1 if messages are accepted.", ready ? 1 : 0);
    }

    void add_events() {
        const EventCounts& events = input_.events;
        gauge(
            "statefun_event_listeners", "Clients that read /v1/events.", number(events.listeners)
        );
        counter("statefun_events_total", "Events told to listeners.", number(events.told));
        std::uint64_t lost =
            events.lost + (input_.report == nullptr ? 0 : input_.report->events_lost);
        counter(
            "statefun_events_lost_total",
            "Events that were too many at a time to be told.",
            number(lost)
        );
        counter(
            "statefun_event_listeners_cut_off_total",
            "Listeners that did not read and were cut off.",
            number(events.cut_off)
        );
    }

    void add_engine(const EngineReport& report) {
        histogram(
            "statefun_loop_lag_seconds",
            "How late the engine's loop ran what was due.",
            report.loop_lag
        );
        counter(
            "statefun_commits_total",
            "Commits: a turn, an accepted message or the like.",
            number(report.commits)
        );
        counter(
            "statefun_commit_groups_total",
            "Groups of commits that became durable together.",
            number(report.commit_groups)
        );
        histogram(
            "statefun_sync_seconds",
            "How long writing and syncing a group took.",
            report.sync_latency
        );
        gauge(
            "statefun_commit_queue_bytes",
            "Changes that are not durable yet.",
            number(report.commit_queue_bytes)
        );
        gauge(
            "statefun_oldest_commit_seconds",
            "Age of the oldest commit that is not durable yet.",
            report.oldest_commit_age
                ? std::chrono::duration<double>(*report.oldest_commit_age).count()
                : 0
        );
        gauge("statefun_store_bytes", "Size of the store on disk.", number(report.store_bytes));
        add_stock(report);
    }

    void add_stock(const EngineReport& report) {
        gauge("statefun_waiting_messages", "Messages waiting.", number(report.waiting_messages));
        gauge("statefun_waiting_bytes", "Bytes of messages waiting.", number(report.waiting_bytes));
        gauge(
            "statefun_backlog_ranges",
            "Function types in partitions with entities that wait in the store alone.",
            number(report.backlog_ranges)
        );
        gauge(
            "statefun_entities_in_memory",
            "Entities held in memory.",
            number(report.entities_in_memory)
        );
        gauge(
            "statefun_memory_charged_bytes",
            "What entities, mailboxes and the outbox take of the budget.",
            number(report.memory_charged_bytes)
        );
        gauge("statefun_memory_budget_bytes", "The budget.", number(report.memory_budget_bytes));
        counter(
            "statefun_dead_letters_total",
            "Messages set aside since the start; /v1/dead-letters lists what is there.",
            number(report.dead_letters)
        );
        gauge(
            "statefun_parked_entities",
            "Entities whose first message can't be processed, on disk too.",
            number(report.parked_entities)
        );
        Family reloads(
            MetricType::Counter,
            "statefun_module_reloads_total",
            "Times that the modules were read again, by what came of it."
        );
        reloads.counter({{"result", "bound"}}, number(report.reloads.succeeded));
        reloads.counter({{"result", "refused"}}, number(report.reloads.failed));
        finish(reloads);
        add_timers(report);
        Family waits(
            MetricType::Gauge,
            "statefun_waiting_entities",
            "Entities in memory with waiting messages, by the reason; what waits on disk alone is "
            "in "
            "statefun_backlog_ranges and statefun_parked_entities."
        );
        for (const WaitReport& wait : report.waits) {
            waits.gauge({{"reason", std::string(wait.reason)}}, number(wait.entities));
        }
        finish(waits);
    }

    void add_timers(const EngineReport& report) {
        gauge(
            "statefun_timers_pending",
            "Delayed messages not yet due.",
            number(report.timers_pending)
        );
        counter(
            "statefun_timers_fired_total",
            "Delayed messages that were delivered.",
            number(report.timers_fired)
        );
        counter(
            "statefun_timers_cancelled_total",
            "Delayed messages that were cancelled.",
            number(report.timers_cancelled)
        );
        gauge(
            "statefun_timer_lag_seconds",
            "How late the next delayed message is; 0 if none is due.",
            std::chrono::duration<double>(report.timer_lag).count()
        );
    }

    void add_doors(const EngineReport& report) {
        Family requests(
            MetricType::Counter,
            "statefun_ingress_requests_total",
            "Requests answered: accepted, or refused with this code."
        );
        for (const DoorReport& door : report.doors) {
            requests.counter({{"door", door.door}, {"code", "accepted"}}, number(door.accepted));
            for (const auto& [code, count] : door.refused) {
                requests.counter({{"door", door.door}, {"code", code_text(code)}}, number(count));
            }
        }
        finish(requests);
    }

    const MetricsInput& input_;
    Families families_;
};

}  // namespace

std::string metrics_text(const MetricsInput& input) {
    return Scrape(input).text();
}

}  // namespace sfg::admin
