// The disk that fails: a test of the tests' own ground.
#include "tests/support/fault_env.h"

#include <catch2/catch.hpp>

#include <cerrno>

using namespace sfg;
using namespace sfg::test;

namespace {

using Everything = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("only synced bytes under a synced name are safe", "[fault_env]") {
    FaultEnv files;
    auto file = *files.create("/a");
    REQUIRE(file->append("synced"));
    REQUIRE(file->sync());
    REQUIRE(files.after_power_cut(PowerCut::nothing, 1)->everything().empty());

    REQUIRE(files.sync_directory("/"));
    REQUIRE(file->append(" and not"));
    REQUIRE(files.content("/a") == "synced and not");
    REQUIRE(files.after_power_cut(PowerCut::nothing, 1)->content("/a") == "synced");
    REQUIRE(files.after_power_cut(PowerCut::everything, 1)->content("/a") == "synced and not");
    REQUIRE(files.after_power_cut(PowerCut::zeros, 1)->content("/a").size() == 14);
    REQUIRE(files.after_power_cut(PowerCut::prefix, 1)->content("/a").starts_with("synced"));
}

TEST_CASE("a removal and a rename are undone unless their directory was synced", "[fault_env]") {
    FaultEnv files;
    REQUIRE((*files.create("/a"))->sync());
    REQUIRE((*files.create("/b"))->sync());
    REQUIRE(files.sync_directory("/"));
    REQUIRE(files.remove("/a"));
    REQUIRE(files.rename("/b", "/c"));

    REQUIRE(
        files.after_power_cut(PowerCut::nothing, 1)->everything() ==
        Everything{{"/a", ""}, {"/b", ""}}
    );
    REQUIRE(files.sync_directory("/"));
    REQUIRE(files.after_power_cut(PowerCut::nothing, 1)->everything() == Everything{{"/c", ""}});
}

TEST_CASE("a directory without a safe name takes its files with it", "[fault_env]") {
    FaultEnv files;
    REQUIRE(files.make_directory("/d"));
    REQUIRE((*files.create("/d/a"))->sync());
    REQUIRE(files.sync_directory("/d"));
    REQUIRE(files.after_power_cut(PowerCut::nothing, 1)->everything().empty());
    REQUIRE(files.sync_directory("/"));
    REQUIRE(files.after_power_cut(PowerCut::nothing, 1)->everything().size() == 2);
}

TEST_CASE("the planned operation fails, once or from then on", "[fault_env]") {
    for (auto kind : {FaultPlan::Kind::once, FaultPlan::Kind::from_then}) {
        FaultEnv files;
        auto file = *files.create("/a");
        files.plan({2, kind, ENOSPC});
        REQUIRE(file->append("1"));
        auto failed = file->append("2");
        REQUIRE(failed.error().value() == ENOSPC);
        REQUIRE(files.struck() == DiskOperation::write);
        bool works = file->append("3").has_value();
        REQUIRE(works == (kind == FaultPlan::Kind::once));
        files.heal();
        REQUIRE(file->append("4"));
    }
}

TEST_CASE("what a failed sync did not write no later sync writes", "[fault_env]") {
    FaultEnv files;
    auto file = *files.create("/a");
    REQUIRE(files.sync_directory("/"));
    REQUIRE(file->append("lost"));
    files.plan({3, FaultPlan::Kind::once, EIO});
    REQUIRE_FALSE(file->sync());
    REQUIRE(file->sync());
    REQUIRE(files.content("/a") == "lost");
    REQUIRE(files.after_power_cut(PowerCut::nothing, 1)->content("/a").empty());
}

TEST_CASE("the same calls and seeds give the same disk", "[fault_env]") {
    auto left = [] {
        FaultEnv files(7);
        auto file = *files.create("/a");
        REQUIRE(file->append(std::string(5000, 'x')));
        REQUIRE(files.sync_directory("/"));
        REQUIRE((*files.create("/b"))->append("y"));
        return files.after_power_cut(PowerCut::sectors, 9)->everything();
    };
    REQUIRE(left() == left());
}
