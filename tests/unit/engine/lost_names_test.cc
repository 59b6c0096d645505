// A value on disk outlives what is known of its name: versions that do not declare it, and a
// registry whose row can't be read.
#include "tests/unit/engine/expiring_function.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;
using std::chrono::minutes;
using std::chrono::seconds;
using storage::Table;

namespace {

// A crash after which the store says nothing of what f declares.
void lose_names(EngineBed& bed) {
    storage::WriteBatch batch;
    batch.put_copy(engine::Registry::key_of({"t", "f"}), "?");
    bed.store->commit(batch, [](const storage::StoreResult<void>&) {});
    bed.crash();
    REQUIRE(bed.notices.back().find("table 'registry'") != std::string::npos);
}

}  // namespace

TEST_CASE("a version that does not declare a state leaves it to the one that does", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.declares(declaring({"n", "b"}));
    f.bed.crash();
    auto both = done();
    set_state(both, "n", "1");
    set_state(both, "b", "2");
    f.turn("a", both);
    f.declares(declaring({"n"}));
    f.bed.crash();
    f.write("a", "3");
    SECTION("after a crash") {
        f.bed.crash();
    }
    f.declares(declaring({"n", "b"}));
    f.bed.send("f", "a", "x");
    f.through_canary();
    CHECK(f.bed.calls.at(0).state("n") == "3");
    CHECK(f.bed.calls.at(0).state("b") == "2");
}

TEST_CASE("a value whose name was lost is sent under it, with the type that it has", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    f.write("b", "2");
    lose_names(f.bed);
    SECTION("to a function that declares it, and nobody else waits") {
        f.bed.send("f", "a", "x");
        f.bed.send("f", "b", "x");
        REQUIRE(f.bed.calls.size() == 2);
        CHECK(f.bed.calls[1].state("n") == "2");
        f.through_canary();
        REQUIRE(f.bed.calls.size() == 2);
        CHECK(f.bed.calls[1].state("n") == "1");
    }
    SECTION("and a function that does not declare it leaves it alone") {
        f.declares(declaring({"other"}));
        CHECK(f.read("a") == "1");
        CHECK(f.bed.durable_rows(Table::state) == 2);
        f.bed.crash();
        f.declares(declaring({"n"}));
        CHECK(f.read("a") == "1");
    }
    SECTION("and another type under its name is refused") {
        f.bed.send("f", "a", "x");
        f.bed.answer(missing("n", "t/other"));
        CHECK(f.bed.error_of("f", "a").find("use another name") != std::string::npos);
        CHECK(f.bed.durable_rows(Table::state) == 2);
    }
    SECTION("and it is known again after the next crash") {
        f.read("a");
        f.bed.notices.clear();
        f.bed.crash();
        CHECK(f.bed.notices.empty());
        CHECK(f.read("b") == "2");
    }
}

TEST_CASE("a value whose name was lost is kept until it is known how it expires", "[engine]") {
    auto mode = GENERATE(ExpireMode::after_write, ExpireMode::after_invoke);
    ExpiringFunction f(mode, 1'000);
    f.write("a", "1");
    lose_names(f.bed);
    f.bed.advance(seconds(5));
    f.bed.sync();
    CHECK(f.bed.durable_rows(Table::state) == 1);
    SECTION("it expires as declared, though nobody calls its entity") {
        f.read("z");
        for (int i = 0; i < 20; ++i) {
            f.bed.advance(minutes(1));
            f.bed.sync();
        }
        CHECK(f.bed.durable_rows(Table::state) == 0);
        CHECK(f.bed.durable_rows(Table::expiry) == 0);
        CHECK(f.read("a") == std::nullopt);
    }
    SECTION("a function that says that it lives on is given it") {
        f.declares(ExpireMode::none, 0);
        CHECK(f.read("a") == "1");
        f.bed.advance(minutes(20));
        f.bed.sync();
        CHECK(f.read("a") == "1");
    }
}

TEST_CASE("an entity with more values than a type has names is loaded as a whole", "[engine]") {
    EngineBed bed;
    auto names = [](char first) {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < engine::kStatesPerTypeMax; ++i) {
            all.push_back(first + std::to_string(10'000 + i));
        }
        return all;
    };
    auto declare_and_write = [&bed](const std::vector<std::string>& declared) {
        wire::FromFunction write = done();
        for (const std::string& name : declared) {
            set_state(write, name, name);
        }
        bed.answer(declaring(declared));
        bed.answer(write);
        bed.sync();
    };
    bed.send("f", "a", "x");
    declare_and_write(names('m'));
    lose_names(bed);
    // Another entity comes first: no value tells that the names were there.
    bed.send("f", "b", "x");
    bed.answer(declaring(names('z')));
    bed.answer(done());
    bed.send("f", "a", "x");
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.notices.back().find("999 more values") != std::string::npos);
    wire::FromFunction write = done();
    for (const std::string& name : names('z')) {
        set_state(write, name, name);
    }
    bed.answer(write);
    bed.sync();
    CHECK(bed.durable_rows(Table::state) == 2 * engine::kStatesPerTypeMax);

    bed.crash();
    bed.send("f", "a", "y");
    bed.answer(declaring(names('z')));
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].state("z10000") == "z10000");
    CHECK(bed.calls[0].state("z10999") == "z10999");
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"y"});
    bed.answer(done());
    bed.sync();
    CHECK(bed.core->stats().waiting_messages == 0);
    CHECK(bed.durable_rows(Table::state) == 2 * engine::kStatesPerTypeMax);
}

TEST_CASE("a row of a state that makes no sense is left alone", "[engine]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    storage::WriteBatch batch;
    batch.put_copy(f.bed.entity("f", "a")->state_key("unknown"), "?");
    f.bed.store->commit(batch, [](const storage::StoreResult<void>&) {});
    lose_names(f.bed);
    f.bed.notices.clear();
    CHECK(f.read("a") == "1");
    CHECK(f.bed.durable_rows(Table::state) == 2);
    REQUIRE(!f.bed.notices.empty());
    CHECK(f.bed.notices.front().find("table 'state'") != std::string::npos);
}

TEST_CASE("a name that was lost is found though its record is whole again", "[engine][load]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.declares(declaring({"n", "m"}));
    f.bed.crash();
    auto both = done();
    set_state(both, "n", "1");
    set_state(both, "m", "2");
    f.turn("a", both);
    lose_names(f.bed);
    // A version without "m" has the record written anew, by the call of an entity without values.
    f.declares(declaring({"n"}));
    f.read("other");
    f.bed.crash();
    f.declares(declaring({"n", "m"}));
    f.bed.send("f", "a", "x");
    f.through_canary();
    CHECK(f.bed.calls.at(0).state("n") == "1");
    CHECK(f.bed.calls.at(0).state("m") == "2");
}
