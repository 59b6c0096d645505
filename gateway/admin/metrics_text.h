// /metrics: a report as Prometheus text.
//
// Threads:    pure function of its argument.
// Invariants: labels are function types, egresses, ingresses, patterns of endpoints, doors, codes
//             and closed lists of kinds, reasons and statuses; never an id, a path or an error
//             text.
// Limits:     the first kFunctionSeriesMax function types and kEgressSeriesMax egresses have series
//             of their own, the rest share one named _other, so that a scrape stays small whatever
//             names functions invent. So do names over kLabelBytesMax (they may have 4 KiB).
#pragma once

#include "gateway/admin/process_facts.h"
#include "gateway/admin/report.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sfg::admin {

inline constexpr std::size_t kFunctionSeriesMax = 100;
// Function types with a histogram: it has some twenty series.
inline constexpr std::size_t kLatencySeriesMax = 32;
inline constexpr std::size_t kEgressSeriesMax = 100;
inline constexpr std::size_t kLabelBytesMax = 200;

struct MetricsInput {
    const EngineReport* report = nullptr;  // nullptr: the engine does not answer.
    std::chrono::milliseconds silence{0};  // How long it has not.
    ProcessFacts process;
    std::uint64_t log_dropped = 0;
    EventCounts events;
    std::string version;
    std::string compiler;
};

[[nodiscard]] std::string metrics_text(const MetricsInput& input);

// Its media type.
inline constexpr const char* kMetricsMediaType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace sfg::admin
