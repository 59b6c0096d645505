// Workload: a fixed series of groups and what a store holds after each of them; and a LevelDB that
// takes them on a disk that fails.
//
// Everything runs on the test's thread, compactions too, so that the operations of the disk have
// the same numbers in each run.
#pragma once

#include "tests/contract/beds.h"

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace sfg::test {

class Workload {
public:
    Workload(std::size_t groups, std::uint64_t seed);

    [[nodiscard]] std::size_t size() const { return groups_.size(); }

    // The group that leads from content(n) to content(n + 1).
    [[nodiscard]] const storage::WriteBatch& group(std::size_t n) const { return groups_.at(n); }

    [[nodiscard]] const Rows& content(std::size_t groups) const { return contents_.at(groups); }

    // How many groups make this content: it must be that of a prefix, exactly.
    [[nodiscard]] std::size_t prefix_of(const Rows& rows) const;

private:
    void add_group(std::mt19937_64& random, bool large);

    std::vector<storage::WriteBatch> groups_;
    std::vector<Rows> contents_;
};

// An opened LevelDB whose compactions run when the test says so.
class FaultyStore {
public:
    explicit FaultyStore(FaultEnv& files);
    FaultyStore(const FaultyStore&) = delete;
    FaultyStore& operator=(const FaultyStore&) = delete;
    ~FaultyStore();

    // Why it could not be opened, if so.
    [[nodiscard]] const storage::StoreResult<std::unique_ptr<storage::Store>>& opened() const {
        return store_;
    }

    [[nodiscard]] storage::Store& store() { return **store_; }

    void run_background();

private:
    std::deque<std::function<void()>> background_;
    storage::StoreResult<std::unique_ptr<storage::Store>> store_;
};

struct RunResult {
    std::size_t durable = 0;                     // Groups that are durable for sure.
    bool in_doubt = false;                       // One more was tried.
    std::optional<storage::StoreError> failure;  // Of the open or of the commit.
};

// Opens the store, which holds `from` groups, and commits the others until one fails or all are in.
// Checks what must hold about a handle that died.
[[nodiscard]] RunResult run_workload(FaultEnv& files, const Workload& workload, std::size_t from);

// Opens the store and tells how many groups it holds.
[[nodiscard]] std::size_t recovered_groups(FaultEnv& files, const Workload& workload);

}  // namespace sfg::test
