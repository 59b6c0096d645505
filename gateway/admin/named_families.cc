#include "gateway/admin/named_families.h"

#include "gateway/admin/metrics_text.h"
#include "protocol/address.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace sfg::admin {

namespace {

using prometheus::MetricType;

// Takes the types that are too many, too long or not text out of the series of their own.
constexpr std::string_view kOther = "_other";

bool has_own_series(const TypeName& name) {
    return name.ns.size() <= kLabelBytesMax && name.name.size() <= kLabelBytesMax &&
           name.ns != kOther && is_utf8(name.ns) && is_utf8(name.name);
}

void add(FunctionReport& sum, const FunctionReport& one) {
    sum.messages_in += one.messages_in;
    sum.out_local += one.out_local;
    sum.out_remote += one.out_remote;
    sum.out_egress += one.out_egress;
    sum.turns += one.turns;
    sum.expired += one.expired;
    sum.parked += one.parked;
    sum.invocations += one.invocations;
    sum.failures.down += one.failures.down;
    sum.failures.rejected += one.failures.rejected;
    sum.failures.too_large += one.failures.too_large;
    sum.calls_in_flight += one.calls_in_flight;
    sum.backlog_messages += one.backlog_messages;
    sum.paused += one.paused;
}

void add(EgressReport& sum, const EgressReport& one) {
    sum.records += one.records;
    sum.delivered += one.delivered;
    sum.waiting_records += one.waiting_records;
}

const TypeName& name_of(const FunctionReport& one) {
    return one.function;
}

const TypeName& name_of(const EgressReport& one) {
    return one.egress;
}

// At most `most` reports, and one more for the rest of them if there is a rest.
template <typename Report>
std::vector<Report> folded(const std::vector<Report>& all, std::size_t most, Report other) {
    std::vector<Report> shown;
    bool has_rest = false;
    for (const Report& one : all) {
        if (shown.size() < most && has_own_series(name_of(one))) {
            shown.push_back(one);
        } else {
            add(other, one);
            has_rest = true;
        }
    }
    if (has_rest) {
        shown.push_back(std::move(other));
    }
    return shown;
}

double number(std::uint64_t value) {
    return static_cast<double>(value);
}

Labels with(Labels labels, std::string_view name, std::string_view value) {
    labels.emplace_back(name, value);
    return labels;
}

Labels labels_of(const TypeName& function) {
    return {{"function_namespace", function.ns}, {"function_name", function.name}};
}

Labels labels_of(const FunctionReport& report) {
    return labels_of(report.function);
}

// One family of one counter per function type.
void function_counter(
    Families& families,
    std::string_view name,
    std::string_view help,
    const std::vector<FunctionReport>& reports,
    std::uint64_t FunctionReport::* member
) {
    Family family(MetricType::Counter, name, help);
    for (const FunctionReport& report : reports) {
        family.counter(labels_of(report), number(report.*member));
    }
    families.push_back(family.take());
}

void function_gauge(
    Families& families,
    std::string_view name,
    std::string_view help,
    const std::vector<FunctionReport>& reports,
    std::uint64_t FunctionReport::* member
) {
    Family family(MetricType::Gauge, name, help);
    for (const FunctionReport& report : reports) {
        family.gauge(labels_of(report), number(report.*member));
    }
    families.push_back(family.take());
}

}  // namespace

void add_function_families(Families& families, const std::vector<FunctionReport>& all) {
    FunctionReport other;
    other.function = {std::string(kOther), std::string(kOther)};
    std::vector<FunctionReport> reports = folded(all, kFunctionSeriesMax, std::move(other));
    using F = FunctionReport;
    function_counter(
        families, "statefun_messages_in_total", "Messages that arrived.", reports, &F::messages_in
    );
    function_counter(families, "statefun_turns_total", "Turns.", reports, &F::turns);
    function_counter(
        families,
        "statefun_invocations_total",
        "Messages that turns consumed; over turns: the mean batch.",
        reports,
        &F::invocations
    );
    function_counter(
        families,
        "statefun_states_expired_total",
        "State values that left the store because their time was over.",
        reports,
        &F::expired
    );
    function_counter(
        families,
        "statefun_parked_total",
        "Entities that were parked, because their first message can't be processed.",
        reports,
        &F::parked
    );
    function_gauge(
        families, "statefun_calls_in_flight", "Calls under way.", reports, &F::calls_in_flight
    );
    function_gauge(
        families,
        "statefun_backlog_messages",
        "Messages waiting in memory.",
        reports,
        &F::backlog_messages
    );
    function_gauge(
        families, "statefun_paused_types", "Whether an operator has paused it.", reports, &F::paused
    );
    Family out(
        MetricType::Counter,
        "statefun_messages_out_total",
        "What turns sent: to the same partition, to another one, to an egress."
    );
    Family failures(
        MetricType::Counter, "statefun_call_failures_total", "Calls without effects, by kind."
    );
    for (const FunctionReport& report : reports) {
        Labels labels = labels_of(report);
        out.counter(with(labels, "kind", "local"), number(report.out_local));
        out.counter(with(labels, "kind", "remote"), number(report.out_remote));
        out.counter(with(labels, "kind", "egress"), number(report.out_egress));
        failures.counter(with(labels, "kind", "down"), number(report.failures.down));
        failures.counter(with(labels, "kind", "rejected"), number(report.failures.rejected));
        failures.counter(with(labels, "kind", "too_large"), number(report.failures.too_large));
    }
    families.push_back(out.take());
    families.push_back(failures.take());
}

void add_endpoint_families(Families& families, const std::vector<EndpointReport>& all) {
    Family attempts(
        MetricType::Counter, "statefun_endpoint_attempts_total", "Requests sent, repeated ones too."
    );
    Family failures(
        MetricType::Counter, "statefun_endpoint_failures_total", "Failed attempts, by kind."
    );
    Family latency(
        MetricType::Histogram, "statefun_endpoint_attempt_seconds", "How long an attempt took."
    );
    Family by_function(
        MetricType::Histogram,
        "statefun_function_attempt_seconds",
        "The same by function type; only the first ones of an endpoint, "
        "statefun_endpoint_attempt_seconds has all."
    );
    Family connects(
        MetricType::Counter, "statefun_endpoint_connects_total", "New connections that came about."
    );
    Family resumptions(
        MetricType::Counter,
        "statefun_endpoint_tls_resumptions_total",
        "New connections that resumed a TLS session."
    );
    Family connections(
        MetricType::Gauge, "statefun_endpoint_connections", "Connections, idle ones too."
    );
    Family calls(
        MetricType::Gauge, "statefun_endpoint_calls", "Calls under way, by what they wait for."
    );
    Family limit(
        MetricType::Gauge, "statefun_endpoint_concurrency", "Calls that it gets at a time."
    );
    for (const EndpointReport& report : all) {
        Labels labels = {{"functions", report.functions}};
        attempts.counter(labels, number(report.attempts));
        failures.counter(with(labels, "kind", "down"), number(report.failures.down));
        failures.counter(with(labels, "kind", "rejected"), number(report.failures.rejected));
        failures.counter(with(labels, "kind", "too_large"), number(report.failures.too_large));
        latency.histogram(labels, report.attempt_latency);
        std::size_t shown = std::max<std::size_t>(kLatencySeriesMax / all.size(), 1);
        for (const auto& [function, took] : report.latency_by_function) {
            if (shown > 0 && has_own_series(function)) {
                --shown;
                by_function.histogram(labels_of(function), took);
            }
        }
        connects.counter(labels, number(report.connects));
        resumptions.counter(labels, number(report.tls_resumptions));
        connections.gauge(labels, number(report.connections_open));
        std::uint64_t answers = report.calls_in_flight -
                                std::min(report.calls_without_connection, report.calls_in_flight);
        calls.gauge(with(labels, "wait", "answer"), number(answers));
        calls.gauge(with(labels, "wait", "connection"), number(report.calls_without_connection));
        limit.gauge(labels, number(report.concurrency));
    }
    for (Family* family :
         {&attempts,
          &failures,
          &latency,
          &by_function,
          &connects,
          &resumptions,
          &connections,
          &calls,
          &limit}) {
        families.push_back(family->take());
    }
    add_answer_families(families, all);
}

void add_egress_families(Families& families, const std::vector<EgressReport>& all) {
    Family records(
        MetricType::Counter, "statefun_egress_records_total", "Records that turns produced."
    );
    Family delivered(MetricType::Counter, "statefun_egress_delivered_total", "Records that left.");
    Family waiting(MetricType::Gauge, "statefun_egress_waiting_records", "Records in the outbox.");
    EgressReport other;
    other.egress = {std::string(kOther), std::string(kOther)};
    for (const EgressReport& one : folded(all, kEgressSeriesMax, std::move(other))) {
        Labels labels = {{"egress_namespace", one.egress.ns}, {"egress_name", one.egress.name}};
        records.counter(labels, number(one.records));
        delivered.counter(labels, number(one.delivered));
        waiting.gauge(labels, number(one.waiting_records));
    }
    families.push_back(records.take());
    families.push_back(delivered.take());
    families.push_back(waiting.take());
}

}  // namespace sfg::admin
