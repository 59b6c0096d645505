// Expiration: when a value is no longer sent, and that it stays so.
#include "tests/unit/engine/expiring_function.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a value expires a time to live after its last write", "[engine][checklist-34]") {
    ExpiringFunction f(ExpireMode::after_write, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(600));
    CHECK(f.read("a") == "1");  // Reading does not extend.
    f.bed.advance(milliseconds(399));
    CHECK(f.read("a") == "1");
    f.bed.advance(milliseconds(1));
    CHECK(f.read("a") == std::nullopt);

    f.write("a", "2");
    f.bed.advance(milliseconds(900));
    f.write("a", "3");
    f.bed.advance(milliseconds(900));
    CHECK(f.read("a") == "3");
}

TEST_CASE("a value expires a time to live after the last call", "[engine][checklist-35]") {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    f.write("a", "1");
    for (int i = 0; i < 5; ++i) {
        f.bed.advance(milliseconds(999));
        CHECK(f.read("a") == "1");
    }
    f.bed.advance(milliseconds(1000));
    CHECK(f.read("a") == std::nullopt);
    CHECK(f.read("a") == std::nullopt);  // The call that missed it did not bring it back.
}

TEST_CASE("the time to live counts from the build of the request", "[engine][checklist-35]") {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(500));
    f.bed.send("f", "a", "slow");
    f.bed.advance(milliseconds(700));  // It expires while the call that carries it is out.
    f.bed.answer(done());
    f.bed.advance(milliseconds(299));
    CHECK(f.read("a") == "1");
}

TEST_CASE("a value without expiration stays", "[engine][checklist-37]") {
    ExpiringFunction f(ExpireMode::none, 0);
    f.write("a", "1");
    f.bed.advance(hours(24 * 3650));
    CHECK(f.read("a") == "1");
    f.bed.crash();
    f.bed.advance(hours(24 * 3650));
    CHECK(f.read("a") == "1");
}

TEST_CASE("an expiration mode that is not known counts as none", "[engine][checklist-37]") {
    ExpiringFunction f(ExpireMode::none, 0);
    auto strange = missing("n", "t/number");
    auto* spec = strange.mutable_incomplete_invocation_context()->mutable_missing_values(0);
    spec->mutable_expiration_spec()->set_mode(
        static_cast<wire::FromFunction::ExpirationSpec::ExpireMode>(7)
    );
    spec->mutable_expiration_spec()->set_expire_after_millis(1);
    f.declares(strange);
    f.write("a", "1");
    f.bed.advance(seconds(60));
    CHECK(f.read("a") == "1");
}

TEST_CASE("a time to live of nothing is refused with a way out", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    wire::FromFunction zero;
    add_missing(zero, "n", ExpireMode::after_write, 0);
    bed.answer(zero);
    CHECK(bed.calls.empty());
    CHECK(bed.error_of("f", "a").find("at least 1 ms") != std::string::npos);
}

TEST_CASE("time that passes while the process is down counts", "[engine][checklist-36]") {
    for (auto mode : {ExpireMode::after_write, ExpireMode::after_invoke}) {
        ExpiringFunction f(mode, 10'000);
        f.write("a", "1");
        f.write("b", "2");
        f.bed.now += seconds(9);
        f.bed.crash();
        CHECK(f.read("a") == "1");
        f.bed.now += seconds(2);
        f.bed.crash();
        CHECK(f.read("b") == std::nullopt);
        bool by_write = mode == ExpireMode::after_write;
        CHECK(f.read("a") == (by_write ? std::nullopt : std::optional<std::string>("1")));
    }
}

TEST_CASE("the touched stamp survives a crash with its turn, also without a write", "[engine]") {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(900));
    CHECK(f.read("a") == "1");
    f.bed.crash();
    f.bed.advance(milliseconds(900));
    CHECK(f.read("a") == "1");
}

TEST_CASE("a call that fails does not extend", "[engine][hazard-18]") {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(900));
    f.bed.send("f", "a", "x");
    REQUIRE(f.bed.calls.size() == 1);
    CHECK(f.bed.calls[0].state("n") == "1");
    SECTION("the endpoint is down") {
        f.bed.fail(engine::FailureKind::down, "connection refused");
    }
    SECTION("the response is rejected") {
        auto bad = done();
        bad.mutable_invocation_result()->add_outgoing_messages();
        f.bed.answer(bad);
    }
    SECTION("the process dies") {
        f.bed.sync();
        f.bed.crash();
    }
    f.bed.advance(milliseconds(200));
    f.bed.advance(seconds(20));
    f.through_canary();
    REQUIRE(f.bed.calls.size() == 1);
    CHECK(f.bed.calls[0].state("n") == std::nullopt);
}

TEST_CASE(
    "the turn that missed a value deletes it, before anything can bring it back",
    "[engine]"
) {
    ExpiringFunction f(ExpireMode::after_write, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(1000));
    CHECK(f.read("a") == std::nullopt);
    f.bed.sync();
    CHECK(f.bed.durable_rows(storage::Table::state) == 0);
    // A longer time to live finds nothing.
    f.declares(ExpireMode::after_write, 1'000'000);
    f.bed.crash();
    CHECK(f.read("a") == std::nullopt);
}

TEST_CASE("a value that was missing once in a turn stays missing in it", "[engine]") {
    ExpiringFunction f(ExpireMode::after_write, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(1000));
    f.bed.send("f", "a", "x");
    REQUIRE(f.bed.calls[0].state("n") == std::nullopt);
    wire::FromFunction longer;
    add_missing(longer, "n", ExpireMode::after_write, 1'000'000);
    add_missing(longer, "other", ExpireMode::none, 0);
    f.bed.answer(longer);
    REQUIRE(f.bed.calls.size() == 1);
    CHECK(f.bed.calls[0].state("n") == std::nullopt);
}

TEST_CASE(
    "a value that lives through an incomplete answer is touched by the first request",
    "[engine]"
) {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(900));
    f.bed.send("f", "a", "x");
    f.bed.advance(milliseconds(200));
    wire::FromFunction more;
    add_missing(more, "other", ExpireMode::none, 0);
    f.bed.answer(more);
    REQUIRE(f.bed.calls.size() == 1);
    CHECK(f.bed.calls[0].state("n") == "1");
}

TEST_CASE("an absent value costs no row and no entry", "[engine]") {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    for (int i = 0; i < 10; ++i) {
        CHECK(f.read("a") == std::nullopt);
    }
    f.bed.sync();
    CHECK(f.bed.durable_rows(storage::Table::entity) == 0);
    CHECK(f.bed.durable_rows(storage::Table::expiry) == 0);
}

TEST_CASE("a turn that writes all that it keeps alive needs no touched stamp", "[engine]") {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    for (int i = 0; i < 10; ++i) {
        f.write("a", std::to_string(i));
    }
    CHECK(f.bed.durable_rows(storage::Table::entity) == 0);
    CHECK(f.read("a") == "9");
    f.bed.sync();
    CHECK(f.bed.durable_rows(storage::Table::entity) == 1);
}

TEST_CASE("an evicted entity expires like one in memory", "[engine]") {
    for (auto mode : {ExpireMode::after_write, ExpireMode::after_invoke}) {
        engine::EngineOptions options;
        options.memory_budget_bytes = 1;
        ExpiringFunction f(mode, 1000, options);
        f.write("a", "1");
        f.bed.advance(milliseconds(900));
        CHECK(f.read("a") == "1");
        f.bed.sync();
        CHECK(f.bed.entity("f", "a") == nullptr);
        f.bed.advance(milliseconds(900));
        bool by_write = mode == ExpireMode::after_write;
        CHECK(f.read("a") == (by_write ? std::nullopt : std::optional<std::string>("1")));
    }
}

TEST_CASE("release and acquire keep both stamps", "[engine]") {
    ExpiringFunction f(ExpireMode::after_invoke, 1000);
    f.write("a", "1");
    f.bed.advance(milliseconds(900));
    CHECK(f.read("a") == "1");
    f.bed.sync();
    PartitionId home = f.bed.entity("f", "a")->partition;
    f.bed.core->on(engine::PartitionReleased{home});
    REQUIRE(f.bed.releases.size() == 1);
    f.bed.core->on(engine::PartitionAcquired{home});
    f.bed.answer_reads();
    f.bed.advance(milliseconds(900));
    CHECK(f.read("a") == "1");
    f.bed.sync();
    f.bed.advance(seconds(5));
    f.bed.sync();
    CHECK(f.bed.durable_rows(storage::Table::state) == 0);
}

TEST_CASE("R48 a clock that is set does not bring back what has expired", "[engine]") {
    ExpiringFunction f(ExpireMode::after_write, 60'000);
    f.write("a", "1");
    f.write("b", "2");
    f.bed.advance(milliseconds(59'999));
    SECTION("back, while the process runs") {
        f.bed.wall_offset = -hours(1);
        f.bed.advance(milliseconds(1));
        CHECK(f.read("a") == std::nullopt);
    }
    SECTION("back, at a start: the value was missing in a call that failed") {
        f.bed.advance(milliseconds(1));
        f.bed.send("f", "a", "x");
        CHECK(f.bed.calls[0].state("n") == std::nullopt);
        f.bed.sync();
        f.bed.wall_offset = -hours(1);
        f.bed.crash();
        f.through_canary();
        CHECK(f.bed.calls[0].state("n") == std::nullopt);
    }
    SECTION("back, at an orderly start: nobody had looked") {
        f.bed.advance(milliseconds(1));
        f.bed.core->on(engine::StopStarting{});
        f.bed.sync();
        f.bed.wall_offset = -hours(1);
        f.bed.crash();
        CHECK(f.read("a") == std::nullopt);
    }
    SECTION("forward a day, at a start, and back again") {
        f.bed.wall_offset = hours(24);
        f.bed.crash();
        CHECK(f.read("a") == std::nullopt);
        f.bed.sync();
        f.bed.wall_offset = hours(0);
        f.bed.crash();
        CHECK(f.read("a") == std::nullopt);
        CHECK(f.read("b") == std::nullopt);
        f.write("a", "3");
        // Time runs at half speed until the wall has caught up; it never stands still.
        f.bed.advance(milliseconds(119'000));
        CHECK(f.read("a") == "3");
        f.bed.advance(milliseconds(2'000));
        CHECK(f.read("a") == std::nullopt);
    }
}
