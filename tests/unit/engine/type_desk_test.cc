// An operator holds a function type, and lets it go on.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr WaiterId kOperator{1'000'000};

// The answer to an order: whether it has changed something.
bool order(EngineBed& bed, const TypeName& type, engine::TypeAction action) {
    bed.answers.erase(kOperator);
    bed.core->on(engine::TypeOrdered{kOperator, type, action});
    bed.sync();
    const auto* told = bed.answer_of<engine::Told>(kOperator);
    REQUIRE(told != nullptr);
    return told->json.find("\"changed\":true") != std::string::npos;
}

bool pause(EngineBed& bed) {
    return order(bed, {"t", "f"}, engine::TypeAction::pause);
}

bool resume(EngineBed& bed) {
    return order(bed, {"t", "f"}, engine::TypeAction::resume);
}

std::string page_of(EngineBed& bed, const std::string& id) {
    bed.answers.erase(kOperator);
    bed.core->on(engine::EntityAsked{kOperator, {{"t", "f"}, id}});
    bed.sync();
    bed.tick();
    const auto* told = bed.answer_of<engine::Told>(kOperator);
    return told == nullptr ? "" : told->json;
}

}  // namespace

TEST_CASE("R35 a paused type is not called, its siblings are, and its order is kept", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");  // In flight: it ends as usual.
    CHECK(pause(bed));
    CHECK_FALSE(pause(bed));
    bed.send("f", "a", "2");
    bed.send("f", "b", "3");
    bed.send("g", "a", "4");
    REQUIRE(bed.calls.size() == 2);
    CHECK(bed.calls[1].call.target.type.name == "g");
    bed.answer(done());
    bed.answer(done());
    bed.send("f", "a", "5");
    bed.sync();
    CHECK(bed.calls.empty());
    CHECK(bed.core->stuck_entities() == 0);
    std::string page = page_of(bed, "a");
    CHECK(page.find("\"status\":\"paused\"") != std::string::npos);
    CHECK(page.find("An operator has paused t/f") != std::string::npos);
    CHECK(resume(bed));
    CHECK_FALSE(resume(bed));
    REQUIRE(bed.calls.size() == 2);
    std::multiset<std::string> called;
    for (const Asked& one : bed.calls) {
        called.insert(one.arguments().front());
    }
    CHECK(called == std::multiset<std::string>{"2", "3"});
}

TEST_CASE("R35 a type stays paused across a crash and goes on from the store", "[engine]") {
    EngineBed bed;
    CHECK(pause(bed));
    for (int i = 0; i < 100; ++i) {
        bed.send("f", std::to_string(i % 10), std::to_string(i));
    }
    bed.sync();
    bed.crash();
    CHECK(bed.calls.empty());
    CHECK(page_of(bed, "3").find("\"status\":\"paused\"") != std::string::npos);
    CHECK(resume(bed));
    std::vector<std::string> seen;
    std::size_t messages = 0;
    bed.run([&](const Asked& asked) {
        messages += asked.arguments().size();
        if (asked.call.target.id == "3") {
            for (const std::string& text : asked.arguments()) {
                seen.push_back(text);
            }
        }
        return done();
    });
    CHECK(messages == 100);
    CHECK(
        seen == std::vector<std::string>{"3", "13", "23", "33", "43", "53", "63", "73", "83", "93"}
    );
    bed.crash();
    bed.send("f", "a", "x");
    CHECK(bed.calls.size() == 1);
}

TEST_CASE("R35 a pause that was not durable is undone by a crash", "[engine]") {
    EngineBed bed;
    bed.core->on(engine::TypeOrdered{kOperator, {"t", "f"}, engine::TypeAction::pause});
    CHECK_FALSE(bed.answered(kOperator));
    bed.crash();
    bed.send("f", "a", "1");
    CHECK(bed.calls.size() == 1);
}

TEST_CASE("R35 entities of a paused type leave memory, and all of them come back", "[engine]") {
    engine::EngineOptions options;
    options.memory_budget_bytes = 2 * kMiB;
    EngineBed bed(options);
    CHECK(pause(bed));
    constexpr std::size_t kEntities = 5'000;
    for (std::size_t i = 0; i < kEntities; ++i) {
        bed.send("f", "entity-" + std::to_string(i), std::string(500, 'x'));
        if (i % 100 == 0) {
            bed.sync();
        }
    }
    bed.sync();
    CHECK(bed.core->stats().evictions > 0);
    CHECK(bed.core->stats().memory_bytes <= options.memory_budget_bytes);
    CHECK(bed.core->stats().loads == 0);
    CHECK(resume(bed));
    std::size_t messages = 0;
    bed.run([&](const Asked& asked) {
        messages += asked.arguments().size();
        return done();
    });
    CHECK(messages == kEntities);
}

TEST_CASE("R35 an entity's own pause and its type's are two", "[engine]") {
    EngineBed bed;
    auto entity = [&](engine::EntityAction action) {
        bed.answers.erase(kOperator);
        bed.core->on(engine::EntityOrdered{kOperator, {{"t", "f"}, "a"}, action, {}});
        bed.tick();
        bed.sync();
    };
    entity(engine::EntityAction::pause);
    CHECK(pause(bed));
    bed.send("f", "a", "1");
    CHECK(resume(bed));
    CHECK(bed.calls.empty());
    CHECK(pause(bed));
    entity(engine::EntityAction::resume);
    CHECK(bed.calls.empty());
    CHECK(resume(bed));
    CHECK(bed.calls.size() == 1);
}
