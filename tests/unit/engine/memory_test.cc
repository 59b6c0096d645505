// Memory is bounded, the store holds the rest (design D5, hazard 27).
#include "gateway/engine/entity_table.h"
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>
#include <malloc.h>

#include <algorithm>
#include <map>

namespace sfg::test {

namespace {

constexpr std::size_t kBudget = 1 * kMiB;

engine::EngineOptions small_budget(std::uint32_t concurrency = 8) {
    engine::EngineOptions options;
    options.memory_budget_bytes = kBudget;
    options.concurrency = Concurrency{concurrency};
    return options;
}

std::string name(const std::string& prefix, int number) {
    return prefix + std::to_string(number);
}

// Answers calls until nothing goes on. The disk keeps up.
void run_all(EngineBed& bed, const EngineBed::Function& function) {
    while (!bed.calls.empty() || !bed.group.empty()) {
        if (bed.calls.empty() || bed.core->stats().undurable_bytes > kBudget / 8) {
            bed.sync();
        } else {
            auto response = function(bed.calls.front());
            bed.answer(response);
        }
    }
}

// The same with empty answers; counts messages by entity.
std::map<std::string, int> count_all(EngineBed& bed, std::size_t* most_memory = nullptr) {
    std::map<std::string, int> seen;
    run_all(bed, [&](const Asked& asked) {
        seen[asked.call.target.id] += asked.batch.invocations_size();
        if (most_memory != nullptr) {
            *most_memory = std::max<std::size_t>(*most_memory, bed.core->stats().memory_bytes);
        }
        return done();
    });
    return seen;
}

}  // namespace

TEST_CASE("entities of an endpoint that does not answer cost no memory", "[memory][hazard-27]") {
    EngineBed bed(small_budget());
    constexpr int kEntities = 20'000;
    for (int i = 0; i < kEntities; ++i) {
        bed.send("f", name("entity", i), "x");
        if (i % 50 == 0) {
            bed.sync();
            REQUIRE(bed.core->stats().memory_bytes <= kBudget);
        }
    }
    bed.sync();
    CHECK(bed.calls.size() == 8);
    CHECK(bed.core->stats().memory_bytes <= kBudget);
    CHECK(bed.core->stats().entities_in_memory < kEntities / 4);
    CHECK(bed.core->stats().waiting_messages == kEntities);
    // Another endpoint does not notice.
    bed.send_to({{"u", "g"}, "other"}, "x");
    CHECK(std::any_of(bed.calls.begin(), bed.calls.end(), [](const Asked& asked) {
        return asked.call.target.type.ns == "u";
    }));

    bed.sync();

    auto restart = GENERATE(false, true);
    if (restart) {
        bed.crash();
        CHECK(bed.core->stats().memory_bytes <= kBudget);
    }
    std::size_t most = 0;
    auto seen = count_all(bed, &most);
    CHECK(seen.size() == kEntities + 1);
    CHECK(std::all_of(seen.begin(), seen.end(), [](const auto& entry) { return entry.second == 1; })
    );
    CHECK(most <= kBudget + kBudget / 8);
    CHECK(bed.core->stats().waiting_messages == 0);
    CHECK(bed.core->stats().backlog_ranges == 0);
}

TEST_CASE("what entered memory later does not keep what left it from being called", "[memory]") {
    auto options = small_budget(2);
    options.memory_budget_bytes = kBudget / 8;
    EngineBed bed(options);
    for (int i = 0; i < 1'000; ++i) {
        bed.send("f", name("old", i), "x");
        if (i % 50 == 0) {
            bed.sync();
        }
    }
    bed.sync();
    REQUIRE(bed.core->stats().backlog_ranges > 0);
    // New entities come as fast as calls are answered; the old ones get their turn all the same.
    int left = 1'000;
    for (int i = 0; left > 0 && i < 30'000; ++i) {
        bed.send("f", name("new", i), "x");
        REQUIRE_FALSE(bed.calls.empty());
        left -= bed.calls.front().call.target.id.starts_with("old") ? 1 : 0;
        bed.answer(done());
        if (i % 20 == 0) {
            bed.sync();
        }
    }
    CHECK(left == 0);
}

TEST_CASE("an entity that pauses and leaves memory is not called before its time", "[memory]") {
    EngineBed bed(small_budget(100));
    bed.send("f", "paused", "x");
    bed.sync();
    Asked asked = bed.calls.front();
    bed.calls.clear();
    bed.core->on(engine::CallFailed{
        asked.call.epoch,
        asked.call.id,
        engine::FailureKind::down,
        "429",
        std::chrono::milliseconds(5'000)
    });
    // What is not durable fills the memory. It is passed over once, until its row is durable.
    for (int i = 0; i < 2'000; ++i) {
        bed.send_to({{"u", "g"}, name("u", i % 4)}, std::string(3 * kKiB, 'x'));
        if (i % 500 == 0) {
            count_all(bed);
        }
    }
    REQUIRE(bed.entity("f", "paused") == nullptr);
    auto is_paused = [](const Asked& one) {
        return one.call.target.id == "paused";
    };
    auto others = count_all(bed);
    CHECK_FALSE(others.contains("paused"));
    bed.advance(std::chrono::milliseconds(4'900));
    CHECK(std::none_of(bed.calls.begin(), bed.calls.end(), is_paused));
    // It is looked for at the next full second.
    CHECK(bed.wake <= bed.now + std::chrono::milliseconds(1'200));
    bed.advance(std::chrono::milliseconds(1'200));
    CHECK(std::any_of(bed.calls.begin(), bed.calls.end(), is_paused));
}

TEST_CASE("a hot entity's backlog goes to the store, the others stay in memory", "[memory]") {
    EngineBed bed(small_budget());
    for (int i = 0; i < 300; ++i) {
        bed.send("f", name("quiet", i), "x");
    }
    count_all(bed);
    std::uint64_t evictions = bed.core->stats().evictions;
    bed.send("f", "hot", "first");
    constexpr int kMessages = 100'000;
    for (int i = 0; i < kMessages; ++i) {
        bed.send("f", "hot", std::to_string(i));
        if (i % 100 == 0) {
            bed.sync();
            REQUIRE(bed.core->stats().memory_bytes <= kBudget / 2);
        }
    }
    CHECK(bed.core->stats().evictions == evictions);
    CHECK(bed.entity("f", "quiet7") != nullptr);
    std::vector<std::string> texts;
    run_all(bed, [&](const Asked& asked) {
        REQUIRE(bed.core->stats().memory_bytes <= kBudget);
        auto arguments = asked.arguments();
        texts.insert(texts.end(), arguments.begin(), arguments.end());
        return done();
    });
    REQUIRE(texts.size() == kMessages + 1);
    for (int i = 0; i < kMessages; ++i) {
        REQUIRE(texts[static_cast<std::size_t>(i) + 1] == std::to_string(i));
    }
}

TEST_CASE("long ids are charged for what they are", "[memory]") {
    EngineBed bed(small_budget());
    for (int i = 0; i < 200; ++i) {
        std::string id = std::string(kIdBytesMax - 10, 'i') + std::to_string(i);
        bed.send("f", id, "x");
        bed.sync();
        std::size_t calls = 8 * 4 * kIdBytesMax;  // What is in flight can't leave.
        REQUIRE(bed.core->stats().memory_bytes <= kBudget + calls);
    }
    CHECK(count_all(bed).size() == 200);
}

TEST_CASE("large states are loaded as far as there is room, and at least one", "[memory]") {
    std::size_t state_bytes = GENERATE(100 * kKiB, 2 * kMiB);
    EngineBed bed(small_budget(50));
    std::string value(state_bytes, 's');
    auto function = [&](const Asked& asked) {
        if (asked.batch.state_size() == 0) {
            return missing("s", "t/number");
        }
        auto response = done();
        set_state(response, "s", value);
        return response;
    };
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 30; ++i) {
            bed.send("f", name("big", i), "x");
        }
        bed.sync();
        if (round == 1) {
            bed.crash();
        }
        std::size_t most = 0;
        std::map<std::string, int> seen;
        run_all(bed, [&](const Asked& asked) {
            most = std::max<std::size_t>(most, bed.core->stats().memory_bytes);
            seen[asked.call.target.id] += asked.batch.invocations_size();
            return function(asked);
        });
        CHECK(seen.size() == 30);
        if (round > 0) {
            // The budget, and one entity with its request.
            CHECK(most <= kBudget + 3 * state_bytes);
        }
    }
}

TEST_CASE("function types that only answers name are bounded", "[memory]") {
    EngineBed bed(small_budget());
    constexpr int kTypes = 5'000;
    bed.send("f", "a", "x");
    auto response = done();
    for (int i = 0; i < kTypes; ++i) {
        send(response, "f", "b", "x");
        auto& target =
            *response.mutable_invocation_result()->mutable_outgoing_messages(i)->mutable_target();
        target.set_namespace_("ghost");
        target.set_type(name("type", i) + std::string(i % 2 == 0 ? 0 : 4'000, 'x'));
    }
    bed.answer(response);
    bed.sync();
    CHECK(bed.core->stats().waiting_messages == kTypes);
    std::size_t types = 0;
    bed.core->for_each_function([&](const engine::FunctionType&) { ++types; });
    CHECK(types <= engine::kUnboundTypesMax + 1);
    CHECK(bed.core->stats().memory_bytes <= kBudget);
    // They are there for whoever binds them.
    bed.module.endpoints[1].functions = {"ghost", std::nullopt};
    bed.crash();
    CHECK(count_all(bed)["b"] == kTypes);
    CHECK(bed.core->stats().waiting_messages == 0);
}

// The address sanitizer has an allocator of its own, which mallinfo2() does not know.
#ifndef __SANITIZE_ADDRESS__
TEST_CASE("what is charged is what the allocator gives", "[memory]") {
    ModuleSpec module;
    engine::Registry registry(module);
    engine::Partitions partitions(128);
    std::size_t id_bytes = GENERATE(4, 40, 3'000);
    int messages = GENERATE(0, 1, 20);
    std::size_t before = mallinfo2().uordblks;
    engine::EntityTable table(registry, partitions);
    for (int i = 0; i < 2'000; ++i) {
        std::string id = std::to_string(i);
        id += std::string(id_bytes, 'i');
        engine::Entity& entity = table.obtain({{"com.example.shop", "shopping_cart"}, id});
        for (int m = 0; m < messages; ++m) {
            MessageKey key{CommitNumber{static_cast<std::uint64_t>(m) + 1}, 0};
            entity.mailbox.push({key, key.number, SharedBytes(std::string(100, 'm'))});
        }
        table.touch(entity);
    }
    auto used = static_cast<double>(mallinfo2().uordblks - before);
    auto charged = static_cast<double>(table.charged());
    INFO(id_bytes << " bytes of id, " << messages << " messages: " << used / 2'000 << " used");
    CHECK(charged >= used * 0.97);
    CHECK(charged <= used * 1.15);
    table.clear();
    CHECK(table.charged() == 0);
}
#endif

}  // namespace sfg::test
