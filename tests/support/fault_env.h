// FaultEnv: a disk in memory that keeps exactly what it was told to keep, and fails when asked to.
//
// It tells apart what a process sees and what the disk holds: bytes are safe after a sync of their
// file, names after a sync of their directory. after_power_cut() is the disk as it may be found
// afterwards: of what was not synced, any part may be there.
//
// Every change (create, write, sync, cut, rename, remove, make directory, sync directory) counts as
// one operation. A plan names the operation at which the disk begins to fail.
//
// Deterministic: the same calls and seeds give the same disk.
// Threads:  any.
#pragma once

#include "storage/file_system.h"
#include "tests/support/fault_node.h"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace sfg::test {

enum class DiskOperation : std::uint8_t {
    none,
    create,
    write,
    sync,
    cut,
    rename,
    remove,
    make_directory,
    sync_directory,
};

struct FaultPlan {
    enum class Kind : std::uint8_t {
        once,       // This operation fails, later ones work.
        from_then,  // This one and all later ones fail.
    };

    std::uint64_t at = 0;  // The operation with this number, from 0.
    Kind kind = Kind::from_then;
    int error = 0;  // errno.
};

class FaultEnv final : public storage::FileSystem {
public:
    explicit FaultEnv(std::uint64_t seed = 1);
    FaultEnv(const FaultEnv&) = delete;
    FaultEnv& operator=(const FaultEnv&) = delete;
    ~FaultEnv() override;

    void plan(FaultPlan plan);
    // No more failures.
    void heal();

    // Operations so far; the one that the plan struck first, if it has.
    [[nodiscard]] std::uint64_t operations() const;
    [[nodiscard]] DiskOperation struck() const;

    [[nodiscard]] std::unique_ptr<FaultEnv> after_power_cut(PowerCut cut, std::uint64_t seed) const;

    // For tests that damage files: what a process sees of one, and changing it behind its back.
    [[nodiscard]] std::string content(const std::string& path) const;
    void overwrite(const std::string& path, const std::string& content);
    // All files with their content, below all directories.
    [[nodiscard]] std::map<std::string, std::string> everything() const;

    storage::FileResult<storage::FileInfo> info(const std::string& path) override;
    storage::FileResult<std::vector<std::string>> list(const std::string& path) override;
    storage::FileResult<void> check_access(const std::string& path) override;
    storage::FileResult<std::unique_ptr<storage::InputFile>> open(const std::string& path) override;
    storage::FileResult<std::unique_ptr<storage::OutputFile>> create(const std::string& path
    ) override;
    storage::FileResult<void> cut(const std::string& path, std::uint64_t bytes) override;
    storage::FileResult<void> rename(const std::string& from, const std::string& to) override;
    storage::FileResult<void> remove(const std::string& path) override;
    storage::FileResult<void> make_directory(const std::string& path) override;
    storage::FileResult<void> sync_directory(const std::string& path) override;
    storage::FileResult<storage::Locking> lock(const std::string& path) override;

private:
    class Input;
    class Output;
    class Lock;

    // Counts an operation; the error if it is to fail. Requires: mutex_ is held.
    int strike(DiskOperation operation);
    FaultNodePtr find(const std::string& path) const;
    void set_entry(const std::string& path, FaultNodePtr node);
    static void collect(
        const FaultNode& node,
        const std::string& path,
        std::map<std::string, std::string>& into
    );

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    FaultNodePtr root_;
    std::mt19937_64 random_;
    std::optional<FaultPlan> plan_;
    std::uint64_t operations_ = 0;
    DiskOperation struck_ = DiskOperation::none;
    std::set<const FaultNode*> locked_;
};

}  // namespace sfg::test
