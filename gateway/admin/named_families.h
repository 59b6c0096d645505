// The families that have a series for each function type, endpoint, egress or ingress.
//
// Threads:  pure functions of a report.
// Limits:   those of metrics_text.h: the first types have series of their own, the rest share one
//           named _other, and so do names that are too long or not text. Endpoints,
//           ingresses and deliveries are as many as module.yaml has, or has had.
#pragma once

#include "gateway/admin/families.h"
#include "gateway/admin/report.h"

#include <vector>

namespace sfg::admin {

using Families = std::vector<prometheus::MetricFamily>;

void add_function_families(Families& families, const std::vector<FunctionReport>& all);
// Of endpoints: what their servers answered.
void add_answer_families(Families& families, const std::vector<EndpointReport>& all);
void add_endpoint_families(Families& families, const std::vector<EndpointReport>& all);
void add_egress_families(Families& families, const std::vector<EgressReport>& all);
void add_delivery_families(Families& families, const std::vector<DeliveryReport>& all);
void add_source_families(Families& families, const std::vector<SourceReport>& all);
void add_reading_families(Families& families, const std::vector<ReadingReport>& all);

}  // namespace sfg::admin
