// What a store with pages promises beside what every store does.
#include "storage/paged_store.h"

#include "storage/key_codec.h"
#include "tests/contract/beds.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;
using storage::PagedStore;
using storage::PageLimits;
using storage::Range;
using storage::Table;
using storage::WriteBatch;

namespace {

std::string message_row(const std::string& id, std::uint64_t number, std::uint32_t index = 0) {
    std::string key = storage::entity_prefix(1, Table::message, {{"t", "f"}, id});
    storage::append_message_key(key, {CommitNumber{number}, index});
    return key;
}

// A store with pages on rows that can be looked at.
struct Bed {
    explicit Bed(PageLimits page_limits = {}) : limits(page_limits) { open(); }

    void open() {
        store.reset();
        auto below = std::make_unique<storage::MemoryStore>(kIdentity, disk);
        rows = below.get();
        store = std::make_unique<PagedStore>(std::move(below), limits, "/data");
        REQUIRE(store->load());
    }

    void put(const std::vector<std::string>& keys, const std::string& value = "message") {
        WriteBatch group;
        for (const std::string& key : keys) {
            group.put_copy(key, value);
        }
        REQUIRE(commit(*store, group));
    }

    void remove(const std::vector<std::string>& keys) {
        WriteBatch group;
        for (const std::string& key : keys) {
            group.remove(key);
        }
        REQUIRE(commit(*store, group));
    }

    void tick(int groups = 1) {
        for (int i = 0; i < groups; ++i) {
            put({"tick"}, std::to_string(++ticks));
        }
    }

    [[nodiscard]] std::size_t own_rows() const { return all_rows(*rows).size(); }

    [[nodiscard]] std::vector<std::string> keys(Range range = whole()) const {
        auto found = store->snapshot()->scan(range);
        REQUIRE(found);
        std::vector<std::string> keys;
        for (const storage::Row& row : found->rows) {
            keys.push_back(row.key);
        }
        return keys;
    }

    static Range whole() {
        Range range;
        range.to = "\xff";
        return range;
    }

    PageLimits limits;
    std::shared_ptr<storage::MemoryDisk> disk = std::make_shared<storage::MemoryDisk>();
    storage::MemoryStore* rows = nullptr;
    std::unique_ptr<PagedStore> store;
    int ticks = 0;
};

}  // namespace

TEST_CASE("messages of a group are one row, and are read one by one", "[paged_store]") {
    Bed bed;
    std::vector<std::string> keys{message_row("a", 1), message_row("b", 1, 1), message_row("a", 2)};
    bed.put(keys);
    CHECK(bed.own_rows() == 1);
    CHECK(all_rows(*bed.rows).begin()->first < storage::system_prefix(Table::store));
    CHECK(bed.keys() == std::vector{keys[0], keys[2], keys[1]});
    CHECK((*bed.store->snapshot()->get(keys[1]))->view() == "message");
    CHECK_FALSE(*bed.store->snapshot()->get(message_row("a", 3)));
    CHECK_FALSE(*bed.store->snapshot()->get(storage::page_key(1)));
}

TEST_CASE("a page goes with its last message, and nothing is left", "[paged_store]") {
    Bed bed;
    bed.put({message_row("a", 1), message_row("b", 1, 1)});
    bed.remove({message_row("a", 1)});
    CHECK(bed.keys() == std::vector{message_row("b", 1, 1)});
    bed.remove({message_row("b", 1, 1)});
    CHECK(bed.keys().empty());
    bed.tick();  // The page that said what was gone.
    CHECK(bed.store->pages() == 0);
    CHECK(bed.own_rows() == 1);
}

TEST_CASE("what is gone of a page stays gone after an opening", "[paged_store]") {
    Bed bed;
    bed.put({message_row("a", 1), message_row("b", 1, 1), message_row("c", 1, 2)});
    bed.remove({message_row("b", 1, 1)});
    bed.open();
    CHECK(bed.keys() == std::vector{message_row("a", 1), message_row("c", 1, 2)});
    bed.remove({message_row("a", 1)});
    bed.remove({message_row("c", 1, 2)});
    bed.open();
    CHECK(bed.keys().empty());
    bed.tick();
    CHECK(bed.store->pages() == 0);
}

TEST_CASE("what waits longer than pages are kept gets a row of its own", "[paged_store]") {
    PageLimits limits;
    limits.pages_max = 3;
    Bed bed(limits);
    bed.put({message_row("stays", 1), message_row("goes", 1, 1)});
    bed.remove({message_row("goes", 1, 1)});
    for (std::uint64_t number = 2; number < 6; ++number) {
        bed.put({message_row("later", number)});
        CHECK(bed.store->pages() <= 3);
    }
    CHECK((*bed.rows->snapshot()->get(message_row("stays", 1)))->view() == "message");
    CHECK(bed.keys().size() == 5);
    bed.open();
    CHECK(bed.keys().size() == 5);
    bed.remove({message_row("stays", 1)});
    CHECK(bed.keys().size() == 4);
    CHECK_FALSE(*bed.rows->snapshot()->get(message_row("stays", 1)));
}

TEST_CASE("pages keep to their bytes", "[paged_store]") {
    PageLimits limits;
    limits.bytes_max = 20'000;
    limits.page_bytes_max = 4'000;
    Bed bed(limits);
    std::string value(1'000, 'v');
    std::uint64_t number = 0;
    for (int group = 0; group < 20; ++group) {
        std::vector<std::string> keys;
        for (int i = 0; i < 10; ++i) {
            keys.push_back(message_row("a", ++number));
        }
        bed.put(keys, value);
        CHECK(bed.store->pages() <= 7);
    }
    CHECK(all_rows(*bed.store).size() == number);
}

TEST_CASE(
    "a large message, and one older than the last group, have rows of their own",
    "[paged_store]"
) {
    Bed bed;
    bed.put({message_row("large", 5)}, std::string(5'000, 'v'));
    CHECK(bed.store->pages() == 0);
    bed.put({message_row("older", 4)});
    CHECK(bed.store->pages() == 0);
    bed.put({message_row("newer", 6)});
    CHECK(bed.store->pages() == 1);
    CHECK(bed.keys().size() == 3);
}

TEST_CASE("a message that a group puts and removes is not there", "[paged_store]") {
    Bed bed;
    WriteBatch group;
    group.put_copy(message_row("a", 1), "message");
    group.put_copy(message_row("b", 1, 1), "message");
    group.remove(message_row("a", 1));
    REQUIRE(commit(*bed.store, group));
    CHECK(bed.keys() == std::vector{message_row("b", 1, 1)});
    bed.open();
    CHECK(bed.keys() == std::vector{message_row("b", 1, 1)});
}

TEST_CASE("a snapshot keeps what it saw while pages come and go", "[paged_store]") {
    PageLimits limits;
    limits.pages_max = 2;
    Bed bed(limits);
    bed.put({message_row("a", 1), message_row("b", 1, 1)});
    auto before = bed.store->snapshot();
    Rows seen = all_rows(*before);
    bed.remove({message_row("a", 1)});
    auto between = bed.store->snapshot();
    for (std::uint64_t number = 2; number < 8; ++number) {
        bed.put({message_row("later", number)});
    }
    bed.remove({message_row("b", 1, 1)});
    CHECK(all_rows(*before) == seen);
    CHECK(all_rows(*between) == Rows{{message_row("b", 1, 1), "message"}});
    CHECK(all_rows(*bed.store).size() == 6);
}

TEST_CASE("a group that fails shows nothing of itself to readers", "[paged_store]") {
    Bed bed;
    bed.put({message_row("a", 1)});
    bed.rows->fail({});
    WriteBatch group;
    group.remove(message_row("a", 1));
    group.put_copy(message_row("b", 2), "message");
    REQUIRE_FALSE(commit(*bed.store, group));
    CHECK(bed.keys() == std::vector{message_row("a", 1)});
    bed.open();
    CHECK(bed.keys() == std::vector{message_row("a", 1)});
}

TEST_CASE("once a group has failed the handle may go before commit() returns", "[paged_store]") {
    Bed bed;
    bed.put({message_row("a", 1)});
    bed.rows->fail({});
    WriteBatch group;
    group.put_copy(message_row("b", 2), "message");
    bool failed = false;
    bed.store->commit(group, [&](const storage::StoreResult<void>& result) {
        failed = result.has_error();
        bed.store.reset(
        );  // As its owner does, on another thread. Under ASan this means something.
    });
    CHECK(failed);
    bed.open();
    CHECK(bed.keys() == std::vector{message_row("a", 1)});
}

TEST_CASE("a scan of rows and pages keeps to its limits", "[paged_store]") {
    PageLimits limits;
    limits.message_bytes_max = 200;
    Bed bed(limits);
    for (std::uint64_t number = 1; number <= 30; ++number) {
        // Every third one has a row of its own.
        bed.put({message_row("a", number)}, std::string(number % 3 == 0 ? 300 : 30, 'v'));
    }
    Range range;
    range.from = storage::partition_prefix(1, Table::message);
    range.to = storage::prefix_end(range.from);
    range.rows_max = 7;
    CHECK(bed.keys(range).size() == 7);
    CHECK(bed.keys(range).back() == message_row("a", 7));
    range.bytes_max = 1;
    CHECK(bed.keys(range) == std::vector{message_row("a", 1)});
    range.from = message_row("a", 29);
    range.to = message_row("a", 30);
    CHECK(bed.keys(range) == std::vector{message_row("a", 29)});
    range.keys_only = true;
    CHECK((*bed.store->snapshot()->scan(range)).rows.at(0).value.empty());
    CHECK(all_rows(*bed.store).size() == 30);
}

TEST_CASE("a page that can't be read stops the opening", "[paged_store]") {
    auto damage = [](const std::string& row) {
        Bed bed;
        bed.put({message_row("a", 1)});
        bed.put({message_row("b", 2)});
        WriteBatch group;
        group.put_copy(storage::page_key(2), row);
        REQUIRE(commit(*bed.rows, group));
        auto below = std::make_unique<storage::MemoryStore>(kIdentity, bed.disk);
        auto opened = storage::with_pages(std::move(below), {}, "/data");
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == storage::StoreErrc::corrupt);
        CHECK(opened.error().reason.find("/data: page 2 ") != std::string::npos);
    };
    damage("");
    damage("\x01");  // A message that does not come.
    damage(
        std::string("\x01\x03"
                    "abc\x01v")
    );                                       // One that is none.
    damage(std::string("\x00\x01\x09", 3));  // What is gone was never there.
    damage(std::string("\x00\x00\x00", 3));  // Of the page itself.
    damage(std::string("\x00\x01", 2));      // Half of what is gone.
}

TEST_CASE("a page that is missing stops the opening", "[paged_store]") {
    Bed bed;
    for (std::uint64_t number = 1; number <= 3; ++number) {
        bed.put({message_row("a", number)});
    }
    WriteBatch group;
    group.remove(storage::page_key(2));
    REQUIRE(commit(*bed.rows, group));
    auto below = std::make_unique<storage::MemoryStore>(kIdentity, bed.disk);
    auto opened = storage::with_pages(std::move(below), {}, "/data");
    CHECK(opened.error().code == storage::StoreErrc::corrupt);
    CHECK(opened.error().reason.find("page 2 of the messages is missing") != std::string::npos);
}
