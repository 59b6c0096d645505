// Each operation of the disk fails in turn: the handle dies, what it said stays true, and the store
// that is opened anew is a prefix with every acknowledged group.
#include "tests/contract/workload.h"

#include <cerrno>

using namespace sfg;
using namespace sfg::test;
using storage::StoreErrc;

namespace {

std::unique_ptr<FaultEnv> new_disk() {
    auto files = std::make_unique<FaultEnv>();
    REQUIRE(files->make_directory("/disk"));
    REQUIRE(files->sync_directory("/"));
    return files;
}

bool is_sync(DiskOperation operation) {
    return operation == DiskOperation::sync || operation == DiskOperation::sync_directory;
}

// What a commit must say about the failure of such an operation. A failed open may say less.
void check_code(const RunResult& result, DiskOperation struck, StoreErrc write_code) {
    if (!result.failure || !result.in_doubt) {
        return;
    }
    INFO(result.failure->reason);
    if (is_sync(struck)) {
        REQUIRE(result.failure->code == StoreErrc::sync);
    } else {
        REQUIRE(result.failure->code == write_code);
    }
}

// The failed run, then: another start on what the first process saw, and a power cut.
void check_recovery(FaultEnv& files, const Workload& workload, const RunResult& before) {
    files.heal();
    auto cut = files.after_power_cut(PowerCut::prefix, files.operations());
    std::size_t at_most = before.durable + (before.in_doubt ? 1 : 0);
    std::size_t found = recovered_groups(*cut, workload);
    REQUIRE(found >= before.durable);
    REQUIRE(found <= at_most);

    found = recovered_groups(files, workload);
    REQUIRE(found >= before.durable);
    REQUIRE(found <= at_most);
    REQUIRE(run_workload(files, workload, found).durable == workload.size());
    auto later = files.after_power_cut(PowerCut::nothing, 1);
    REQUIRE(recovered_groups(*later, workload) == workload.size());
}

// How many runs ended in a failed commit.
int fail_each_operation(FaultPlan::Kind kind, int error, StoreErrc write_code) {
    Workload workload(150, 17);
    int failed_commits = 0;
    auto whole = new_disk();
    REQUIRE(run_workload(*whole, workload, 0).durable == workload.size());
    for (std::uint64_t at = 2; at < whole->operations(); ++at) {
        CAPTURE(at);
        auto files = new_disk();
        files->plan({at, kind, error});
        RunResult result = run_workload(*files, workload, 0);
        REQUIRE(files->struck() != DiskOperation::none);
        check_code(result, files->struck(), write_code);
        // A file that can't be removed is the only thing that LevelDB may bear.
        bool harmless = files->struck() == DiskOperation::remove;
        bool last = result.durable == workload.size();
        REQUIRE((result.failure.has_value() || harmless || last));
        failed_commits += result.in_doubt ? 1 : 0;
        check_recovery(*files, workload, result);
    }
    return failed_commits;
}

}  // namespace

TEST_CASE(
    "R60 a disk that is full from some operation on ends the handle, not the data",
    "[faults]"
) {
    REQUIRE(fail_each_operation(FaultPlan::Kind::from_then, ENOSPC, StoreErrc::no_space) > 200);
}

TEST_CASE("a disk that is full for one operation ends the handle all the same", "[faults]") {
    REQUIRE(fail_each_operation(FaultPlan::Kind::once, ENOSPC, StoreErrc::no_space) > 200);
}

TEST_CASE("R60 a quota that is used up is told as a full disk", "[faults]") {
    auto files = new_disk();
    FaultyStore faulty(*files);
    REQUIRE(faulty.opened());
    files->plan({files->operations(), FaultPlan::Kind::once, EDQUOT});
    storage::WriteBatch group;
    group.put_copy("a", "1");

    auto said = commit(faulty.store(), group);

    REQUIRE(files->struck() == DiskOperation::write);
    REQUIRE(said.error().code == StoreErrc::no_space);
}

TEST_CASE("an I/O error at any operation ends the handle, not the data", "[faults]") {
    REQUIRE(fail_each_operation(FaultPlan::Kind::from_then, EIO, StoreErrc::io) > 200);
}

TEST_CASE("a single I/O error ends the handle, not the data", "[faults]") {
    REQUIRE(fail_each_operation(FaultPlan::Kind::once, EIO, StoreErrc::io) > 200);
}
