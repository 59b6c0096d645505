// Readers beside the thread that commits: what a snapshot shows is one state that was.
#include "storage/key_codec.h"
#include "tests/contract/beds.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr std::string_view kCount = "how many wait";

std::string message_row(std::uint64_t number) {
    std::string id = std::to_string(number % 7);
    std::string key = storage::entity_prefix(1, storage::Table::message, {{"t", "f"}, id});
    storage::append_message_key(key, {CommitNumber{number}, 0});
    return key;
}

// Each group says how many messages wait after it.
class Writer {
public:
    void write_group(storage::Store& store) {
        storage::WriteBatch group;
        for (int i = 0; i < 5; ++i) {
            ++newest_;
            std::string value(newest_ % 11 == 0 ? 500 : 20, 'v');  // Some are too large for a page.
            group.put_copy(message_row(newest_), value);
        }
        // A few of the oldest stay for long, so that pages run out.
        std::uint64_t up_to = newest_ < 40 ? 0 : newest_ - 40;
        while (gone_ < up_to) {
            if (++gone_ % 9 != 0) {
                group.remove(message_row(gone_));
            } else {
                ++stay_;
            }
        }
        group.put_copy(kCount, std::to_string(newest_ - gone_ + stay_));
        // Not by Catch2, which knows one thread.
        store.commit(group, [this](const storage::StoreResult<void>& result) {
            failed_ = failed_ || result.has_error();
        });
    }

    [[nodiscard]] bool failed() const { return failed_; }

private:
    std::uint64_t newest_ = 0;
    std::uint64_t gone_ = 0;
    std::uint64_t stay_ = 0;
    bool failed_ = false;
};

// Whether as many messages are there as it says.
bool is_one_state(storage::Snapshot& snapshot) {
    auto count = snapshot.get(kCount);
    storage::Range range;
    range.from = storage::partition_prefix(1, storage::Table::message);
    range.to = storage::prefix_end(range.from);
    range.rows_max = 100'000;
    auto messages = snapshot.scan(range);
    if (count.has_error() || messages.has_error()) {
        return false;
    }
    std::size_t mailboxes = 0;
    for (int id = 0; id < 7; ++id) {
        range.from =
            storage::entity_prefix(1, storage::Table::message, {{"t", "f"}, std::to_string(id)});
        range.to = storage::prefix_end(range.from);
        auto mailbox = snapshot.scan(range);
        mailboxes += mailbox.has_value() ? mailbox->rows.size() : 0;
    }
    std::string expected = *count ? std::string((*count)->view()) : "0";
    return std::to_string(messages->rows.size()) == expected &&
           std::to_string(mailboxes) == expected;
}

}  // namespace

TEMPLATE_TEST_CASE(
    "readers see one state while groups are written",
    "[store]",
    MemoryBed,
    DiskBed,
    PagedMemoryBed,
    PagedDiskBed
) {
    constexpr int kGroups = 400;
    constexpr int kLooksMin = 50;
    constexpr int kGroupsMax = 50'000;
    TestType bed;
    auto store = bed.open();
    std::atomic<bool> done = false;
    std::atomic<int> torn = 0;
    std::atomic<int> looks = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
        readers.emplace_back([&] {
            while (!done) {
                torn += is_one_state(*store->snapshot()) ? 0 : 1;
                ++looks;
            }
        });
    }
    Writer writer;
    for (int i = 0; i < kGroups || (looks < kLooksMin && i < kGroupsMax); ++i) {
        writer.write_group(*store);
    }
    done = true;
    for (std::thread& reader : readers) {
        reader.join();
    }
    REQUIRE_FALSE(writer.failed());
    REQUIRE(torn == 0);
    REQUIRE(looks >= kLooksMin);
    REQUIRE(is_one_state(*store->snapshot()));
}
