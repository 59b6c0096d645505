#include "storage/write_batch.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sfg;
using storage::WriteBatch;

namespace {

std::vector<std::string> operations(const WriteBatch& batch) {
    std::vector<std::string> seen;
    batch.for_each([&](std::string_view key, const std::string_view* value) {
        seen.push_back(std::string(key) + (value == nullptr ? " -" : "=" + std::string(*value)));
    });
    return seen;
}

using Seen = std::vector<std::string>;

}  // namespace

TEST_CASE("a batch shows its operations in the order of their slots", "[write_batch]") {
    WriteBatch batch;
    batch.put_copy("a", "1");
    batch.remove("b");
    batch.put("c", SharedBytes(std::string_view("3")));
    batch.put_copy("", "");
    REQUIRE(operations(batch) == Seen{"a=1", "b -", "c=3", "="});
    REQUIRE(batch.count() == 4);
    REQUIRE(batch.bytes() == 5);
}

TEST_CASE("a cancelled slot does nothing and weighs nothing", "[write_batch]") {
    WriteBatch batch;
    auto put = batch.put("a", SharedBytes(std::string_view("12345")));
    auto removal = batch.remove("b");
    REQUIRE_FALSE(batch.empty());

    batch.cancel(put);
    REQUIRE(operations(batch) == Seen{"b -"});
    REQUIRE(batch.bytes() == 1);
    batch.cancel(removal);

    REQUIRE(operations(batch).empty());
    REQUIRE(batch.empty());
    REQUIRE(batch.count() == 0);
    REQUIRE(batch.bytes() == 0);
}

TEST_CASE("a replaced value keeps its place", "[write_batch]") {
    WriteBatch batch;
    auto copied = batch.put_copy("a", "1234");
    auto shared = batch.put("b", SharedBytes(std::string_view("1")));
    batch.put_copy("c", "end");

    batch.replace(copied, "12");
    batch.replace(shared, "22222");
    REQUIRE(operations(batch) == Seen{"a=12", "b=22222", "c=end"});
    REQUIRE(batch.bytes() == 13);

    batch.replace(copied, "longer than before");
    batch.replace(copied, "");
    REQUIRE(operations(batch) == Seen{"a=", "b=22222", "c=end"});
    REQUIRE(batch.bytes() == 11);
}

TEST_CASE("a shared value is held, not copied", "[write_batch]") {
    SharedBytes value(std::string_view("0123456789"));
    WriteBatch batch;
    batch.put("a", value);
    const char* seen = nullptr;
    batch.for_each([&](std::string_view, const std::string_view* held) { seen = held->data(); });
    REQUIRE(seen == value.data());
}

TEST_CASE("a cleared batch is as new", "[write_batch]") {
    WriteBatch batch;
    batch.put_copy("a", "1");
    batch.clear();
    REQUIRE(batch.empty());
    REQUIRE(batch.put_copy("b", "2") == 0);
    REQUIRE(operations(batch) == Seen{"b=2"});
}

TEST_CASE("a batch takes over single operations of another", "[write_batch]") {
    SharedBytes value(std::string_view("0123456789"));
    WriteBatch from;
    std::vector<WriteBatch::Slot> slots{
        from.put("shared", value), from.put_copy("text", "1"), from.remove("gone")
    };
    WriteBatch batch;
    for (WriteBatch::Slot slot : slots) {
        batch.add(from, slot);
    }
    REQUIRE(operations(batch) == operations(from));
    REQUIRE(batch.bytes() == from.bytes());
    REQUIRE(batch.count() == 3);
    const char* seen = nullptr;
    batch.for_each([&](std::string_view key, const std::string_view* held) {
        seen = key == "shared" ? held->data() : seen;
    });
    REQUIRE(seen == value.data());
}
