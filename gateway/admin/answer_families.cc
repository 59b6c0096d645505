#include "gateway/admin/named_families.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sfg::admin {

namespace {

// Statuses with series of their own; the others are counted by their class.
constexpr std::array kStatuses =
    {200, 400, 401, 403, 404, 408, 411, 413, 415, 422, 429, 431, 500, 501, 502, 503, 504};

std::map<std::string, std::uint64_t> folded_statuses(
    const std::vector<std::pair<int, std::uint64_t>>& answers
) {
    std::map<std::string, std::uint64_t> shown;
    for (const auto& [status, count] : answers) {
        bool is_known = std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
        bool has_class = status >= 100 && status < 600;
        shown
            [is_known    ? std::to_string(status)
             : has_class ? std::to_string(status / 100) + "xx"
                         : "other"] += count;
    }
    return shown;
}

}  // namespace

void add_answer_families(Families& families, const std::vector<EndpointReport>& all) {
    Family answers(
        prometheus::MetricType::Counter,
        "statefun_endpoint_answers_total",
        "Answers by their HTTP status; rare ones by its class."
    );
    for (const EndpointReport& report : all) {
        for (const auto& [status, count] : folded_statuses(report.answers_by_status)) {
            answers.counter(
                {{"functions", report.functions}, {"status", status}}, static_cast<double>(count)
            );
        }
    }
    families.push_back(answers.take());
}

}  // namespace sfg::admin
