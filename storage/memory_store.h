// MemoryStore: the store's contract on a map, as the reference that LevelDB is compared with, and
// as the store under the engine's tests and the simulator.
//
// A MemoryDisk is what survives; a MemoryStore is a handle on it, as an opened LevelDB is. Groups
// become durable at once, or, by hand, when a test says so: then a crash in between can be played.
//
// Threads:    as in store.h; the by-hand calls from the thread that commits.
// Lifetime:   the disk outlives its handles; one handle at a time.
// Limits:     none. A commit costs its own rows, also while snapshots are held.
#pragma once

#include "storage/store.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace sfg::storage {

// Rows in versions: a snapshot is the number of the last group that it sees.
class MemoryDisk {
public:
    void apply(const WriteBatch& group);

    [[nodiscard]] std::uint64_t open_snapshot();
    void close_snapshot(std::uint64_t number);

    [[nodiscard]] std::optional<SharedBytes> get(std::string_view key, std::uint64_t number) const;
    [[nodiscard]] ScanResult scan(const Range& range, std::uint64_t number) const;

private:
    struct Version {
        std::uint64_t number = 0;
        std::optional<SharedBytes> value;  // Nothing: deleted.
    };

    using Versions = std::vector<Version>;  // Oldest first.

    // Drops the versions that no snapshot can see; whether more than the last value is left.
    bool prune(Versions& versions) const;

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::map<std::string, Versions, std::less<>> rows_;
    std::uint64_t last_ = 0;
    std::multiset<std::uint64_t> snapshots_;
    std::set<std::string> unpruned_;  // Rows with versions kept for a snapshot only.
    std::string pruned_up_to_;
};

class MemoryStore final : public Store {
public:
    enum class Durable : std::uint8_t { at_once, by_hand };

    // A failure to come. The group that it hits is in doubt.
    struct Failure {
        std::uint64_t after_commits = 0;  // So many commits succeed first.
        StoreErrc code = StoreErrc::io;
        bool group_survives = false;
    };

    explicit MemoryStore(
        StoreIdentity identity,
        std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>(),
        Durable durable = Durable::at_once
    );

    MemoryStore(const MemoryStore&) = delete;
    MemoryStore& operator=(const MemoryStore&) = delete;
    ~MemoryStore() override;

    [[nodiscard]] StoreIdentity identity() const override { return identity_; }

    void commit(const WriteBatch& group, OnDurable on_durable) override;
    [[nodiscard]] std::unique_ptr<Snapshot> snapshot() override;

    [[nodiscard]] std::uint64_t disk_bytes() const override { return 0; }

    [[nodiscard]] const std::shared_ptr<MemoryDisk>& disk() const { return disk_; }

    void fail(Failure failure) { failure_ = failure; }

    // By hand: groups that wait, and making the first `count` of them durable, in order.
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

    void settle(std::size_t count);

private:
    struct Waiting {
        WriteBatch group;
        OnDurable on_durable;
    };

    StoreResult<void> write(const WriteBatch& group);

    const StoreIdentity identity_;
    const std::shared_ptr<MemoryDisk> disk_;
    const Durable durable_;

    // Owned by the thread that commits.
    std::optional<Failure> failure_;
    bool dead_ = false;
    std::optional<WriteBatch> in_doubt_;
    std::deque<Waiting> waiting_;
};

}  // namespace sfg::storage
