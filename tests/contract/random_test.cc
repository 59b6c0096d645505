// Random groups against a map, for every store.
#include "storage/key_codec.h"
#include "tests/contract/beds.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

std::string random_bytes(std::mt19937_64& random, std::size_t size_max) {
    std::string bytes(random() % (size_max + 1), '\0');
    for (char& byte : bytes) {
        byte = static_cast<char>(random());
    }
    return bytes;
}

// A key from a small set, so that groups meet: with NULs and FFs in it. None is the store's own.
std::string random_key(std::mt19937_64& random) {
    std::string key(1, static_cast<char>(random() % 2));
    for (std::size_t i = random() % 4; i > 0; --i) {
        key += "\x00\x01\x7f\xff"[random() % 4];
    }
    return key < storage::kOwnRowsBegin ? key : std::max(key, std::string(storage::kOwnRowsEnd));
}

void add_random_operation(storage::WriteBatch& group, Rows& model, std::mt19937_64& random) {
    std::string key = random_key(random);
    std::string value = random_bytes(random, random() % 10 == 0 ? 3000 : 30);
    switch (random() % 5) {
        case 0:
            group.remove(key);
            model.erase(key);
            break;
        case 1:
            group.cancel(group.put_copy(key, value));
            break;
        case 2:
            group.replace(group.put(key, SharedBytes(random_bytes(random, 30))), value);
            model[key] = value;
            break;
        default:
            group.put(key, SharedBytes(value));
            model[key] = value;
            break;
    }
}

// Mailboxes that are near to each other in the ways that matter.
std::string random_mailbox(std::mt19937_64& random) {
    using namespace std::string_literals;
    static const std::vector<std::string> kIds{"", "a", "a\0"s, "a\0\x01"s, "\xff", "b"};
    auto partition = static_cast<PartitionId>(random() % 2 == 0 ? 7 : 65'535);
    Address address{{"t", random() % 2 == 0 ? "f" : "g"}, kIds[random() % kIds.size()]};
    return storage::entity_prefix(partition, storage::Table::message, address);
}

// Messages as the gateway has them: with ever newer numbers, and the first ones go first, mostly.
class RandomMessages {
public:
    void add_to(storage::WriteBatch& group, Rows& model, std::mt19937_64& random) {
        for (std::size_t i = random() % 6; i > 0; --i) {
            ++number_;
            for (std::uint32_t index = 0; index < random() % 4; ++index) {
                std::string key = random_mailbox(random);
                storage::append_message_key(key, {CommitNumber{number_}, index});
                std::string value = random_bytes(random, random() % 10 == 0 ? 1'000 : 40);
                group.put_copy(key, value);
                model[key] = value;
                waiting_.push_back(key);
            }
        }
        for (std::size_t i = random() % 9; i > 0 && !waiting_.empty(); --i) {
            std::size_t first_ones = std::min<std::size_t>(waiting_.size(), 12);
            auto which = waiting_.begin() + static_cast<std::ptrdiff_t>(random() % first_ones);
            group.remove(*which);
            model.erase(*which);
            waiting_.erase(which);
        }
    }

    // A range of the kinds that the gateway reads: of a mailbox, from a message to another one, and
    // of a type.
    [[nodiscard]] storage::Range range(std::mt19937_64& random) const {
        storage::Range range;
        std::string mailbox = random_mailbox(random);
        range.from = mailbox;
        range.to = storage::prefix_end(mailbox);
        if (random() % 2 == 0) {
            storage::append_message_key(range.from, {CommitNumber{random() % (number_ + 1)}, 1});
        }
        if (random() % 3 == 0) {
            range.to = mailbox;
            storage::append_message_key(range.to, {CommitNumber{number_}, 1});
        }
        if (random() % 3 == 0) {
            range.from = storage::type_prefix(7, storage::Table::message, {"t", "f"});
            range.to = storage::prefix_end(range.from);
        }
        range.rows_max = 1 + random() % 8;
        range.bytes_max = random() % 2 == 0 ? 300 : 1 << 20;
        return range;
    }

private:
    std::uint64_t number_ = 0;
    std::vector<std::string> waiting_;
};

// Read in portions, a range has the rows that the model has in it.
void compare_range(storage::Snapshot& snapshot, storage::Range range, const Rows& model) {
    auto expected = model.lower_bound(range.from);
    bool more = true;
    while (more) {
        auto part = snapshot.scan(range);
        REQUIRE(part);
        for (const storage::Row& row : part->rows) {
            REQUIRE(expected != model.end());
            REQUIRE(row.key == expected->first);
            REQUIRE(row.value.view() == expected->second);
            REQUIRE((*snapshot.get(row.key))->view() == expected->second);
            ++expected;
        }
        REQUIRE(part->rows.size() <= range.rows_max);
        more = part->more;
        REQUIRE_FALSE((more && part->rows.empty()));
        range.from = more ? part->rows.back().key + '\0' : range.from;
    }
    REQUIRE((expected == model.end() || expected->first >= range.to));
}

// `add(group, model, random)` makes up a group and what it does to the model; `look(store, model,
// random)` compares something after each.
template <typename Bed, typename Add, typename Look>
void compare_with_map(Add add, Look look) {
    std::mt19937_64 random(20260101);
    Bed bed;
    auto store = bed.open();
    Rows model;
    std::vector<std::pair<std::unique_ptr<storage::Snapshot>, Rows>> snapshots;
    for (int round = 0; round < 400; ++round) {
        storage::WriteBatch group;
        add(group, model, random);
        REQUIRE(commit(*store, group));
        look(*store, model, random);
        if (random() % 10 == 0) {
            snapshots.emplace_back(store->snapshot(), model);
        }
        if (random() % 20 == 0 && !snapshots.empty()) {
            std::size_t which = random() % snapshots.size();
            REQUIRE(all_rows(*snapshots[which].first) == snapshots[which].second);
            snapshots.erase(snapshots.begin() + static_cast<std::ptrdiff_t>(which));
        }
        if (random() % 40 == 0) {
            for (const auto& [snapshot, rows] : snapshots) {
                REQUIRE(all_rows(*snapshot) == rows);
            }
            snapshots.clear();
            store.reset();
            store = bed.open();
            REQUIRE(all_rows(*store) == model);
        }
    }
    REQUIRE(all_rows(*store) == model);
    snapshots.clear();
}

}  // namespace

TEMPLATE_TEST_CASE(
    "random groups, snapshots and reopenings agree with a map",
    "[store]",
    MemoryBed,
    DiskBed,
    FaultBed,
    PagedMemoryBed
) {
    auto add = [](auto& group, Rows& model, std::mt19937_64& random) {
        for (std::size_t i = random() % 20; i > 0; --i) {
            add_random_operation(group, model, random);
        }
    };
    compare_with_map<TestType>(add, [](const auto&...) {});
}

TEMPLATE_TEST_CASE(
    "random messages, snapshots and reopenings agree with a map",
    "[store]",
    MemoryBed,
    PagedMemoryBed,
    PagedDiskBed,
    PagedFaultBed
) {
    RandomMessages messages;
    auto add = [&messages](auto& group, Rows& model, std::mt19937_64& random) {
        add_random_operation(group, model, random);
        messages.add_to(group, model, random);
    };
    auto look = [&messages](storage::Store& store, const Rows& model, std::mt19937_64& random) {
        compare_range(*store.snapshot(), messages.range(random), model);
    };
    compare_with_map<TestType>(add, look);
}
