// What /metrics says of ingresses that are read from Kafka.
#include "gateway/admin/metrics_text.h"

#include <catch2/catch.hpp>

#include <string>

using namespace sfg::admin;

namespace {

std::string text_of(const ReadingReport& reading) {
    EngineReport report;
    report.stage = Stage::running;
    report.readings.push_back(reading);
    MetricsInput input;
    input.report = &report;
    input.version = "1.2.3";
    return metrics_text(input);
}

}  // namespace

TEST_CASE("an ingress of Kafka tells whether it reads, and what it read", "[metrics]") {
    std::string text = text_of({{"shop", "orders"}, 1, 0, 4, 17, 5, 6, 7, 8, 9, 10});
    auto says = [&text](const std::string& name, const std::string& type, int value) {
        CHECK_THAT(text, Catch::Contains("# TYPE statefun_ingress_" + name + " " + type + "\n"));
        std::string labels = R"({ingress_namespace="shop",ingress_name="orders"} )";
        std::string line = "statefun_ingress_" + name + labels + std::to_string(value) + "\n";
        CHECK_THAT(text, Catch::Contains("\n" + line));
    };
    says("connected", "gauge", 1);
    says("stopped", "gauge", 0);
    says("partitions", "gauge", 4);
    says("lag_records", "gauge", 17);
    says("records_total", "counter", 5);
    says("skipped_records_total", "counter", 6);
    says("forwarded_records_total", "counter", 7);
    says("resets_total", "counter", 8);
    says("failures_total", "counter", 9);
    says("group_commit_failures_total", "counter", 10);
}
