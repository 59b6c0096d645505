#include "gateway/admin/readiness.h"

#include <catch2/catch.hpp>

using sfg::Errc;
using sfg::admin::EngineReport;
using sfg::admin::reasons_not_ready;
using sfg::admin::Stage;
using std::chrono::milliseconds;

TEST_CASE("a running engine with young commits is ready", "[readiness]") {
    EngineReport report;
    report.stage = Stage::running;
    report.oldest_commit_age = milliseconds(5000);
    CHECK(reasons_not_ready(report).empty());
}

TEST_CASE("a commit that has waited over five seconds makes it not ready", "[readiness]") {
    EngineReport report;
    report.stage = Stage::running;
    report.oldest_commit_age = milliseconds(7400);
    auto reasons = reasons_not_ready(report);
    REQUIRE(reasons.size() == 1);
    CHECK(reasons.front().detail == "a commit has waited for 7 s to be durable");
}

TEST_CASE("every reason is named, the weightiest first", "[readiness]") {
    EngineReport report;
    report.stage = Stage::stopping;
    report.store_trouble = sfg::Problem{Errc::disk_full, "no space left on /data"};
    report.oldest_commit_age = milliseconds(60'000);
    auto reasons = reasons_not_ready(report);
    REQUIRE(reasons.size() == 3);
    CHECK(reasons[0].code == Errc::shutting_down);
    CHECK(reasons[1].code == Errc::disk_full);
    CHECK(reasons[1].detail == "the store cannot be written: no space left on /data");
    CHECK(reasons[2].code == Errc::overloaded);
}

TEST_CASE("a report that was never filled is not ready", "[readiness]") {
    auto reasons = reasons_not_ready(EngineReport{});
    REQUIRE(reasons.size() == 1);
    CHECK(reasons.front().code == Errc::starting);
}
