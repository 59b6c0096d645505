// The partition rows of large groups: one row, and own rows again when an epoch begins.
#include "gateway/commit/tally.h"

#include "gateway/commit/group.h"
#include "gateway/commit/recovery.h"
#include "gateway/engine/partitions.h"
#include "storage/key_codec.h"
#include "storage/memory_store.h"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

using sfg::CommitNumber;
using sfg::PartitionId;
using sfg::commit::Group;
using sfg::commit::Tally;
using sfg::engine::Commit;
using sfg::engine::PartitionCounters;
using sfg::storage::MemoryStore;
using sfg::storage::Table;

namespace {

std::string own_key(PartitionId partition) {
    return sfg::storage::partition_prefix(partition, Table::partition_row);
}

// A store, and what writes groups to it in one epoch after the other.
struct Writer {
    // Each partition has accepted so many messages.
    void write(const std::map<PartitionId, std::uint64_t>& accepted) {
        Commit commit;
        commit.number = CommitNumber{next++};
        for (const auto& [partition, count] : accepted) {
            PartitionCounters counters;
            counters.accepted = counters.waiting = count;
            counters.last_number = value_of(commit.number);
            auto row = encode(counters);
            auto key = commit.text.append(own_key(partition));
            auto value = commit.text.append({row.data(), row.size()});
            commit.rows.push_back({key, value});
        }
        Group group;
        group.append(commit);
        group.close(tally);
        rows_written = group.batch().count();
        store.commit(group.batch(), [](const sfg::storage::StoreResult<void>& result) {
            REQUIRE(result.has_value());
        });
    }

    void begin_epoch() {
        REQUIRE(sfg::commit::begin_epoch(store).has_value());
        tally.clear();
    }

    // What its own row says.
    [[nodiscard]] std::uint64_t accepted(PartitionId partition) {
        auto row = *store.snapshot()->get(own_key(partition));
        return row ? sfg::engine::decode_partition_counters(row->view())->accepted : 0;
    }

    [[nodiscard]] bool has_tally() {
        return (*store.snapshot()->get(sfg::commit::tally_key())).has_value();
    }

    MemoryStore store{{sfg::StoreId{1}, 128}, std::make_shared<sfg::storage::MemoryDisk>()};
    Tally tally{2};
    std::uint64_t next = 1;
    std::size_t rows_written = 0;
};

}  // namespace

TEST_CASE("a group of few partitions writes their own rows", "[commit]") {
    Writer writer;
    writer.write({{0, 1}, {127, 300}});
    CHECK(writer.rows_written == 2);
    CHECK(writer.accepted(127) == 300);
    CHECK_FALSE(writer.has_tally());
}

TEST_CASE("a group of many partitions writes one row for all of them", "[commit]") {
    Writer writer;
    writer.write({{0, 1}, {5, 1ULL << 63U}, {127, 300}});
    CHECK(writer.rows_written == 1);
    CHECK(writer.accepted(5) == 0);
    writer.begin_epoch();
    CHECK(writer.accepted(0) == 1);
    CHECK(writer.accepted(5) == 1ULL << 63U);
    CHECK(writer.accepted(127) == 300);
    CHECK_FALSE(writer.has_tally());
}

TEST_CASE("a tally still names who is behind since an earlier group", "[commit]") {
    Writer writer;
    writer.write({{1, 10}, {2, 20}, {3, 30}});
    writer.write({{4, 40}, {5, 50}, {6, 60}});
    writer.begin_epoch();
    CHECK(writer.accepted(1) == 10);
    CHECK(writer.accepted(6) == 60);
}

TEST_CASE("of an own row and a tally the newer one is true", "[commit]") {
    Writer writer;
    writer.write({{1, 10}, {2, 20}, {3, 30}});
    writer.write({{1, 11}});  // Newer than the tally that is still there.
    SECTION("the own row stays") {
        writer.begin_epoch();
        CHECK(writer.accepted(1) == 11);
        CHECK(writer.accepted(2) == 20);
    }
    SECTION("until a later group has a tally again") {
        writer.write({{1, 12}, {4, 40}, {5, 50}});
        writer.begin_epoch();
        CHECK(writer.accepted(1) == 12);
        CHECK(writer.accepted(3) == 30);
    }
    SECTION("and a later epoch begins with nothing behind") {
        writer.begin_epoch();
        writer.write({{1, 13}, {2, 21}, {4, 40}});
        writer.begin_epoch();
        CHECK(writer.accepted(1) == 13);
        CHECK(writer.accepted(3) == 30);
    }
}

TEST_CASE("a tally that can't be read stops the start", "[commit]") {
    Writer writer;
    writer.write({{1, 10}, {2, 20}, {3, 30}});
    std::string tally((*writer.store.snapshot()->get(sfg::commit::tally_key()))->view());
    std::string damaged = GENERATE_COPY(
        std::string(),                                              // Nothing.
        std::string(1, '\x03') + tally,                             // Too few counters.
        tally.substr(0, tally.size() - 1),                          // The last one is missing.
        tally + "\xff\xff\xff",                                     // A number without end.
        tally + "\xff\xff\x7f" + tally.substr(2, tally.size() / 3)  // No such partition.
    );
    sfg::storage::WriteBatch batch;
    batch.put_copy(sfg::commit::tally_key(), damaged);
    writer.store.commit(batch, [](const sfg::storage::StoreResult<void>&) {});
    auto begun = sfg::commit::begin_epoch(writer.store);
    REQUIRE(begun.has_error());
    CHECK(begun.error().code == sfg::storage::StoreErrc::corrupt);
    CHECK(writer.accepted(1) == 0);
}
