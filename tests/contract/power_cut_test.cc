// The power is cut at each operation in turn: what is found is a prefix of the groups, whole ones
// only, with every group that was acknowledged.
#include "tests/contract/workload.h"

#include <cerrno>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr PowerCut kCuts[] =
    {PowerCut::nothing, PowerCut::everything, PowerCut::prefix, PowerCut::zeros, PowerCut::sectors};

// A disk on which the store's parent directory is safe.
std::unique_ptr<FaultEnv> new_disk() {
    auto files = std::make_unique<FaultEnv>();
    REQUIRE(files->make_directory("/disk"));
    REQUIRE(files->sync_directory("/"));
    return files;
}

std::uint64_t operations_of(const Workload& workload) {
    auto files = new_disk();
    auto result = run_workload(*files, workload, 0);
    REQUIRE(result.durable == workload.size());
    return files->operations();
}

// From operation `at` on nothing reaches the disk.
RunResult run_until(FaultEnv& files, const Workload& workload, std::uint64_t at, std::size_t from) {
    files.plan({at, FaultPlan::Kind::from_then, EIO});
    return run_workload(files, workload, from);
}

void check_prefix(const RunResult& before, std::size_t found) {
    REQUIRE(found >= before.durable);
    REQUIRE(found <= before.durable + (before.in_doubt ? 1 : 0));
}

}  // namespace

TEST_CASE("a power cut at any operation leaves a prefix with all acknowledged groups", "[crash]") {
    Workload workload(150, 7);
    std::uint64_t operations = operations_of(workload);
    for (std::uint64_t at = 2; at < operations; ++at) {
        auto files = new_disk();
        RunResult before = run_until(*files, workload, at, 0);
        for (PowerCut cut : kCuts) {
            CAPTURE(at, static_cast<int>(cut), before.durable);
            auto left = files->after_power_cut(cut, at);
            std::size_t found = recovered_groups(*left, workload);
            check_prefix(before, found);
        }
    }
}

TEST_CASE("after a power cut the store goes on and keeps what it then takes", "[crash]") {
    Workload workload(150, 8);
    std::uint64_t operations = operations_of(workload);
    for (std::uint64_t at = 2; at < operations; at += 7) {
        CAPTURE(at);
        auto files = new_disk();
        RunResult before = run_until(*files, workload, at, 0);
        auto left = files->after_power_cut(kCuts[at % std::size(kCuts)], at);
        std::size_t found = recovered_groups(*left, workload);
        check_prefix(before, found);

        REQUIRE(run_workload(*left, workload, found).durable == workload.size());
        auto later = left->after_power_cut(PowerCut::nothing, at);
        REQUIRE(recovered_groups(*later, workload) == workload.size());
    }
}

TEST_CASE("power cuts during recovery lose nothing either", "[crash]") {
    Workload workload(150, 9);
    std::mt19937_64 random(1);
    std::uint64_t operations = operations_of(workload);
    for (int round = 0; round < 150; ++round) {
        auto files = new_disk();
        RunResult before = run_until(*files, workload, 2 + random() % operations, 0);
        std::size_t at_least = before.durable;
        std::size_t at_most = before.durable + (before.in_doubt ? 1 : 0);
        for (int cut = 0; cut < 4; ++cut) {
            CAPTURE(round, cut, at_least);
            files = files->after_power_cut(kCuts[random() % std::size(kCuts)], random());
            files->plan({random() % 25, FaultPlan::Kind::from_then, EIO});
            FaultyStore faulty(*files);
            if (faulty.opened()) {
                std::size_t found = workload.prefix_of(all_rows(faulty.store()));
                REQUIRE(found >= at_least);
                REQUIRE(found <= at_most);
                at_least = found;
            }
        }
        files = files->after_power_cut(PowerCut::prefix, random());
        std::size_t found = recovered_groups(*files, workload);
        REQUIRE(found >= at_least);
        REQUIRE(found <= at_most);
    }
}
