// Interleavings that the simulator found (tests/simulation), each cut down to its events.
#include "gateway/engine/partitions.h"
#include "tests/support/engine_bed.h"
#include "tests/unit/engine/expiring_function.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr PartitionId kFew = 4;

engine::EngineOptions few_partitions() {
    engine::EngineOptions options;
    options.partitions = kFew;
    return options;
}

// An id that lives in this partition.
std::string id_in(PartitionId partition) {
    for (int i = 0;; ++i) {
        auto id = std::to_string(i);
        if (partition_of(id, kFew) == partition) {
            return id;
        }
    }
}

}  // namespace

TEST_CASE(
    "a message to a partition that is still being acquired is counted and delivered",
    "[engine][hazard-3]"
) {
    EngineBed bed(few_partitions());
    std::string from = id_in(kFew - 1);
    std::string to = id_in(0);
    bed.send("f", from, "go");
    bed.sync();
    bed.hold_reads = true;
    bed.crash();
    // The last partition's reads come first; whoever can work does.
    std::vector<std::string> seen;
    auto work = [&] {
        while (!bed.calls.empty()) {
            for (const std::string& text : bed.calls[0].arguments()) {
                seen.push_back(text);
            }
            auto response = done();
            if (seen.back() == "go") {
                send(response, "f", to, "to be counted");
            }
            bed.answer(response);
        }
    };
    while (!bed.reads.empty()) {
        engine::ReadRequest request = std::move(bed.reads.back());
        bed.reads.pop_back();
        bed.answer_read(request);
        work();
    }
    bed.hold_reads = false;
    bed.sync();
    work();
    bed.sync();
    CHECK(seen == std::vector<std::string>{"go", "to be counted"});
    auto there = bed.core->partition(0).counters;
    CHECK(there.sent == 1);
    CHECK(there.consumed == 1);
    CHECK(there.waiting == 0);
}

TEST_CASE("an entity whose pause is over waits with a reason when a message comes", "[engine]") {
    EngineBed bed;
    bed.module.endpoints[0].pool_size = 1;
    bed.crash();
    bed.send("f", "a", "1");
    bed.fail(engine::FailureKind::rejected, "500");
    bed.send("f", "b", "2");
    REQUIRE(bed.calls.size() == 1);  // It holds the only slot.
    bed.now += std::chrono::hours(1);
    bed.core->set_time(bed.now, 1'700'000'000'000 + bed.now.count());
    bed.send("f", "a", "3");
    REQUIRE(bed.entity("f", "a") != nullptr);
    CHECK(bed.entity("f", "a")->waits == engine::WaitReason::ready);
    CHECK(bed.core->stuck_entities() == 0);
}

TEST_CASE("an entity that is ready is not called any more when its partition goes", "[engine]") {
    engine::EngineOptions options = few_partitions();
    EngineBed bed(options);
    bed.module.endpoints[0].pool_size = 1;
    bed.crash();
    bed.send("f", id_in(0), "1");
    bed.send("f", id_in(1), "2");
    REQUIRE(bed.calls.size() == 1);
    bed.core->on(engine::PartitionReleased{1});
    bed.answer(done());
    CHECK(bed.calls.empty());
    bed.sync();
    CHECK(bed.releases.size() == 1);
}

TEST_CASE("a keyed call whose deadline came during the look-up is answered once", "[engine]") {
    EngineBed bed;
    bed.hold_reads = true;
    auto waiter = bed.call_keyed("a", "x", "key", 1);
    bed.core->on(engine::CallTimedOut{waiter});
    REQUIRE(bed.answer_of<engine::Refused>(waiter) != nullptr);
    bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
    bed.answer_reads();  // The bed asserts that nobody is answered twice.
    CHECK(bed.calls.empty());
}

TEST_CASE(
    "a request whose key was being looked up is answered when the store is lost",
    "[engine]"
) {
    EngineBed bed;
    bed.hold_reads = true;
    auto send = bed.send_keyed("a", "x", "key", 1);
    auto call = bed.call_keyed("b", "y", "key", 1);
    bed.core->on(engine::StoreLost{});
    REQUIRE(bed.answer_of<engine::Refused>(send) != nullptr);
    REQUIRE(bed.answer_of<engine::Refused>(call) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(send)->problem.code == Errc::in_doubt);
    CHECK(bed.answer_of<engine::Refused>(call)->problem.code == Errc::in_doubt);
}

TEST_CASE("an entity's page shows its mailbox and its state of one moment", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "first");
    bed.send("f", "a", "second");
    bed.sync();
    bed.hold_reads = true;
    bed.core->on(engine::EntityAsked{WaiterId{77}, {{"t", "f"}, "a"}});
    REQUIRE(bed.reads.size() == 1);
    auto answer_oldest = [&] {
        engine::ReadRequest request = std::move(bed.reads.front());
        bed.reads.pop_front();
        bed.answer_read(request);
    };
    // What comes back is from before the turn.
    bed.answer(done());
    REQUIRE_FALSE(bed.calls.empty());
    bed.answer(done());
    answer_oldest();
    CHECK_FALSE(bed.answered(WaiterId{77}));
    bed.sync();
    REQUIRE(bed.reads.size() == 1);
    answer_oldest();
    bed.sync();
    const auto* page = bed.answer_of<engine::Told>(WaiterId{77});
    REQUIRE(page != nullptr);
    INFO(page->json);
    CHECK(page->json.find(R"("messages":0)") != std::string::npos);
    CHECK(page->json.find(R"("status":"idle")") != std::string::npos);
}

TEST_CASE("an operator whose question met a lost store is answered once", "[engine]") {
    EngineBed bed;
    bed.hold_reads = true;
    engine::DeadLettersAsked asked;
    asked.waiter = WaiterId{900};
    bed.core->on(std::move(asked));
    bed.core->on(engine::EntityAsked{WaiterId{901}, {{"t", "f"}, "a"}});
    REQUIRE(bed.reads.size() == 2);
    bed.core->on(engine::StoreLost{});
    CHECK(bed.answer_of<engine::Refused>(WaiterId{900}) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(WaiterId{901}) != nullptr);
    bed.answer_reads();  // The bed asserts that nobody is answered twice.
    bed.core->on(engine::Reset{CommitNumber{1U << 22U}, CommitNumber{1U << 23U}});
    bed.answer_reads();
    CHECK(bed.core->ready());
}

TEST_CASE(
    "a reply that comes when its call's time is over does not bring the row back",
    "[engine][hazard-1]"
) {
    EngineBed bed;
    bed.call("f", "a", "x");
    auto home =
        partition_of(bed.calls[0].batch.invocations(0).caller().id(), bed.options.partitions);
    bed.sync();
    REQUIRE(bed.core->partition(home).counters.calls_kept == 1);
    auto waiter = WaiterId{1};
    bed.core->on(engine::CallTimedOut{waiter});
    bed.sync();
    // The sweeper comes by; its deletion is not durable when the reply asks for the record.
    for (int round = 0; round < 2 * int{kPartitions} + 2; ++round) {
        bed.advance(std::chrono::minutes(11));
        if (bed.core->partition(home).counters.calls_kept == 0) {
            break;
        }
    }
    REQUIRE(bed.core->partition(home).counters.calls_kept == 0);
    auto response = done();
    reply(response, bed.calls[0], 0, "late");
    bed.answer(response);
    CHECK(bed.core->stats().late_replies == 1);
    bed.sync();
    for (int round = 0; round < 2 * int{kPartitions} + 2; ++round) {
        bed.advance(std::chrono::minutes(11));
        bed.sync();
    }
    CHECK(bed.core->partition(home).counters.calls_kept == 0);
}

TEST_CASE(
    "what was found of a partition before it went does not count when it comes again",
    "[engine][recovery]"
) {
    engine::EngineOptions options;
    options.partitions = 1;
    EngineBed bed(options);
    bed.send("f", "a", "1");
    bed.send("g", "a", "2");
    bed.sync();
    bed.hold_reads = true;
    bed.crash();
    // The look-up of what is behind type "f" stays out.
    std::string behind_f =
        storage::prefix_end(storage::type_prefix(0, storage::Table::message, {"t", "f"}));
    std::optional<engine::ReadRequest> late;
    while (!bed.reads.empty()) {
        engine::ReadRequest request = std::move(bed.reads.front());
        bed.reads.pop_front();
        bool is_it = !request.scans.empty() && request.scans[0].range.from == behind_f;
        if (is_it) {
            late = std::move(request);
        } else {
            bed.answer_read(request);
        }
    }
    REQUIRE(late);
    bed.core->on(engine::PartitionReleased{0});
    bed.sync();
    REQUIRE(bed.releases.size() == 1);
    bed.core->on(engine::PartitionAcquired{0});
    bed.answer_read(*late);
    bed.answer_reads();
    std::vector<std::string> seen;
    bed.hold_reads = false;
    bed.run([&seen](const Asked& asked) {
        seen.push_back(asked.arguments().at(0));
        return done();
    });
    CHECK(seen == std::vector<std::string>{"1", "2"});
}

TEST_CASE("an expiration that is taken back before its index was begun needs none", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0, few_partitions());
    f.write("a", "1");
    f.declares(ExpireMode::after_write, 60'000);
    f.bed.crash();
    f.bed.send("f", "a", "x");
    f.through_canary();  // It expires now; the walk waits until that is durable.
    engine::CallFailed down;
    down.kind = engine::FailureKind::down;
    down.point = engine::FailurePoint::connect;
    f.bed.fail_with(0, down);
    f.declares(ExpireMode::none, 0);
    f.bed.advance(std::chrono::seconds(5));
    REQUIRE(f.bed.calls.size() == 1);
    f.through_canary();  // Asked again, because it was away: it does not expire after all.
    f.bed.answer(done());
    f.bed.sync();
    f.bed.advance(std::chrono::seconds(100));
    CHECK(f.read("a") == "1");
}

TEST_CASE(
    "a message that is taken away leaves nothing behind of its entity's pause",
    "[engine][invariant-11]"
) {
    EngineBed bed;
    auto waiter = bed.send("f", "a", "1");
    bed.sync();
    bed.fail(engine::FailureKind::rejected, "500");
    REQUIRE(bed.entity("f", "a")->waits == engine::WaitReason::backoff);
    engine::SteadyMs due = bed.entity("f", "a")->retry_at;
    std::string id = bed.answer_of<engine::Accepted>(waiter)->message_id.text();
    bed.core->on(
        engine::EntityOrdered{WaiterId{900}, {{"t", "f"}, "a"}, engine::EntityAction::skip, id}
    );
    bed.sync();
    REQUIRE(bed.answer_of<engine::Told>(WaiterId{900}) != nullptr);
    CHECK(bed.entity("f", "a")->waits == engine::WaitReason::none);
    // Else it would be woken for an entity that may be gone by then.
    bool woken = false;
    while (bed.now < due) {
        woken = woken || bed.wake == due;
        bed.advance(std::chrono::milliseconds(1));
    }
    CHECK_FALSE(woken);
}
