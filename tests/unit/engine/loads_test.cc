// What a load asks of the store: no more than there can be (design D5).
#include "gateway/engine/loads.h"

#include "tests/unit/engine/expiring_function.h"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

// What is asked of the store for an entity that is not in memory.
engine::ReadRequest load_of(EngineBed& bed, const std::string& id) {
    bed.hold_reads = true;
    bed.send("f", id, "x");
    REQUIRE(bed.reads.size() == 1);
    engine::ReadRequest request = bed.reads.front();
    bed.hold_reads = false;
    bed.answer_reads();
    return request;
}

}  // namespace

TEST_CASE("while nothing waits in the store, no mailbox is walked to", "[engine][load]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    f.bed.crash();
    auto request = load_of(f.bed, "a");
    CHECK(request.gets.size() == 2);
    CHECK(request.scans.empty());
    REQUIRE(f.bed.calls.size() == 1);
    f.through_canary();
    CHECK(f.bed.calls.at(0).state("n") == "1");
    CHECK(f.bed.calls.at(0).arguments() == std::vector<std::string>{"x"});
}

TEST_CASE("what waited in the store comes before what comes now", "[engine][load]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    f.bed.send("f", "a", "first");
    f.bed.sync();
    f.bed.crash();
    f.bed.send("f", "a", "second");
    f.bed.sync();
    std::vector<std::string> seen;
    f.bed.run([&](const Asked& asked) {
        if (asked.batch.state_size() == 0) {
            return f.specs;
        }
        for (std::string& text : asked.arguments()) {
            seen.push_back(std::move(text));
        }
        return done();
    });
    CHECK(seen == std::vector<std::string>{"first", "second"});
    // Nothing waits any more, and others are loaded without a walk again.
    CHECK(load_of(f.bed, "never seen").scans.empty());
}

TEST_CASE("states are looked up by name while there are few of them", "[engine][load]") {
    auto [names, is_by_name] = GENERATE(table<std::size_t, bool>(
        {{engine::kStatesByNameMax, true}, {engine::kStatesByNameMax + 1, false}}
    ));
    std::vector<std::string> declared;
    for (std::size_t i = 0; i < names; ++i) {
        declared.push_back("n" + std::to_string(i));
    }
    EngineBed bed;
    bed.send("f", "a", "x");
    bed.answer(declaring(declared));
    auto write = done();
    for (const std::string& name : declared) {
        set_state(write, name, "value of " + name);
    }
    bed.answer(write);
    bed.sync();
    bed.crash();
    auto request = load_of(bed, "a");
    CHECK(request.gets.size() == 1 + (is_by_name ? names : 0));
    CHECK(request.scans.size() == (is_by_name ? 0 : 1));
    bed.answer(declaring(declared));
    for (const std::string& name : declared) {
        CHECK(bed.calls.at(0).state(name) == "value of " + name);
    }
}
