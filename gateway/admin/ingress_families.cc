// The families of ingresses that are read from.
#include "gateway/admin/named_families.h"

namespace sfg::admin {

using prometheus::MetricType;

void add_source_families(Families& families, const std::vector<SourceReport>& all) {
    Family batches(
        MetricType::Counter, "statefun_ingress_batches_total", "Batches of records that were taken."
    );
    Family messages(
        MetricType::Counter, "statefun_ingress_messages_total", "Messages that records became."
    );
    Family refused(
        MetricType::Counter, "statefun_ingress_refused_records_total", "Records set aside."
    );
    Family kept(
        MetricType::Gauge, "statefun_ingress_refused_records", "Records set aside and kept."
    );
    Family held(
        MetricType::Gauge,
        "statefun_ingress_held",
        "1 while records wait: for room in the commit queue, on the disk or among what waits, or "
        "for calls, which they are ahead of."
    );
    for (const SourceReport& one : all) {
        Labels labels = {{"ingress_namespace", one.ingress.ns}, {"ingress_name", one.ingress.name}};
        batches.counter(labels, static_cast<double>(one.batches));
        messages.counter(labels, static_cast<double>(one.messages));
        refused.counter(labels, static_cast<double>(one.refused));
        kept.gauge(labels, static_cast<double>(one.refused_kept));
        held.gauge(labels, one.is_held ? 1 : 0);
    }
    for (Family* family : {&batches, &messages, &refused, &kept, &held}) {
        families.push_back(family->take());
    }
}

}  // namespace sfg::admin
