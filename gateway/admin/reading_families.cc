// The families of ingresses as their readers count.
#include "gateway/admin/named_families.h"

#include <array>
#include <string_view>

namespace sfg::admin {

namespace {

using prometheus::MetricType;

struct Shown {
    MetricType type;
    std::string_view name;
    std::string_view help;
    std::uint64_t ReadingReport::* value;
};

constexpr std::array kShown = {
    Shown{
        MetricType::Gauge,
        "statefun_ingress_connected",
        "1 while its brokers answer; 0: the log says why not.",
        &ReadingReport::connected
    },
    Shown{
        MetricType::Gauge,
        "statefun_ingress_stopped",
        "1: it stopped in front of a record, as its module wants it; the log names the record.",
        &ReadingReport::stopped
    },
    Shown{
        MetricType::Gauge,
        "statefun_ingress_partitions",
        "Partitions that are read.",
        &ReadingReport::partitions
    },
    Shown{
        MetricType::Gauge,
        "statefun_ingress_lag_records",
        "Records that are there and not read yet, over all partitions.",
        &ReadingReport::lag
    },
    Shown{
        MetricType::Counter,
        "statefun_ingress_records_total",
        "Records that were taken, whatever became of them.",
        &ReadingReport::records
    },
    Shown{
        MetricType::Counter,
        "statefun_ingress_skipped_records_total",
        "Records that can't be messages and were dropped, as the module wants it.",
        &ReadingReport::skipped
    },
    Shown{
        MetricType::Counter,
        "statefun_ingress_forwarded_records_total",
        "Records that can't be the messages they should be and went to the function for those.",
        &ReadingReport::forwarded
    },
    Shown{
        MetricType::Counter,
        "statefun_ingress_resets_total",
        "Times that the offset to read from did not exist any more.",
        &ReadingReport::resets
    },
    Shown{
        MetricType::Counter,
        "statefun_ingress_failures_total",
        "Times that brokers could not be reached or did not answer as they should.",
        &ReadingReport::failures
    },
    Shown{
        MetricType::Counter,
        "statefun_ingress_group_commit_failures_total",
        "Times that the group could not be told how far it is.",
        &ReadingReport::commit_failures
    },
};

}  // namespace

void add_reading_families(Families& families, const std::vector<ReadingReport>& all) {
    for (const Shown& shown : kShown) {
        Family family(shown.type, shown.name, shown.help);
        for (const ReadingReport& one : all) {
            Labels labels = {
                {"ingress_namespace", one.ingress.ns}, {"ingress_name", one.ingress.name}
            };
            auto value = static_cast<double>(one.*shown.value);
            if (shown.type == MetricType::Gauge) {
                family.gauge(labels, value);
            } else {
                family.counter(labels, value);
            }
        }
        families.push_back(family.take());
    }
}

}  // namespace sfg::admin
