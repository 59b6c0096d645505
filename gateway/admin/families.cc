#include "gateway/admin/families.h"

#include <limits>

namespace sfg::admin {

namespace {

constexpr double kMicrosecondsPerSecond = 1e6;

prometheus::ClientMetric::Histogram histogram_of(const runtime::Histogram& value) {
    prometheus::ClientMetric::Histogram histogram;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < runtime::Histogram::kBuckets; ++i) {
        below += value.buckets().at(i);
        bool is_last = i == runtime::Histogram::kBoundsUs.size();
        double bound = is_last ? std::numeric_limits<double>::infinity()
                               : static_cast<double>(runtime::Histogram::kBoundsUs.at(i)) /
                                     kMicrosecondsPerSecond;
        histogram.bucket.push_back({below, bound});
    }
    histogram.sample_count = value.count();
    histogram.sample_sum = std::chrono::duration<double>(value.sum()).count();
    return histogram;
}

}  // namespace

Family::Family(prometheus::MetricType type, std::string_view name, std::string_view help) {
    family_.type = type;
    family_.name = name;
    family_.help = help;
}

void Family::counter(const Labels& labels, double value) {
    add(labels).counter.value = value;
}

void Family::gauge(const Labels& labels, double value) {
    add(labels).gauge.value = value;
}

void Family::histogram(const Labels& labels, const runtime::Histogram& value) {
    add(labels).histogram = histogram_of(value);
}

prometheus::ClientMetric& Family::add(const Labels& labels) {
    prometheus::ClientMetric& metric = family_.metric.emplace_back();
    for (const auto& [name, value] : labels) {
        metric.label.push_back({name, value});
    }
    return metric;
}

}  // namespace sfg::admin
