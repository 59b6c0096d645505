// Counters of several loops, added up for a report.
#include "gateway/functions/stats.h"
#include "gateway/ingress/api.h"

#include <catch2/catch.hpp>

#include <string>

using sfg::Errc;
using sfg::TypeName;
using sfg::functions::CallerStats;
using sfg::ingress::DoorCounters;
using std::chrono::microseconds;

TEST_CASE("what two callers counted of one endpoint is added", "[counters]") {
    CallerStats one;
    CallerStats two;
    one.calls = 3;
    two.calls = 4;
    one.connections_open = 1;
    two.connections_open = 2;
    one.answers_by_status = {{200, 5}, {500, 1}};
    two.answers_by_status = {{200, 1}, {404, 2}};
    one.observe_latency({"a", "x"}, microseconds(10));
    two.observe_latency({"a", "y"}, microseconds(20));
    two.observe_latency({"a", "x"}, microseconds(30));
    one.add(two);
    CHECK(one.calls == 7);
    CHECK(one.connections_open == 3);
    CHECK(one.answers_by_status == std::map<int, std::uint64_t>{{200, 6}, {404, 2}, {500, 1}});
    CHECK(one.latency.count() == 3);
    REQUIRE(one.latency_by_type.size() == 2);
    CHECK(one.latency_by_type[0].first == TypeName{"a", "x"});
    CHECK(one.latency_by_type[0].second.sum() == microseconds(40));
    CHECK(one.latency_by_type[1].second.count() == 1);
}

TEST_CASE("adding callers keeps to the limit of types with a latency of their own", "[counters]") {
    CallerStats one;
    CallerStats two;
    for (std::size_t i = 0; i < sfg::functions::kLatencyTypesMax; ++i) {
        one.observe_latency({"one", std::to_string(i)}, microseconds(1));
        two.observe_latency({"two", std::to_string(i)}, microseconds(1));
    }
    one.add(two);
    CHECK(one.latency_by_type.size() == sfg::functions::kLatencyTypesMax);
    CHECK(one.latency.count() == 2 * sfg::functions::kLatencyTypesMax);
}

TEST_CASE("what two loops counted at one door is added", "[counters]") {
    DoorCounters one{1, {{Errc::bad_type, 1}}};
    DoorCounters two{2, {{Errc::bad_type, 1}, {Errc::overloaded, 4}}};
    one.add(two);
    CHECK(one.accepted == 3);
    CHECK(one.refused == std::map<Errc, std::uint64_t>{{Errc::bad_type, 2}, {Errc::overloaded, 4}});
}
