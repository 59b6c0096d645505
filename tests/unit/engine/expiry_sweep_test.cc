// The sweep: expired values leave the disk, and nothing else does.
#include "gateway/commit/reader.h"
#include "gateway/engine/expiration.h"
#include "tests/unit/engine/expiring_function.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::Table;

namespace {

// Lets time pass in steps, with everything becoming durable meanwhile.
void pass(EngineBed& bed, seconds time) {
    for (seconds gone{0}; gone < time; gone += seconds(1)) {
        bed.advance(seconds(1));
        while (!bed.group.empty()) {
            bed.sync();
        }
    }
}

engine::EngineOptions few_partitions() {
    engine::EngineOptions options;
    options.partitions = 2;
    return options;
}

}  // namespace

TEST_CASE(
    "expired values leave the disk without anybody asking for them",
    "[engine][checklist-36]"
) {
    bool in_memory = GENERATE(true, false);
    engine::EngineOptions options = few_partitions();
    options.memory_budget_bytes = in_memory ? 1U << 24 : 1;
    ExpiringFunction f(ExpireMode::after_write, 10'000, options);
    for (int i = 0; i < 300; ++i) {
        f.write("e" + std::to_string(i), "1");
    }
    CHECK(f.bed.durable_rows(Table::state) == 300);
    SECTION("while the process runs") {
        pass(f.bed, seconds(9));
        CHECK(f.bed.durable_rows(Table::state) == 300);
    }
    SECTION("after a downtime") {
        f.bed.now += hours(5);
        f.bed.crash();
    }
    pass(f.bed, seconds(8));
    CHECK(f.bed.durable_rows(Table::state) == 0);
    CHECK(f.bed.durable_rows(Table::expiry) == 0);
    CHECK(f.bed.core->stuck_entities() == 0);
    CHECK(f.read("e7") == std::nullopt);
    if (!in_memory) {
        CHECK(f.bed.core->stats().entities_in_memory <= 1);
    }
}

TEST_CASE("an old entry does not delete what was rewritten since", "[engine][hazard-17]") {
    bool in_memory = GENERATE(true, false);
    engine::EngineOptions options = few_partitions();
    options.memory_budget_bytes = in_memory ? 1U << 24 : 1;
    ExpiringFunction f(ExpireMode::after_write, 10'000, options);
    f.write("a", "old");
    f.bed.advance(seconds(8));
    f.write("a", "new");
    pass(f.bed, seconds(8));
    CHECK(f.bed.durable_rows(Table::state) == 1);
    CHECK(f.bed.durable_rows(Table::expiry) == 1);
    CHECK(f.read("a") == "new");
    pass(f.bed, seconds(5));
    CHECK(f.bed.durable_rows(Table::state) == 0);
}

TEST_CASE("a value is rewritten between the sweep's reads", "[engine][hazard-17]") {
    engine::EngineOptions options = few_partitions();
    options.memory_budget_bytes = 1;
    ExpiringFunction f(ExpireMode::after_write, 10'000, options);
    f.write("a", "old");
    f.bed.hold_reads = true;
    f.bed.advance(seconds(11));
    // Whichever read is out, the message comes, and the function writes as soon as it is called.
    f.bed.send("f", "a", "x");
    for (int i = 0; i < 50; ++i) {
        if (!f.bed.reads.empty()) {
            engine::ReadRequest request = std::move(f.bed.reads.front());
            f.bed.reads.pop_front();
            f.bed.core->on(engine::Loaded{
                request.epoch, request.id, commit::answer_read(*f.bed.store, request)
            });
        }
        if (!f.bed.calls.empty()) {
            auto response = done();
            set_state(response, "n", "new");
            f.bed.answer(response);
        }
        f.bed.sync();
    }
    f.bed.hold_reads = false;
    f.bed.answer_reads();
    pass(f.bed, seconds(3));
    CHECK(f.bed.durable_rows(Table::state) == 1);
    CHECK(f.read("a") == "new");
}

TEST_CASE("nothing is deleted while a call of its entity is out", "[engine]") {
    ExpiringFunction f(ExpireMode::after_invoke, 10'000, few_partitions());
    f.write("a", "1");
    f.bed.advance(seconds(9));
    f.bed.send("f", "a", "x");
    REQUIRE(f.bed.calls[0].state("n") == "1");
    pass(f.bed, seconds(5));
    CHECK(f.bed.durable_rows(Table::state) == 1);
    f.bed.answer(done());
    f.bed.sync();
    f.bed.advance(seconds(4));
    CHECK(f.read("a") == "1");
    pass(f.bed, seconds(20));
    CHECK(f.bed.durable_rows(Table::state) == 0);
}

TEST_CASE("the touched stamp of an entity that is not in memory counts", "[engine]") {
    engine::EngineOptions options = few_partitions();
    options.memory_budget_bytes = 1;
    ExpiringFunction f(ExpireMode::after_invoke, 10'000, options);
    f.write("a", "1");
    f.bed.advance(seconds(9));
    CHECK(f.read("a") == "1");
    pass(f.bed, seconds(5));
    CHECK(f.bed.durable_rows(Table::state) == 1);
    pass(f.bed, seconds(6));
    CHECK(f.bed.durable_rows(Table::state) == 0);
}

TEST_CASE("a value that is written all the time has one entry", "[engine]") {
    ExpiringFunction f(ExpireMode::after_write, 3'600'000, few_partitions());
    for (int i = 0; i < 1000; ++i) {
        f.write("a", std::to_string(i));
        f.bed.advance(milliseconds(10));
    }
    CHECK(f.bed.durable_rows(Table::expiry) == 1);
}

TEST_CASE("a value that comes and goes all the time has few entries", "[engine]") {
    ExpiringFunction f(ExpireMode::after_write, 3'600'000, few_partitions());
    for (int i = 0; i < 2000; ++i) {
        f.write("a", "1");
        f.remove("a");
        pass(f.bed, seconds(2));
    }
    CHECK(f.bed.durable_rows(Table::expiry) <= 66);
    pass(f.bed, seconds(3'800));
    CHECK(f.bed.durable_rows(Table::expiry) == 0);
}

TEST_CASE("an entry that was not durable during a scan is not forgotten", "[engine][hazard-2]") {
    ExpiringFunction f(ExpireMode::after_write, 2'000, few_partitions());
    f.bed.send("f", "a", "x");
    auto response = done();
    set_state(response, "n", "1");
    f.bed.answer(response);
    // Nothing becomes durable, while the time of the entry passes.
    for (int i = 0; i < 10; ++i) {
        f.bed.advance(seconds(1));
    }
    f.bed.sync();
    pass(f.bed, seconds(3));
    CHECK(f.bed.durable_rows(Table::state) == 0);
    CHECK(f.bed.durable_rows(Table::expiry) == 0);
}

TEST_CASE("a crash in the middle of the sweep repeats it", "[engine]") {
    ExpiringFunction f(ExpireMode::after_write, 2'000, few_partitions());
    f.write("a", "1");
    f.bed.advance(seconds(4));
    CHECK_FALSE(f.bed.group.empty());
    f.bed.crash();
    CHECK(f.bed.durable_rows(Table::state) == 1);
    pass(f.bed, seconds(3));
    CHECK(f.bed.durable_rows(Table::state) == 0);
}

TEST_CASE(
    "nothing is read while nothing is due, and what is done is not walked again",
    "[engine]"
) {
    ExpiringFunction f(ExpireMode::after_write, 600'000, few_partitions());
    f.write("a", "1");
    pass(f.bed, seconds(3));
    f.bed.hold_reads = true;
    auto expiry_reads = [&] {
        std::vector<std::string> from;
        while (!f.bed.reads.empty()) {
            engine::ReadRequest request = std::move(f.bed.reads.front());
            f.bed.reads.pop_front();
            if (!request.scans.empty() && request.scans[0].range.keys_only) {
                from.push_back(request.scans[0].range.from);
            }
            f.bed.core->on(engine::Loaded{
                request.epoch, request.id, commit::answer_read(*f.bed.store, request)
            });
        }
        return from;
    };
    std::size_t reads = 0;
    for (int i = 0; i < 500; ++i) {
        f.bed.advance(seconds(1));
        reads += expiry_reads().size();
    }
    CHECK(reads == 0);
    f.bed.advance(seconds(130));
    auto from = expiry_reads();
    REQUIRE(from.size() == 1);
    auto entry = engine::expiry_from(partition_of("a", 2), 1'700'000'500'000);
    CHECK(from[0] > entry);
}

TEST_CASE("a released partition keeps what was not swept", "[engine]") {
    engine::EngineOptions options = few_partitions();
    options.memory_budget_bytes = 1;
    ExpiringFunction f(ExpireMode::after_write, 2'000, options);
    f.write("a", "1");
    PartitionId home = partition_of("a", 2);
    f.bed.advance(seconds(4));  // The deletion is not durable yet.
    f.bed.core->on(engine::PartitionReleased{home});
    CHECK(f.bed.releases.empty());
    f.bed.sync();
    CHECK(f.bed.releases.size() == 1);
    f.bed.core->on(engine::PartitionAcquired{home});
    f.bed.answer_reads();
    pass(f.bed, seconds(3));
    CHECK(f.bed.durable_rows(Table::state) == 0);
    CHECK(f.bed.durable_rows(Table::expiry) == 0);
}

TEST_CASE("a changed expiration holds for what is stored, and on the disk", "[engine]") {
    bool restart = GENERATE(true, false);
    ExpireMode before = GENERATE(ExpireMode::none, ExpireMode::after_write);
    ExpiringFunction f(before, before == ExpireMode::none ? 0 : 3'600'000, few_partitions());
    for (int i = 0; i < 300; ++i) {
        f.write("e" + std::to_string(i), "1");
    }
    f.declares(ExpireMode::after_write, 60'000);
    f.bed.crash();
    CHECK(f.read("e0") == "1");  // The canary brought the news.
    f.bed.sync();
    if (restart) {
        f.bed.crash();  // In the middle of indexing.
    }
    pass(f.bed, seconds(30));
    CHECK(f.read("e1") == "1");
    CHECK(f.bed.durable_rows(Table::state) == 300);
    pass(f.bed, seconds(40));
    CHECK(f.read("e1") == std::nullopt);
    CHECK(f.bed.durable_rows(Table::state) == 0);
    pass(f.bed, hours(2));
    CHECK(f.bed.durable_rows(Table::expiry) == 0);
}

TEST_CASE("a longer time to live, and none, keep what is stored", "[engine]") {
    ExpiringFunction f(ExpireMode::after_write, 60'000, few_partitions());
    f.write("a", "1");
    f.bed.advance(seconds(50));
    SECTION("longer") {
        f.declares(ExpireMode::after_write, 600'000);
    }
    SECTION("none") {
        f.declares(ExpireMode::none, 0);
    }
    f.bed.crash();
    CHECK(f.read("teacher") == std::nullopt);
    pass(f.bed, seconds(100));
    CHECK(f.read("a") == "1");
}

TEST_CASE("values that begin to expire after the last call count as called then", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0, few_partitions());
    f.write("a", "1");
    f.bed.advance(hours(100));
    f.declares(ExpireMode::after_invoke, 60'000);
    f.bed.crash();
    CHECK(f.read("teacher") == std::nullopt);
    pass(f.bed, seconds(50));
    CHECK(f.read("a") == "1");
    pass(f.bed, seconds(50));
    CHECK(f.read("a") == "1");
    pass(f.bed, seconds(70));
    CHECK(f.bed.durable_rows(Table::state) == 0);
}
