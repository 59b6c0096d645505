// Store: the durable side of the gateway, as small as it can be.
//
// Crash contract:
//   - A group is atomic: after any crash all of it is there or none of it.
//   - Groups form one order. After a crash what is there is a prefix of that order.
//   - A group whose on_durable said "ok" survives a crash of the process and of the machine.
//   - A group whose on_durable said "in doubt" may or may not survive. After that, and after any
//     other failed write, this handle is dead: every later commit fails, reads still answer what
//     was durable, and the owner drops the handle, opens the store anew and loads again.
//   - A failed sync can't be repaired by trying again: the process must exit (StoreErrc::sync).
//   - Opening never changes a directory that it refuses.
//
// Threads:    commit() from one thread (the committer). snapshot(), get() and scan() from any.
// Lifetime:   snapshots must be gone before the store is. Once on_durable has said an error, the
//             handle may go, also while commit() returns: that touches nothing of it any more.
// Limits:     none of its own; callers bound groups and ranges.
#pragma once

#include "protocol/address.h"
#include "protocol/ids.h"
#include "protocol/result.h"
#include "protocol/shared_bytes.h"
#include "storage/write_batch.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sfg::storage {

// Changes with every incompatible change of a key or record.
// Version 1 was never released, and had no pages of messages (message_page.h).
inline constexpr std::uint32_t kFormatVersion = 2;

enum class StoreErrc : std::uint8_t {
    io,          // A read or write failed. The handle may be dead.
    no_space,    // ENOSPC or EDQUOT. The handle is dead.
    sync,        // fsync failed: exit the process.
    corrupt,     // Damage that is not a torn tail.
    dead,        // An earlier write of this handle failed.
    not_ours,    // The directory is not empty and not a store of this gateway.
    format,      // Written in a format that this version does not read.
    partitions,  // Written with another partition count.
    locked,      // Another process holds it.
    permission,  // The directory can't be read, written or made.
};

struct StoreError {
    StoreErrc code = StoreErrc::io;
    std::string reason;  // One sentence: path, what is wrong, what to do.
};

template <typename T>
using StoreResult = Result<T, StoreError>;

struct Row {
    std::string key;
    SharedBytes value;
};

// Rows with from <= key < to, in key order, until a limit is reached; at least one if there is one.
struct Range {
    std::string from;
    std::string to;
    std::size_t rows_max = 1000;
    std::size_t bytes_max = 1 << 20;
    bool keys_only = false;  // The rows come without their values.
};

struct ScanResult {
    std::vector<Row> rows;
    bool more = false;  // A limit ended the scan and there is at least one more row.
};

// One unchanging state of the store: exactly the groups that were durable when it was taken.
class Snapshot {
public:
    virtual ~Snapshot() = default;
    [[nodiscard]] virtual StoreResult<std::optional<SharedBytes>> get(std::string_view key) = 0;
    [[nodiscard]] virtual StoreResult<ScanResult> scan(const Range& range) = 0;
};

// What is fixed when a store is created, and what it says at each opening.
struct StoreIdentity {
    StoreId id{};
    PartitionId partitions = 0;
};

using OnDurable = std::function<void(StoreResult<void>)>;

class Store {
public:
    virtual ~Store() = default;

    [[nodiscard]] virtual StoreIdentity identity() const = 0;

    // Takes the group; on_durable is called once, by any thread, possibly before this returns.
    virtual void commit(const WriteBatch& group, OnDurable on_durable) = 0;

    [[nodiscard]] virtual std::unique_ptr<Snapshot> snapshot() = 0;

    // Bytes on disk, roughly; 0 where there is no disk.
    [[nodiscard]] virtual std::uint64_t disk_bytes() const = 0;

    // Called every few seconds: gives up what is kept for the next read alone and is large. Any
    // thread.
    virtual void trim() {}
};

}  // namespace sfg::storage
