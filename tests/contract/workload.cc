#include "tests/contract/workload.h"

#include "storage/key_codec.h"

#include <algorithm>

namespace sfg::test {

using storage::StoreErrc;
using storage::WriteBatch;

namespace {

constexpr std::size_t kWriteBufferBytes = 64 << 10;
constexpr std::size_t kLargeValueBytes = 100 << 10;

std::string random_text(std::mt19937_64& random, std::size_t bytes) {
    std::string text(bytes, '\0');
    for (char& byte : text) {
        byte = static_cast<char>(random());
    }
    return text;
}

std::string message_row(std::size_t number, std::uint32_t index) {
    std::string key = storage::entity_prefix(1, storage::Table::message, {{"t", "f"}, "id"});
    storage::append_message_key(key, {CommitNumber{number}, index});
    return key;
}

// So few that messages leave them.
constexpr storage::PageLimits kPages{.pages_max = 4, .bytes_max = 10'000};

}  // namespace

Workload::Workload(std::size_t groups, std::uint64_t seed) : contents_(1) {
    std::mt19937_64 random(seed);
    for (std::size_t i = 0; i < groups; ++i) {
        add_group(random, i % 17 == 11);
    }
}

void Workload::add_group(std::mt19937_64& random, bool large) {
    WriteBatch group;
    Rows rows = contents_.back();
    auto put = [&](const std::string& key, const std::string& value) {
        group.put_copy(key, value);
        rows[key] = value;
    };
    put("number", std::to_string(groups_.size() + 1));
    for (std::size_t i = random() % 4; i > 0; --i) {
        std::string key = "row " + std::to_string(random() % 30);
        if (random() % 3 == 0) {
            group.remove(key);
            rows.erase(key);
        } else {
            put(key, random_text(random, random() % 6000));
        }
    }
    // Messages come, and most of those of the group before go.
    for (std::uint32_t index = 0; index < 3; ++index) {
        put(message_row(groups_.size() + 1, index), random_text(random, random() % 200));
        std::string former = message_row(groups_.size(), index);
        if (random() % 8 != 0 && rows.erase(former) > 0) {
            group.remove(former);
        }
    }
    if (large) {
        put("large " + std::to_string(random() % 2), random_text(random, kLargeValueBytes));
    }
    groups_.push_back(std::move(group));
    contents_.push_back(std::move(rows));
}

std::size_t Workload::prefix_of(const Rows& rows) const {
    auto number = rows.find("number");
    std::size_t groups = number == rows.end() ? 0 : std::stoul(number->second);
    REQUIRE(groups < contents_.size());
    // Not compared by REQUIRE itself: it would print a megabyte.
    bool equal = rows == contents_[groups];
    REQUIRE(equal);
    return groups;
}

FaultyStore::FaultyStore(FaultEnv& files) : store_(storage::StoreError{}) {
    storage::LevelDbOptions options;
    options.directory = "/disk/store";
    options.partitions = kIdentity.partitions;
    options.new_id = kIdentity.id;
    options.files = &files;
    options.write_buffer_bytes = kWriteBufferBytes;
    options.background = [this](std::function<void()> work) {
        background_.push_back(std::move(work));
    };
    store_ = storage::with_pages(storage::open_leveldb(options), kPages, options.directory);
}

FaultyStore::~FaultyStore() {
    // LevelDB waits for its compactions when it is closed.
    run_background();
}

void FaultyStore::run_background() {
    while (!background_.empty()) {
        auto work = std::move(background_.front());
        background_.pop_front();
        work();
    }
}

namespace {

void check_dead_handle(FaultyStore& faulty, const Workload& workload, std::size_t durable) {
    WriteBatch more;
    more.put_copy("never", "there");
    auto said = commit(faulty.store(), more);
    REQUIRE_FALSE(said);
    REQUIRE(said.error().code == StoreErrc::dead);
    REQUIRE(workload.prefix_of(all_rows(faulty.store())) == durable);
}

}  // namespace

RunResult run_workload(FaultEnv& files, const Workload& workload, std::size_t from) {
    std::mt19937_64 random(from);
    RunResult result;
    result.durable = from;
    FaultyStore faulty(files);
    if (!faulty.opened()) {
        result.failure = faulty.opened().error();
        return result;
    }
    REQUIRE(workload.prefix_of(all_rows(faulty.store())) == from);
    for (std::size_t n = from; n < workload.size(); ++n) {
        const WriteBatch& group = workload.group(n);
        bool large = group.bytes() > kWriteBufferBytes / 2;
        if (large) {
            faulty.run_background();
        }
        auto said = commit(faulty.store(), group);
        if (!said) {
            result.in_doubt = true;
            result.failure = said.error();
            check_dead_handle(faulty, workload, n);
            return result;
        }
        result.durable = n + 1;
        // Compactions stand back for a group or two, so that a failure can hit them in between.
        if (large || n % 2 == 0 || random() % 2 == 0) {
            faulty.run_background();
        }
    }
    return result;
}

std::size_t recovered_groups(FaultEnv& files, const Workload& workload) {
    FaultyStore faulty(files);
    REQUIRE(faulty.opened());
    return workload.prefix_of(all_rows(faulty.store()));
}

}  // namespace sfg::test
