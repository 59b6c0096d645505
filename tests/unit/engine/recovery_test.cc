// Crashes, resets, partitions: recovery from any prefix yields a legal engine that goes on.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <random>

using namespace sfg;
using namespace sfg::test;

namespace {

// Every message "hops:id" adds one to the entity's state and is sent on to another entity while
// hops are left; every turn writes one egress record per message.
wire::FromFunction walk(const Asked& asked, std::mt19937& random) {
    if (asked.batch.state_size() == 0) {
        return missing("n", "t/number");
    }
    int count = std::stoi(asked.state("n").value_or("0"));
    wire::FromFunction response = done();
    for (const std::string& text : asked.arguments()) {
        ++count;
        int hops = std::stoi(text);
        if (hops > 0) {
            send(response, "f", std::to_string(random() % 20), std::to_string(hops - 1));
        }
        send_egress(response, "log", "x");
    }
    set_state(response, "n", std::to_string(count));
    return response;
}

struct Walk {
    EngineBed bed;
    std::mt19937 random;
    std::uint64_t expected = 0;
    std::vector<std::pair<WaiterId, int>> unacknowledged;

    Walk(engine::EngineOptions options, unsigned seed) : bed(options), random(seed) {}

    void acknowledge() {
        std::erase_if(unacknowledged, [&](const auto& sent) {
            bool accepted = bed.answer_of<engine::Accepted>(sent.first) != nullptr;
            expected += accepted ? static_cast<std::uint64_t>(sent.second + 1) : 0;
            return accepted;
        });
    }

    void step() {
        switch (random() % 8) {
            case 0:
            case 1: {
                int hops = static_cast<int>(random() % 5);
                auto id = std::to_string(random() % 20);
                unacknowledged.emplace_back(bed.send("f", id, std::to_string(hops)), hops);
                break;
            }
            case 2:
                bed.sync();
                acknowledge();
                break;
            case 3:
                bed.write_group();
                break;
            case 4:
                bed.notice_durable();
                acknowledge();
                break;
            case 5:
                bed.advance(std::chrono::milliseconds(random() % 300));
                break;
            default:
                if (!bed.calls.empty()) {
                    std::size_t at = random() % bed.calls.size();
                    bool fails = random() % 10 == 0;
                    if (fails) {
                        bed.fail(engine::FailureKind::down, "refused");
                    } else {
                        auto response = walk(bed.calls[at], random);
                        bed.answer(at, response);
                    }
                }
        }
    }

    // What is written but not told yet survives a crash without its client knowing: this test sends
    // only what it then finishes, so it tells the engine first.
    void crash() {
        bed.notice_durable();
        acknowledge();
        unacknowledged.clear();
        bed.crash();
    }
};

}  // namespace

TEST_CASE("whatever is acknowledged is applied exactly once across crashes", "[engine][crash]") {
    auto seed = GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U);
    engine::EngineOptions options;
    options.memory_budget_bytes = seed % 2 == 0 ? 8'000 : kMemoryBudgetBytes;
    options.partitions = 8;
    Walk run(options, seed);
    for (int round = 0; round < 12; ++round) {
        for (int i = 0; i < 400; ++i) {
            run.step();
        }
        run.crash();
    }
    for (int i = 0; i < 60; ++i) {
        run.bed.advance(std::chrono::seconds(1));
        run.bed.run([&](const Asked& asked) { return walk(asked, run.random); });
    }
    CHECK(run.bed.core->stuck_entities() == 0);
    CHECK(run.bed.core->stats().waiting_messages == 0);
    std::uint64_t counted = 0;
    for (int id = 0; id < 20; ++id) {
        run.bed.send("f", std::to_string(id), "0");
        while (!run.bed.calls.empty()) {
            counted += run.bed.calls[0].batch.state_size() == 0
                           ? 0
                           : std::stoull(run.bed.calls[0].state("n").value_or("0"));
            auto response = walk(run.bed.calls[0], run.random);
            run.bed.answer(response);
        }
    }
    CHECK(counted == run.expected);
    run.bed.sync();
    std::uint64_t position = 0;
    while (true) {
        auto waiter = run.bed.ask_egress("log");
        const auto* offer = run.bed.answer_of<engine::EgressOffer>(waiter);
        if (offer == nullptr) {
            break;
        }
        REQUIRE(offer->position == ++position);
        run.bed.egress_taken(engine::EgressOffer(*offer), true);
    }
    CHECK(position == run.expected + 20);
}

TEST_CASE("numbers are never used twice, also not ones that a crash undid", "[engine]") {
    EngineBed bed;
    auto first = bed.send("f", "a", "1");
    std::string lost;
    bed.sync();
    lost = bed.answer_of<engine::Accepted>(first)->message_id.text();
    bed.crash();
    auto second = bed.send("f", "a", "2");
    bed.sync();
    CHECK(bed.answer_of<engine::Accepted>(second)->message_id.text() > lost);
}

TEST_CASE(
    "a reset is all or nothing: what was not durable is in doubt, the rest goes on",
    "[engine][hazard-6]"
) {
    EngineBed bed;
    auto kept = bed.send("f", "a", "1");
    bed.sync();
    auto doubtful = bed.send("f", "b", "2");
    auto caller = bed.call("f", "c", "3");
    bed.group.clear();
    bed.core->on(engine::Reset{CommitNumber{1U << 22U}, CommitNumber{1U << 23U}});
    bed.answer_reads();
    CHECK(bed.answer_of<engine::Accepted>(kept) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(doubtful)->problem.code == Errc::in_doubt);
    CHECK(bed.answer_of<engine::Refused>(caller)->problem.code == Errc::in_doubt);
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.target.id == "a");
    CHECK(bed.core->stats().waiting_messages == 1);
}

TEST_CASE(
    "a released partition stops, is durable, and is found again when acquired",
    "[engine][hazard-8]"
) {
    engine::EngineOptions options;
    options.partitions = 4;
    EngineBed bed(options);
    PartitionId mine = partition_of("a", 4);
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    bed.core->on(engine::PartitionReleased{mine});
    CHECK(bed.calls.empty());
    CHECK(bed.releases.empty());
    bed.sync();
    CHECK(bed.releases == std::vector<PartitionId>{mine});
    CHECK(bed.entity("f", "a") == nullptr);

    bed.send("f", "elsewhere", "x");
    while (!bed.calls.empty() && bed.calls[0].call.target.id == "elsewhere") {
        auto response = done();
        send(response, "f", "a", "3");
        bed.answer(response);
    }
    bed.core->on(engine::PartitionAcquired{mine});
    bed.answer_reads();
    CHECK(bed.calls.empty());  // The message to it is not durable yet.
    bed.sync();
    std::vector<std::string> seen;
    bed.run([&](const Asked& asked) {
        for (auto& text : asked.arguments()) {
            seen.push_back(text);
        }
        return done();
    });
    CHECK(seen == std::vector<std::string>{"1", "2", "3"});
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE("time that was lost with a group is remembered by the next one", "[engine][hazard-6]") {
    EngineBed bed;
    bed.send("f", "a", "lost");  // Its commit has the time.
    bed.group.clear();
    bed.core->on(engine::Reset{CommitNumber{1U << 22U}, CommitNumber{1U << 23U}});
    bed.answer_reads();
    bed.send("f", "a", "kept");
    bed.sync();
    std::int64_t before = bed.wall_ms();
    bed.wall_offset = -std::chrono::hours(1);
    bed.crash();
    CHECK(bed.wall_ms() >= before);
}

TEST_CASE("engine counters of a partition balance at every commit", "[engine]") {
    EngineBed bed;
    for (int i = 0; i < 50; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    std::mt19937 random(1);
    bed.run([&](const Asked&) {
        auto response = done();
        if (random() % 2 == 0) {
            send(response, "f", std::to_string(random() % 50), "y");
        }
        return response;
    });
    for (PartitionId id = 0; id < 128; ++id) {
        CHECK(bed.core->partition(id).counters.balanced());
    }
}

TEST_CASE("a start reads all that is known of functions, however much it is", "[engine]") {
    EngineBed bed;
    constexpr int kTypes = 6;
    for (int type = 0; type < kTypes; ++type) {
        bed.send("f" + std::to_string(type), "a", "x");
        wire::FromFunction response;
        auto* incomplete = response.mutable_incomplete_invocation_context();
        for (int n = 0; n < 200; ++n) {
            auto* spec = incomplete->add_missing_values();
            spec->set_state_name(std::to_string(n) + std::string(4000, 's'));
            spec->set_type_typename("t/number");
        }
        bed.answer(response);
        bed.answer(done());
        bed.sync();
    }
    bed.crash();
    int whole = 0;
    bed.core->for_each_function([&](const engine::FunctionType& type) {
        whole += type.states.size() == 200 ? 1 : 0;
    });
    CHECK(whole == kTypes);
}

TEST_CASE("a row of the registry that makes no sense is left alone", "[engine]") {
    ModuleSpec module;
    engine::Registry registry(module);
    std::string key = engine::Registry::key_of({"t", "f"});
    for (const char* row :
         {"", "7", "[5]", R"([{"name": 5}])", R"([{"name": "n", "mode": "x"}])"}) {
        CHECK_FALSE(registry.restore(key, row));
    }
    CHECK(registry.restore(key, R"([{"name": "n", "type": "t/x", "mode": 0, "ttl_ms": 0}])"));
}

TEST_CASE("messages of a partition that has gone are not counted as its type's", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    bed.core->on(engine::PartitionReleased{partition_of("a", bed.options.partitions)});
    bed.sync();
    REQUIRE(bed.releases.size() == 1);
    CHECK(bed.core->leak().empty());
    bed.core->for_each_function([](const engine::FunctionType& type) {
        CHECK(type.stats.backlog == 0);
    });
}
