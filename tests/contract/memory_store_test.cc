// What the reference store adds for tests: failures and groups that wait.
#include "storage/memory_store.h"

#include "tests/contract/beds.h"

#include <vector>

using namespace sfg;
using namespace sfg::test;
using storage::MemoryStore;
using storage::StoreErrc;
using storage::StoreResult;
using storage::WriteBatch;

namespace {

WriteBatch one_row(const std::string& key) {
    WriteBatch group;
    group.put_copy(key, "1");
    return group;
}

}  // namespace

TEST_CASE("a memory store fails when asked and is dead from then on", "[memory_store]") {
    for (bool survives : {false, true}) {
        auto disk = std::make_shared<storage::MemoryDisk>();
        {
            MemoryStore store(kIdentity, disk);
            store.fail({1, StoreErrc::no_space, survives});
            REQUIRE(commit(store, one_row("a")));
            REQUIRE(commit(store, one_row("b")).error().code == StoreErrc::no_space);
            REQUIRE(commit(store, one_row("c")).error().code == StoreErrc::dead);
            // In doubt: this handle does not show it.
            REQUIRE(all_rows(store) == Rows{{"a", "1"}});
        }
        MemoryStore anew(kIdentity, disk);
        Rows expected = survives ? Rows{{"a", "1"}, {"b", "1"}} : Rows{{"a", "1"}};
        REQUIRE(all_rows(anew) == expected);
        REQUIRE(commit(anew, one_row("d")));
    }
}

TEST_CASE("groups that wait become durable in order, when the test says so", "[memory_store]") {
    auto disk = std::make_shared<storage::MemoryDisk>();
    std::vector<int> durable;
    {
        MemoryStore store(kIdentity, disk, MemoryStore::Durable::by_hand);
        for (int i = 0; i < 3; ++i) {
            store.commit(one_row(std::to_string(i)), [&durable, i](StoreResult<void> result) {
                REQUIRE(result);
                durable.push_back(i);
            });
        }
        REQUIRE(store.waiting() == 3);
        REQUIRE(all_rows(store).empty());
        store.settle(2);
        REQUIRE(durable == std::vector<int>{0, 1});
        REQUIRE(all_rows(store) == Rows{{"0", "1"}, {"1", "1"}});
    }
    // The handle went away with one group waiting: a crash.
    MemoryStore anew(kIdentity, disk);
    REQUIRE(all_rows(anew) == Rows{{"0", "1"}, {"1", "1"}});
    REQUIRE(durable.size() == 2);
}
