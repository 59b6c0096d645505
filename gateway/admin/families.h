// Families: prometheus-cpp's metric families, built in one pass over a report.
//
// Threads:    one at a time.
// Invariants: a family has one type and one help text; the caller adds each set of labels once.
#pragma once

#include "gateway/runtime/metrics.h"

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sfg::admin {

using Labels = std::vector<std::pair<std::string, std::string>>;

// One family that is being filled.
class Family {
public:
    Family(prometheus::MetricType type, std::string_view name, std::string_view help);

    // Requires: the type fits.
    void counter(const Labels& labels, double value);
    void gauge(const Labels& labels, double value);
    void histogram(const Labels& labels, const runtime::Histogram& value);

    [[nodiscard]] prometheus::MetricFamily take() { return std::move(family_); }

private:
    prometheus::ClientMetric& add(const Labels& labels);

    prometheus::MetricFamily family_;
};

}  // namespace sfg::admin
