// What is known of calls that fail survives that the entity leaves memory (design D5, D6).
#include "tests/unit/engine/failure_bed.h"

#include <catch2/catch.hpp>

#include <memory>
#include <set>

using namespace sfg;
using namespace sfg::test;

namespace {

engine::EngineOptions narrow(std::uint32_t attempts = 3) {
    engine::EngineOptions options = with_policy(OnPoison::park, attempts);
    options.memory_budget_bytes = 256 * kKiB;
    options.concurrency = Concurrency{8};
    return options;
}

// The call that is out for this entity.
std::optional<std::size_t> call_of(const EngineBed& bed, const std::string& id) {
    for (std::size_t i = 0; i < bed.calls.size(); ++i) {
        if (bed.calls[i].call.target.id == id) {
            return i;
        }
    }
    return std::nullopt;
}

std::size_t call_for(EngineBed& bed, const std::string& id, seconds most = seconds(120)) {
    for (milliseconds passed{0}; passed < most && !call_of(bed, id); passed += milliseconds(100)) {
        bed.sync();
        bed.advance(milliseconds(100));
    }
    REQUIRE(call_of(bed, id));
    return *call_of(bed, id);
}

// What is not durable fills the memory, until this one is no longer in it.
void push_out(EngineBed& bed, const std::string& id, const TypeName& others = {"u", "g"}) {
    for (int i = 0; i < 3'000 && bed.entity("f", id) != nullptr; ++i) {
        bed.send_to({others, "other" + std::to_string(i % 4)}, std::string(3 * kKiB, 'x'));
        if (i % 100 == 0) {
            bed.sync();
            for (std::size_t at = bed.calls.size(); at > 0; --at) {
                if (bed.calls[at - 1].call.target.type == others) {
                    bed.answer(at - 1, done());
                }
            }
        }
    }
    bed.sync();
    REQUIRE(bed.entity("f", id) == nullptr);
    while (!bed.calls.empty()) {
        bed.answer(done());
    }
    bed.sync();
}

// The first two attempts of t/f "bad".
void refuse_twice(EngineBed& bed, const std::string& text) {
    bed.send("f", "bad", text);
    bed.fail_with(call_for(bed, "bad"), refused());
    bed.fail_with(call_for(bed, "bad"), refused());
}

std::string row_of(const EngineBed& bed, const std::string& id) {
    for (const storage::Row& row : bed.rows(storage::Table::entity)) {
        if (row.key.find(id) != std::string::npos) {
            return std::string(row.value.view());
        }
    }
    return {};
}

}  // namespace

TEST_CASE("attempts count on when the entity has left memory between them", "[failures][memory]") {
    EngineBed bed(narrow());
    refuse_twice(bed, "poison");
    push_out(bed, "bad", {"t", "f"});
    REQUIRE(bed.core->stats().parked_entities == 0);
    // The third one is the last: others of its type have succeeded.
    bed.fail_with(call_for(bed, "bad"), refused());
    bed.sync();
    bed.advance(seconds(1));
    if (auto again = call_of(bed, "bad")) {
        bed.fail_with(*again, refused());  // It is asked once more since they did.
    }
    CHECK(bed.core->stats().parked_entities == 1);
}

TEST_CASE("a search goes on where it was when the entity comes back", "[failures][memory]") {
    EngineBed bed(narrow(1));
    queue(bed, "bad", numbered(64, 40));
    bed.fail_with(call_for(bed, "bad"), refused());
    REQUIRE(call_for(bed, "bad") == 0);
    CHECK(bed.calls[0].batch.invocations_size() == 32);
    bed.answer(0, done());
    REQUIRE(call_of(bed, "bad"));
    CHECK(bed.calls[0].batch.invocations_size() == 16);
    bed.fail_with(0, refused());
    REQUIRE(call_of(bed, "bad"));
    CHECK(bed.calls[0].batch.invocations_size() == 8);
    // It pauses, and leaves memory meanwhile.
    bed.fail_with(0, cut_off());
    push_out(bed, "bad");
    CHECK(bed.calls.empty());
    std::size_t at = call_for(bed, "bad");
    CHECK(bed.calls[at].batch.invocations_size() == 8);
    bed.answer(at, done());
    CHECK(bed.calls.at(call_for(bed, "bad")).batch.invocations_size() == 4);
}

TEST_CASE("a pause that a server asked for holds for who left memory", "[failures][memory]") {
    EngineBed bed(narrow());
    bed.send("f", "slow", "x");
    CallFailed later = answer_of(503, FailureKind::down);
    later.point = FailurePoint::answer;
    later.retry_after = seconds(30);
    bed.fail_with(call_for(bed, "slow"), later);
    milliseconds until = bed.now + seconds(30);
    push_out(bed, "slow");
    while (bed.now + seconds(1) < until) {
        bed.advance(seconds(1));
        REQUIRE_FALSE(call_of(bed, "slow"));
        // Whoever comes for its range meanwhile does not call it.
        bed.send("f", "other", "x");
        bed.answer(call_for(bed, "other", seconds(1)), done());
        bed.sync();
    }
    call_for(bed, "slow", seconds(3));
}

TEST_CASE(
    "whoever left memory in a pause is called at once by a new binding",
    "[failures][memory]"
) {
    EngineBed bed(narrow());
    bed.send("f", "slow", "x");
    CallFailed later = answer_of(503, FailureKind::down);
    later.point = FailurePoint::answer;
    later.retry_after = minutes(10);
    bed.fail_with(call_for(bed, "slow"), later);
    push_out(bed, "slow");
    bed.module.endpoints[0].url_template = "http://elsewhere/";
    bed.core->on(engine::BindingsChanged{std::make_shared<const ModuleSpec>(bed.module), {0}});
    call_for(bed, "slow", seconds(3));
}

TEST_CASE("a success takes kept attempts out of the entity's row", "[failures][memory]") {
    EngineBed bed(narrow());
    refuse_twice(bed, "x");
    push_out(bed, "bad");
    CHECK(row_of(bed, "bad").find("refusals") != std::string::npos);
    bed.answer(call_for(bed, "bad"), done());
    bed.sync();
    CHECK(row_of(bed, "bad").find("refusals") == std::string::npos);
    // So another failure is the first one again.
    bed.send("f", "bad", "y");
    bed.fail_with(call_for(bed, "bad"), refused());
    push_out(bed, "bad", {"t", "f"});
    bed.fail_with(call_for(bed, "bad"), refused());
    bed.sync();
    CHECK(bed.core->stats().parked_entities == 0);
    call_for(bed, "bad");
}

TEST_CASE("attempts of an earlier life do not count", "[failures][memory]") {
    EngineBed bed(narrow());
    refuse_twice(bed, "poison");
    push_out(bed, "bad", {"t", "f"});
    bed.crash();
    for (int attempt = 0; attempt < 2; ++attempt) {
        bed.fail_with(call_for(bed, "bad"), refused());
        CHECK(waiting(bed, WaitReason::backoff) == 1);
    }
}

TEST_CASE("a bad deploy fills neither memory nor the way of who recovers", "[failures][memory]") {
    EngineBed bed(narrow());
    constexpr int kEntities = 2'000;
    std::size_t most = 0;
    for (int i = 0; i < kEntities; ++i) {
        bed.send("f", "entity" + std::to_string(i), i == 700 ? "poison" : "x");
        for (int calls = 0; calls < 4 && !bed.calls.empty(); ++calls) {
            bed.fail_with(0, refused());
        }
        if (i % 20 == 0) {
            bed.sync();
            bed.advance(milliseconds(500));
            most = std::max<std::size_t>(most, bed.core->stats().memory_bytes);
        }
    }
    CHECK(most <= narrow().memory_budget_bytes * 5 / 4);
    CHECK(waiting(bed, WaitReason::parked) == 0);
    Poisoned function{bed};
    function.run(seconds(300));
    CHECK(function.applied.size() == kEntities - 1);
    CHECK(bed.core->stats().waiting_messages == 1);
    CHECK(bed.core->stats().parked_entities == 1);
}

TEST_CASE("a partition goes when the rows of its entities are durable", "[memory]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    bed.answer(done());
    bed.sync();
    bed.core->on(
        engine::EntityOrdered{WaiterId{9'000}, {{"t", "f"}, "a"}, engine::EntityAction::pause, ""}
    );
    bed.core->on(engine::PartitionReleased{partition_of("a", bed.options.partitions)});
    CHECK(bed.releases.empty());
    bed.sync();
    CHECK(bed.releases.size() == 1);
}

TEST_CASE(
    "those that pause don't keep others of their type on disk, however short memory is",
    "[failures][memory]"
) {
    engine::EngineOptions options = narrow(100);
    options.partitions = 1;
    // One of them leaves those that pause next to nothing.
    options.memory_budget_bytes = GENERATE(range<std::size_t>(6, 16)) * kKiB;
    EngineBed bed(options);
    bed.hold_reads = true;
    // What a call of another endpoint holds leaves next to nothing for the rest.
    bed.send_to({{"u", "g"}, "slow"}, std::string(5 * kKiB, 'x'));
    bed.answer_reads();
    REQUIRE(call_of(bed, "slow") == 0);
    // Everything else, as far as it comes at once. Those that are called z... fail.
    std::set<std::string> called;
    auto go_on = [&](int reads_max) {
        int reads = 0;
        do {
            while (bed.calls.size() > 1) {
                std::string id = bed.calls[1].call.target.id;
                called.insert(id);
                id[0] == 'z' ? bed.fail_with(1, refused()) : bed.answer(1, done());
            }
            bed.sync();
            if (!bed.reads.empty()) {
                engine::ReadRequest request = std::move(bed.reads.front());
                bed.reads.pop_front();
                bed.answer_read(request);
                ++reads;
            }
        } while ((!bed.reads.empty() || bed.calls.size() > 1) && reads < reads_max);
        return reads < reads_max;
    };
    for (int i = 0; i < 8; ++i) {
        bed.send("f", "z" + std::to_string(i), std::string(2'000, 'x'));
    }
    REQUIRE(go_on(200));
    // Others succeed, so it is not the type that fails.
    for (int i = 0; i < 100; ++i) {
        bed.send("f", "good" + std::to_string(i), "x");
        bed.advance(milliseconds(500));
        REQUIRE(go_on(200));
    }
    for (int i = 0; i < 8; ++i) {
        bed.send("f", "a" + std::to_string(i), "x");
        bed.send("f", "z" + std::to_string(i), "x");
    }
    // No time passes: whoever pauses goes on pausing.
    CHECK(go_on(200));
    for (int i = 0; i < 8; ++i) {
        CHECK(called.contains("a" + std::to_string(i)));
    }
}
