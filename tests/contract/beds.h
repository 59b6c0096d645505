// Beds: the places in which the contract suite opens a store. Each can open it again and again, and
// what was durable is there again.
#pragma once

#include "storage/leveldb_store.h"
#include "storage/memory_store.h"
#include "storage/paged_store.h"
#include "tests/support/fault_env.h"
#include "tests/support/show_result.h"
#include "tests/support/temp_directory.h"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <string>

namespace sfg::test {

inline constexpr storage::StoreIdentity kIdentity{StoreId{0x1f2e3d4c5b6a7988}, 128};

// The reference.
class MemoryBed {
public:
    std::unique_ptr<storage::Store> open() {
        return std::make_unique<storage::MemoryStore>(kIdentity, disk_);
    }

private:
    std::shared_ptr<storage::MemoryDisk> disk_ = std::make_shared<storage::MemoryDisk>();
};

// LevelDB as it runs in production.
class DiskBed {
public:
    std::unique_ptr<storage::Store> open() {
        storage::LevelDbOptions options;
        options.directory = directory_.path() + "/store";
        options.partitions = kIdentity.partitions;
        options.new_id = kIdentity.id;
        auto opened = storage::open_leveldb(options);
        REQUIRE(opened);
        return std::move(*opened);
    }

private:
    TempDirectory directory_;
};

// LevelDB on the disk that can fail, with a write buffer so small that it makes tables and compacts
// them.
class FaultBed {
public:
    std::unique_ptr<storage::Store> open() {
        storage::LevelDbOptions options;
        options.directory = "/store";
        options.partitions = kIdentity.partitions;
        options.new_id = kIdentity.id;
        options.files = &files_;
        options.write_buffer_bytes = 64 << 10;
        auto opened = storage::open_leveldb(options);
        REQUIRE(opened);
        return std::move(*opened);
    }

private:
    FaultEnv files_;
};

// One of these beds, with so few and small pages of messages that they come and go.
template <typename Bed>
class PagedBed {
public:
    std::unique_ptr<storage::Store> open() {
        storage::PageLimits limits;
        limits.pages_max = 5;
        limits.bytes_max = 8'000;
        limits.page_bytes_max = 1'500;
        limits.message_bytes_max = 400;
        auto opened = storage::with_pages(bed_.open(), limits, "the bed");
        REQUIRE(opened);
        return std::move(*opened);
    }

private:
    Bed bed_;
};

using PagedMemoryBed = PagedBed<MemoryBed>;
using PagedDiskBed = PagedBed<DiskBed>;
using PagedFaultBed = PagedBed<FaultBed>;

// What a group's on_durable said. It must have said it once, before commit() returned.
inline storage::StoreResult<void> commit(storage::Store& store, const storage::WriteBatch& group) {
    int calls = 0;
    storage::StoreResult<void> said;
    store.commit(group, [&](storage::StoreResult<void> result) {
        ++calls;
        said = std::move(result);
    });
    REQUIRE(calls == 1);
    return said;
}

using Rows = std::map<std::string, std::string>;

// Every row, read in small portions.
inline Rows all_rows(storage::Snapshot& snapshot) {
    Rows rows;
    storage::Range range;
    range.to = std::string(80 << 10, '\xff');
    range.rows_max = 7;
    bool more = true;
    while (more) {
        auto part = snapshot.scan(range);
        REQUIRE(part);
        for (const storage::Row& row : part->rows) {
            bool fresh = rows.emplace(row.key, std::string(row.value.view())).second;
            REQUIRE(fresh);
        }
        more = part->more;
        REQUIRE_FALSE((more && part->rows.empty()));
        if (more) {
            range.from = part->rows.back().key + '\0';
        }
    }
    return rows;
}

inline Rows all_rows(storage::Store& store) {
    return all_rows(*store.snapshot());
}

}  // namespace sfg::test
