// The families of egresses that are written to.
#include "gateway/admin/named_families.h"

namespace sfg::admin {

using prometheus::MetricType;

void add_delivery_families(Families& families, const std::vector<DeliveryReport>& all) {
    Family connected(
        MetricType::Gauge,
        "statefun_egress_connected",
        "1 while records go out; 0: the log says why they wait."
    );
    Family batches(
        MetricType::Counter,
        "statefun_egress_batches_total",
        "Batches that were delivered; with exactly-once: transactions."
    );
    Family refused(
        MetricType::Counter,
        "statefun_egress_refused_records_total",
        "Records that can't be delivered: they are dead letters."
    );
    Family failures(
        MetricType::Counter,
        "statefun_egress_failures_total",
        "Connections and batches that failed and were tried again."
    );
    for (const DeliveryReport& one : all) {
        Labels labels = {{"egress_namespace", one.egress.ns}, {"egress_name", one.egress.name}};
        connected.gauge(labels, one.is_connected ? 1 : 0);
        batches.counter(labels, static_cast<double>(one.batches));
        refused.counter(labels, static_cast<double>(one.refused));
        failures.counter(labels, static_cast<double>(one.failures));
    }
    for (Family* family : {&connected, &batches, &refused, &failures}) {
        families.push_back(family->take());
    }
}

}  // namespace sfg::admin
