// Histogram, and the text of /metrics checked against the format's rules.
#include "gateway/runtime/metrics.h"

#include "gateway/admin/metrics_text.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace {

using namespace sfg::admin;
using namespace std::chrono_literals;
using sfg::runtime::Histogram;

FunctionReport busy_function(const std::string& ns, const std::string& name) {
    FunctionReport report;
    report.function = {ns, name};
    report.messages_in = 10;
    report.turns = 4;
    report.expired = 6;
    report.parked = 8;
    report.out_local = 1;
    report.out_remote = 2;
    report.out_egress = 3;
    report.failures.down = 5;
    return report;
}

EngineReport busy_report() {
    EngineReport report;
    report.stage = Stage::running;
    report.commits = 7;
    report.sync_latency.observe(200us);
    report.functions.push_back(busy_function("shop", "cart"));
    EndpointReport endpoint;
    endpoint.functions = "shop/*";
    endpoint.attempts = 9;
    for (int status = 0; status < 1'000; ++status) {
        endpoint.answers_by_status.emplace_back(status, 1);
    }
    endpoint.attempt_latency.observe(3ms);
    endpoint.calls_in_flight = 5;
    endpoint.calls_without_connection = 2;
    endpoint.concurrency = 16;
    sfg::runtime::Histogram latency;
    latency.observe(3ms);
    for (int i = 0; i < 100; ++i) {
        endpoint.latency_by_function.emplace_back(
            sfg::TypeName{"shop", "cart" + std::to_string(i)}, latency
        );
    }
    report.endpoints.push_back(endpoint);
    report.egresses.push_back({{"io.statefun.playground", "egress"}, 6, 4, 2});
    report.deliveries.push_back({{"shop", "receipts"}, true, 8, 1, 2});
    report.sources.push_back({{"shop", "orders"}, 3, 40, 2, 1, true});
    report.doors.push_back({"send", 11, {{sfg::Errc::overloaded, 1}, {sfg::Errc::bad_id, 2}}});
    report.waits.push_back({"backoff", 3});
    report.parked_entities = 12;
    report.events_lost = 2;
    return report;
}

std::string text_of(const EngineReport& report) {
    MetricsInput input;
    input.report = &report;
    input.version = "1.2.3";
    input.events = {3, 20, 5, 1};
    input.compiler = "g++ \"x\"";
    return metrics_text(input);
}

// Series by their name with labels; checks the rules of the text format on its way.
std::map<std::string, std::string> parse(const std::string& text) {
    std::map<std::string, std::string> series;
    std::map<std::string, std::string> types;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        INFO(line);
        if (line.starts_with("# TYPE ")) {
            std::istringstream parts(line.substr(7));
            std::string name;
            std::string type;
            parts >> name >> type;
            CHECK(types.emplace(name, type).second);
            CHECK(std::set<std::string>{"counter", "gauge", "histogram"}.contains(type));
            CHECK((type == "counter") == name.ends_with("_total"));
            continue;
        }
        if (line.starts_with("#")) {
            CHECK(line.starts_with("# HELP "));
            continue;
        }
        std::size_t space = line.rfind(' ');
        REQUIRE(space != std::string::npos);
        CHECK(series.emplace(line.substr(0, space), line.substr(space + 1)).second);
        std::string family = line.substr(0, line.find_first_of("{ "));
        for (const char* suffix : {"_bucket", "_sum", "_count"}) {
            if (!types.contains(family) && family.ends_with(suffix)) {
                family.resize(family.size() - std::string_view(suffix).size());
            }
        }
        CHECK(types.contains(family));
        CHECK((family.starts_with("statefun_") || family.starts_with("process_")));
    }
    return series;
}

std::set<std::string> label_names(const std::string& text) {
    std::set<std::string> names;
    for (std::size_t at = 0; (at = text.find("=\"", at)) != std::string::npos; at += 2) {
        std::size_t from = text.find_last_of("{,", at) + 1;
        names.insert(text.substr(from, at - from));
    }
    return names;
}

}  // namespace

TEST_CASE("a histogram puts each duration below its bound, exactly once", "[metrics]") {
    Histogram histogram;
    for (auto took : {0ns, 50'000ns, 50'001ns, 100'000ns, 1'000'000'000ns, 3'600'000'000'000ns}) {
        histogram.observe(took);
    }
    histogram.observe(-5ns);
    CHECK(histogram.buckets()[0] == 3);
    CHECK(histogram.buckets()[1] == 2);
    CHECK(histogram.buckets().back() == 1);
    CHECK(histogram.count() == 7);
    CHECK(histogram.sum() == 3'601'000'200'001ns - 1ns + 1ns);
}

TEST_CASE("histograms add up", "[metrics]") {
    Histogram histogram;
    histogram.observe(1ms);
    histogram.observe(3'600s);
    Histogram both;
    both.add(histogram);
    both.add(histogram);
    CHECK(both.count() == 4);
    CHECK(both.buckets().back() == 2);
    CHECK(both.sum() == 7'200s + 2ms);
}

TEST_CASE("the metrics text follows the format and says what the report says", "[metrics]") {
    auto series = parse(text_of(busy_report()));
    const std::string cart = R"(function_namespace="shop",function_name="cart")";
    CHECK(series["statefun_messages_in_total{" + cart + "}"] == "10");
    CHECK(series["statefun_turns_total{" + cart + "}"] == "4");
    CHECK(series["statefun_states_expired_total{" + cart + "}"] == "6");
    CHECK(series["statefun_parked_total{" + cart + "}"] == "8");
    CHECK(series["statefun_parked_entities"] == "12");
    CHECK(series["statefun_event_listeners"] == "3");
    CHECK(series["statefun_events_total"] == "20");
    CHECK(series["statefun_events_lost_total"] == "7");
    CHECK(series["statefun_event_listeners_cut_off_total"] == "1");
    CHECK(series["statefun_messages_out_total{" + cart + R"(,kind="local"})"] == "1");
    CHECK(series["statefun_messages_out_total{" + cart + R"(,kind="remote"})"] == "2");
    CHECK(series["statefun_messages_out_total{" + cart + R"(,kind="egress"})"] == "3");
    CHECK(series["statefun_call_failures_total{" + cart + R"(,kind="down"})"] == "5");
    const std::string shop = R"(functions="shop/*")";
    CHECK(series["statefun_endpoint_attempt_seconds_count{" + shop + "}"] == "1");
    CHECK(series["statefun_endpoint_attempt_seconds_bucket{" + shop + R"(,le="0.005"})"] == "1");
    CHECK(series["statefun_endpoint_attempt_seconds_bucket{" + shop + R"(,le="0.0025"})"] == "0");
    CHECK(series["statefun_endpoint_attempt_seconds_bucket{" + shop + R"(,le="+Inf"})"] == "1");
    // Bounds are the numbers that people write.
    CHECK(series["statefun_sync_seconds_bucket{le=\"0.0001\"}"] == "0");
    CHECK(series["statefun_sync_seconds_bucket{le=\"0.1\"}"] == "1");
    CHECK(series["statefun_commits_total"] == "7");
    CHECK(series["statefun_sync_seconds_count"] == "1");
    CHECK(series[R"(statefun_ingress_requests_total{door="send",code="accepted"})"] == "11");
    CHECK(series[R"(statefun_ingress_requests_total{door="send",code="SFG-0109"})"] == "2");
    CHECK(series[R"(statefun_waiting_entities{reason="backoff"})"] == "3");
    CHECK(series[R"(statefun_endpoint_attempts_total{functions="shop/*"})"] == "9");
    CHECK(series[R"(statefun_endpoint_calls{functions="shop/*",wait="answer"})"] == "3");
    std::string took = "statefun_function_attempt_seconds_count";
    std::string carts = R"({function_namespace="shop",function_name="cart)";
    CHECK(series[took + carts + "0\"}"] == "1");
    CHECK_FALSE(series.contains(took + carts + "50\"}"));
    CHECK(series[R"(statefun_endpoint_concurrency{functions="shop/*"})"] == "16");
    const std::string orders = R"({ingress_namespace="shop",ingress_name="orders"})";
    CHECK(series["statefun_ingress_batches_total" + orders] == "3");
    CHECK(series["statefun_ingress_messages_total" + orders] == "40");
    CHECK(series["statefun_ingress_refused_records_total" + orders] == "2");
    CHECK(series["statefun_ingress_refused_records" + orders] == "1");
    CHECK(series["statefun_ingress_held" + orders] == "1");
    CHECK(series["statefun_ready"] == "1");
    CHECK(series["statefun_engine_responsive"] == "1");
}

TEST_CASE("labels are a closed list of names", "[metrics]") {
    CHECK(
        label_names(text_of(busy_report())) ==
        std::set<std::string>{
            "code",
            "compiler",
            "door",
            "egress_name",
            "egress_namespace",
            "function_name",
            "function_namespace",
            "functions",
            "ingress_name",
            "ingress_namespace",
            "kind",
            "le",
            "reason",
            "result",
            "status",
            "version",
            "wait",
        }
    );
}

TEST_CASE("R19 answers are counted by status, rare statuses by their class", "[metrics]") {
    auto series = parse(text_of(busy_report()));
    auto count = [&series](const std::string& status) {
        std::string name = "statefun_endpoint_answers_total{functions=\"shop/*\",status=\"";
        return series[name + status + "\"}"];
    };
    CHECK(count("200") == "1");
    CHECK(count("504") == "1");
    CHECK(count("2xx") == "99");
    CHECK(count("5xx") == "95");
    CHECK(count("other") == "500");
    std::size_t statuses = 0;
    for (const auto& [name, value] : series) {
        statuses += name.starts_with("statefun_endpoint_answers_total") ? 1 : 0;
    }
    CHECK(statuses == 23);
}

TEST_CASE("an egress of Kafka tells whether records go out", "[metrics]") {
    auto series = parse(text_of(busy_report()));
    std::string labels = R"({egress_namespace="shop",egress_name="receipts"})";
    CHECK(series["statefun_egress_connected" + labels] == "1");
    CHECK(series["statefun_egress_batches_total" + labels] == "8");
    CHECK(series["statefun_egress_refused_records_total" + labels] == "1");
    CHECK(series["statefun_egress_failures_total" + labels] == "2");
}

TEST_CASE("names that functions invent do not add series without end", "[metrics]") {
    EngineReport report = busy_report();
    report.functions.clear();
    report.egresses.clear();
    for (int i = 0; i < 5000; ++i) {
        FunctionReport function = busy_function("ns", "f" + std::to_string(i));
        report.functions.push_back(function);
        report.egresses.push_back({{"ns", "e" + std::to_string(i)}, 1, 0, 1});
    }
    report.functions.push_back(busy_function("ns", std::string(4000, 'x')));
    report.functions.push_back(busy_function("ns", "\xff"));
    report.functions.push_back(busy_function("_other", "_other"));
    std::string text = text_of(report);
    auto series = parse(text);
    CHECK(text.size() < 220'000);
    std::string other = R"(function_namespace="_other",function_name="_other")";
    CHECK(series["statefun_messages_in_total{" + other + "}"] == "49030");
    CHECK(
        series
            [R"(statefun_egress_records_total{egress_namespace="_other",egress_name="_other"})"] ==
        "4900"
    );
    CHECK(text.find("xxxx") == std::string::npos);
}

TEST_CASE("what stands in a label cannot break the text", "[metrics]") {
    EngineReport report = busy_report();
    report.functions.front().function.name = "a\"b\\c\nd} 1";
    auto series = parse(text_of(report));
    CHECK(
        series
            [R"(statefun_turns_total{function_namespace="shop",function_name="a\"b\\c\nd} 1"})"] ==
        "4"
    );
}

TEST_CASE("a silent engine leaves the process's own metrics", "[metrics]") {
    MetricsInput input;
    input.silence = 12'500ms;
    input.log_dropped = 3;
    input.process = process_facts();
    auto series = parse(metrics_text(input));
    CHECK(series["statefun_engine_responsive"] == "0");
    CHECK(series["statefun_engine_silent_seconds"] == "12.5");
    CHECK(series["statefun_ready"] == "0");
    CHECK(series["statefun_log_dropped_total"] == "3");
    CHECK(std::stod(series["process_resident_memory_bytes"]) > 1e6);
    CHECK(std::stod(series["process_start_time_seconds"]) > 1e9);
    CHECK(series.size() < 16);
}
