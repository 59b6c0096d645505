// What every store promises, for each of them.
#include "tests/contract/beds.h"

#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;
using storage::Range;
using storage::WriteBatch;

#define EVERY_STORE MemoryBed, DiskBed, FaultBed, PagedMemoryBed, PagedDiskBed

namespace {

void put(storage::Store& store, const Rows& rows) {
    WriteBatch group;
    for (const auto& [key, value] : rows) {
        group.put_copy(key, value);
    }
    REQUIRE(commit(store, group));
}

std::vector<std::string> keys(const storage::ScanResult& result) {
    std::vector<std::string> found;
    for (const storage::Row& row : result.rows) {
        found.push_back(row.key);
    }
    return found;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "a store returns what was put and nothing for other keys",
    "[store]",
    EVERY_STORE
) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"a", "1"}, {"b", "2"}});

    auto snapshot = store->snapshot();
    REQUIRE((*snapshot->get("a"))->view() == "1");
    REQUIRE((*snapshot->get("b"))->view() == "2");
    REQUIRE_FALSE(*snapshot->get("c"));
    REQUIRE_FALSE(*snapshot->get(""));
}

TEMPLATE_TEST_CASE("an empty value is not an absent one", "[store]", EVERY_STORE) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"empty", ""}});

    auto value = store->snapshot()->get("empty");
    REQUIRE(value);
    REQUIRE(value->has_value());
    REQUIRE((*value)->empty());
    REQUIRE_FALSE(*store->snapshot()->get("absent"));
}

TEMPLATE_TEST_CASE(
    "a key may hold any bytes and rows stand in byte order",
    "[store]",
    EVERY_STORE
) {
    using namespace std::string_literals;
    TestType bed;
    auto store = bed.open();
    Rows rows{
        {"\0"s, "nul"},
        {"\0\xff"s, "nul ff"},
        {"\0\x01"s, "nul 01"},
        {"a/b%", "text"},
        {"\x7f", "7f"},
        {"\x80", "80"},
        {"\xff\xff", "ff ff"},
        {"\xff", "ff"},
        {std::string(64 << 10, 'k'), "long"}
    };
    put(*store, rows);
    REQUIRE(all_rows(*store) == rows);

    Range range;
    range.to = "\xff\xff\xff";
    auto scanned = store->snapshot()->scan(range);
    std::vector<std::string> expected;
    for (const auto& [key, value] : rows) {
        expected.push_back(key);
    }
    REQUIRE(keys(*scanned) == expected);
}

TEMPLATE_TEST_CASE("a scan takes from inclusive and to exclusive", "[store]", EVERY_STORE) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"a", ""}, {"b", ""}, {"b1", ""}, {"c", ""}, {"d", ""}});
    auto snapshot = store->snapshot();

    Range range;
    range.from = "b";
    range.to = "d";
    REQUIRE(keys(*snapshot->scan(range)) == std::vector<std::string>{"b", "b1", "c"});
    REQUIRE_FALSE(snapshot->scan(range)->more);

    range.from = "d";
    REQUIRE(keys(*snapshot->scan(range)).empty());
    range.from = "z";
    REQUIRE(keys(*snapshot->scan(range)).empty());
}

TEMPLATE_TEST_CASE(
    "a scan ends at its row limit and says if there is more",
    "[store]",
    EVERY_STORE
) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"a", ""}, {"b", ""}, {"c", ""}});
    auto snapshot = store->snapshot();
    Range range;
    range.to = "d";

    range.rows_max = 2;
    auto part = snapshot->scan(range);
    REQUIRE(keys(*part) == std::vector<std::string>{"a", "b"});
    REQUIRE(part->more);

    range.rows_max = 3;
    part = snapshot->scan(range);
    REQUIRE(keys(*part).size() == 3);
    REQUIRE_FALSE(part->more);

    // The fourth row is outside of the range: nothing more in it.
    range.to = "c";
    range.rows_max = 2;
    REQUIRE_FALSE(snapshot->scan(range)->more);
}

TEMPLATE_TEST_CASE(
    "a scan ends at its byte limit, but takes one row at least",
    "[store]",
    EVERY_STORE
) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"a", std::string(100, 'x')}, {"b", std::string(100, 'y')}, {"c", ""}});
    auto snapshot = store->snapshot();
    Range range;
    range.to = "d";

    range.bytes_max = 1;
    auto part = snapshot->scan(range);
    REQUIRE(keys(*part) == std::vector<std::string>{"a"});
    REQUIRE(part->more);

    range.bytes_max = 202;
    part = snapshot->scan(range);
    REQUIRE(keys(*part) == std::vector<std::string>{"a", "b"});
    REQUIRE(part->more);

    range.bytes_max = 203;
    REQUIRE_FALSE(snapshot->scan(range)->more);
}

TEMPLATE_TEST_CASE("a scan of keys only leaves the values out", "[store]", EVERY_STORE) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"a", std::string(1000, 'x')}, {"b", "y"}});
    Range range;
    range.to = "c";
    range.keys_only = true;
    range.bytes_max = 2;

    auto part = store->snapshot()->scan(range);

    REQUIRE(keys(*part) == std::vector<std::string>{"a", "b"});
    REQUIRE(part->rows[0].value.empty());
    REQUIRE_FALSE(part->more);
}

TEMPLATE_TEST_CASE("a group's operations apply in their order", "[store]", EVERY_STORE) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"old", "1"}});
    WriteBatch group;
    group.put_copy("a", "1");
    group.remove("a");
    group.put_copy("b", "1");
    group.remove("b");
    group.put_copy("b", "2");
    group.put_copy("c", "1");
    group.put_copy("c", "2");
    group.remove("old");
    group.remove("never there");
    REQUIRE(commit(*store, group));

    REQUIRE(all_rows(*store) == Rows{{"b", "2"}, {"c", "2"}});
}

TEMPLATE_TEST_CASE(
    "cancelled and replaced slots count as they stand at the commit",
    "[store]",
    EVERY_STORE
) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"kept", "1"}});
    WriteBatch group;
    auto cancelled = group.put("cancelled", SharedBytes(std::string_view("x")));
    auto longer = group.put_copy("longer", "x");
    auto shorter = group.put_copy("shorter", "xxxxxxxx");
    auto deleting = group.remove("kept");
    group.cancel(cancelled);
    group.replace(longer, std::string(1000, 'l'));
    group.replace(shorter, "");
    group.cancel(deleting);
    REQUIRE(commit(*store, group));

    REQUIRE(
        all_rows(*store) == Rows{{"kept", "1"}, {"longer", std::string(1000, 'l')}, {"shorter", ""}}
    );
}

TEMPLATE_TEST_CASE("a snapshot does not change", "[store]", EVERY_STORE) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"a", "1"}, {"b", "1"}});
    auto before = store->snapshot();

    WriteBatch group;
    group.put_copy("a", "2");
    group.remove("b");
    group.put_copy("c", "2");
    REQUIRE(commit(*store, group));
    auto after = store->snapshot();
    put(*store, {{"a", "3"}, {"b", "3"}});

    REQUIRE(all_rows(*before) == Rows{{"a", "1"}, {"b", "1"}});
    REQUIRE((*before->get("a"))->view() == "1");
    REQUIRE_FALSE(*before->get("c"));
    REQUIRE(all_rows(*after) == Rows{{"a", "2"}, {"c", "2"}});
    REQUIRE(all_rows(*store) == Rows{{"a", "3"}, {"b", "3"}, {"c", "2"}});
}

TEMPLATE_TEST_CASE("a value may be as large as the largest body", "[store]", EVERY_STORE) {
    TestType bed;
    std::string large(33 << 20, '\0');
    for (std::size_t i = 0; i < large.size(); i += 97) {
        large[i] = static_cast<char>(i * 31 >> 7);
    }
    auto store = bed.open();
    WriteBatch group;
    group.put("large", SharedBytes(large));
    REQUIRE(commit(*store, group));

    REQUIRE((*store->snapshot()->get("large"))->view() == large);
    store.reset();
    REQUIRE((*bed.open()->snapshot()->get("large"))->view() == large);
}

TEMPLATE_TEST_CASE(
    "what was durable is there when the store is opened anew",
    "[store]",
    EVERY_STORE
) {
    TestType bed;
    auto store = bed.open();
    put(*store, {{"a", "1"}, {"b", "1"}});
    WriteBatch group;
    group.remove("a");
    REQUIRE(commit(*store, group));
    store.reset();

    store = bed.open();
    REQUIRE(all_rows(*store) == Rows{{"b", "1"}});
    put(*store, {{"c", "2"}});
    store.reset();

    REQUIRE(all_rows(*bed.open()) == Rows{{"b", "1"}, {"c", "2"}});
}

TEMPLATE_TEST_CASE("a store keeps its identity", "[store]", EVERY_STORE) {
    TestType bed;
    REQUIRE(bed.open()->identity().id == kIdentity.id);
    REQUIRE(bed.open()->identity().id == kIdentity.id);
    REQUIRE(bed.open()->identity().partitions == kIdentity.partitions);
}

TEMPLATE_TEST_CASE("an empty group is durable at once", "[store]", EVERY_STORE) {
    TestType bed;
    auto store = bed.open();
    REQUIRE(commit(*store, WriteBatch()));
    REQUIRE(all_rows(*store).empty());
}
