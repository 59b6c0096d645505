// What LevelDB's environment mends, seen from LevelDB's side.
#include "storage/leveldb_env.h"

#include "tests/support/fault_env.h"

#include <catch2/catch.hpp>

#include <cerrno>
#include <memory>

using namespace sfg;
using namespace sfg::test;
using storage::LevelDbEnv;
using storage::StoreErrc;

namespace {

std::unique_ptr<leveldb::WritableFile> create(LevelDbEnv& env, const std::string& path) {
    leveldb::WritableFile* file = nullptr;
    REQUIRE(env.NewWritableFile(path, &file).ok());
    return std::unique_ptr<leveldb::WritableFile>(file);
}

void fail_next(FaultEnv& files, int error) {
    files.plan({files.operations(), FaultPlan::Kind::once, error});
}

}  // namespace

TEST_CASE("a file that failed once takes nothing more", "[leveldb_env]") {
    FaultEnv files;
    LevelDbEnv env(files, {});
    auto file = create(env, "/a");
    std::string large(100'000, 'x');
    fail_next(files, ENOSPC);
    REQUIRE_FALSE(file->Append(large).ok());
    std::string left = files.content("/a");

    REQUIRE_FALSE(file->Append("more").ok());
    REQUIRE_FALSE(file->Append(large).ok());
    REQUIRE_FALSE(file->Sync().ok());
    REQUIRE_FALSE(file->Close().ok());

    REQUIRE(files.content("/a") == left);
    REQUIRE(env.failure()->code == StoreErrc::no_space);
}

TEST_CASE("a file's first sync makes its name safe", "[leveldb_env]") {
    FaultEnv files;
    LevelDbEnv env(files, {});
    auto file = create(env, "/a");
    REQUIRE(file->Append("x").ok());
    REQUIRE(file->Sync().ok());
    REQUIRE(files.after_power_cut(PowerCut::nothing, 1)->content("/a") == "x");
}

TEST_CASE("after a failed sync nothing is removed or renamed", "[leveldb_env]") {
    FaultEnv files;
    LevelDbEnv env(files, {});
    auto file = create(env, "/a");
    fail_next(files, EIO);
    REQUIRE_FALSE(file->Sync().ok());

    REQUIRE_FALSE(env.RemoveFile("/a").ok());
    REQUIRE_FALSE(env.RenameFile("/a", "/b").ok());
    REQUIRE(env.FileExists("/a"));
}

TEST_CASE("a failed sync is told before an earlier full disk", "[leveldb_env]") {
    FaultEnv files;
    LevelDbEnv env(files, {});
    auto first = create(env, "/a");
    auto second = create(env, "/b");
    fail_next(files, ENOSPC);
    REQUIRE_FALSE(first->Append(std::string(100'000, 'x')).ok());
    REQUIRE(env.failure()->code == StoreErrc::no_space);

    fail_next(files, EIO);
    REQUIRE_FALSE(second->Sync().ok());
    REQUIRE(env.failure()->code == StoreErrc::sync);
}

TEST_CASE("a full disk that is found by a sync is a failed sync", "[leveldb_env]") {
    FaultEnv files;
    LevelDbEnv env(files, {});
    auto file = create(env, "/a");
    fail_next(files, ENOSPC);
    REQUIRE_FALSE(file->Sync().ok());
    REQUIRE(env.failure()->code == StoreErrc::sync);
}

TEST_CASE("compaction makes room for others, but not while a write waits for it", "[leveldb_env]") {
    using storage::Courtesy;
    Courtesy courtesy;
    CHECK(courtesy.is_due(Courtesy::Clock::now()));
    courtesy.write_begins();
    Courtesy::Clock::time_point begun = Courtesy::Clock::now();
    CHECK(courtesy.is_due(begun - Courtesy::kWriteWaits));
    CHECK_FALSE(courtesy.is_due(begun + Courtesy::kWriteWaits));
    courtesy.write_ended_at(begun + Courtesy::kWriteWaits);
    // It catches up.
    CHECK_FALSE(courtesy.is_due(begun + Courtesy::kCatchesUp));
    CHECK(courtesy.is_due(begun + Courtesy::kWriteWaits + Courtesy::kCatchesUp));
}

TEST_CASE("compaction gives away four fifths of its time at most", "[leveldb_env]") {
    using storage::Courtesy;
    Courtesy::Clock::time_point offered = Courtesy::Clock::now();
    Courtesy::Clock::time_point back = offered + std::chrono::milliseconds(12);
    CHECK(Courtesy::works_until(offered, back) - back == (back - offered) / 4);
}
