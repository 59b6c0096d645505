#include "gateway/functions/stats.h"

#include <array>

namespace sfg::functions {

namespace {

using C = CallerCounts;

constexpr std::array kCounts = {
    &C::calls,
    &C::calls_failed,
    &C::attempts,
    &C::failures_down,
    &C::failures_rejected,
    &C::failures_too_large,
    &C::stale_connections,
    &C::empty_replies,
    &C::connects,
    &C::tls_resumptions,
    &C::connect_failures,
    &C::bytes_sent,
    &C::bytes_received,
    &C::calls_in_flight,
    &C::calls_without_connection,
    &C::connections_open,
};
static_assert(sizeof(C) == kCounts.size() * sizeof(std::uint64_t), "a counter is not added");

}  // namespace

// Nothing: the type is one too many.
runtime::Histogram* CallerStats::latency_of(const TypeName& type) {
    for (auto& [known, histogram] : latency_by_type) {
        if (known == type) {
            return &histogram;
        }
    }
    bool has_room = latency_by_type.size() < kLatencyTypesMax;
    return has_room ? &latency_by_type.emplace_back(type, runtime::Histogram{}).second : nullptr;
}

void CallerStats::add(const CallerStats& other) {
    for (auto member : kCounts) {
        this->*member += other.*member;
    }
    for (auto [status, count] : other.answers_by_status) {
        answers_by_status[status] += count;
    }
    latency.add(other.latency);
    for (const auto& [type, histogram] : other.latency_by_type) {
        if (runtime::Histogram* of_type = latency_of(type)) {
            of_type->add(histogram);
        }
    }
}

}  // namespace sfg::functions
