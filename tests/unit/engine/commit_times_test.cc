// Since when a message waits: what the numbers of commits tell.
#include "gateway/engine/commit_times.h"

#include "tests/unit/engine/operator_bed.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

using namespace sfg;
using namespace sfg::test;
using engine::CommitTimes;

namespace {

// What the page of entity "a" says.
std::int64_t waits_for(EngineBed& bed) {
    bed.advance(milliseconds(0));
    WaiterId page = ask(bed, "a");
    bed.sync();
    std::string json = told(bed, page);
    std::string_view name = "\"waiting_seconds\":";
    std::size_t at = json.find(name);
    REQUIRE(at != std::string::npos);
    return std::atoll(json.c_str() + at + name.size());
}

}  // namespace

TEST_CASE("R32 the time of a commit is known to the second or a thirtieth", "[engine]") {
    CommitTimes times;
    std::int64_t day_ms = 24LL * 3'600'000;
    std::int64_t end_ms = 0;
    auto seconds = GENERATE(100, 5'000, 200'000, 3'000'000);
    for (int i = 1; i <= seconds; ++i) {
        end_ms = i * std::int64_t{1'000};
        times.note(CommitNumber{static_cast<std::uint64_t>(i) * 1'000}, end_ms);
    }
    CHECK(times.encode().size() <= CommitTimes::kPointsMax * 16);
    for (std::uint64_t i = 1; i <= static_cast<std::uint64_t>(seconds); i = i * 5 / 4 + 1) {
        auto of = times.of(CommitNumber{i * 1'000 + 500});
        REQUIRE(of);
        std::int64_t made_ms = static_cast<std::int64_t>(i) * 1'000 + 500;
        std::int64_t age_ms = end_ms - made_ms;
        CHECK(*of <= made_ms);
        CHECK(made_ms - *of <= 1'000 + std::max<std::int64_t>(age_ms, 0) / 30);
    }
    CHECK_FALSE(times.of(CommitNumber{1}));
    CHECK(end_ms <= 40 * day_ms);
}

TEST_CASE("R32 times that the store kept come before those of this life", "[engine]") {
    CommitTimes before;
    before.note(CommitNumber{10}, 1'000);
    before.note(CommitNumber{20}, 2'000);
    CommitTimes times;
    times.note(CommitNumber{100}, 50'000);
    times.restore(before.encode());
    times.restore(before.encode());
    CHECK_FALSE(times.of(CommitNumber{9}));
    CHECK(times.of(CommitNumber{10}) == 1'000);
    CHECK(times.of(CommitNumber{99}) == 2'000);
    CHECK(times.of(CommitNumber{100}) == 50'000);
    CHECK(times.encode().size() == 3 * 16);
    CommitTimes damaged;
    damaged.restore(before.encode().substr(0, 20));
    CHECK(damaged.of(CommitNumber{30}) == 1'000);
}

TEST_CASE("R32 an entity's page says how long its first message waits", "[operators]") {
    EngineBed bed(with_policy(OnPoison::park, 1));
    poison(bed, "a");
    bed.advance(minutes(3));
    CHECK(waits_for(bed) >= 180);
    CHECK(waits_for(bed) <= 182);
    WaiterId nobody = ask(bed, "nobody");
    bed.sync();
    CHECK(shows(told(bed, nobody), "\"head\":null"));
    // A later message says nothing of the first one.
    bed.send("f", "a", "2");
    bed.sync();
    CHECK(waits_for(bed) >= 180);
    SECTION("also after a start, and time that passed before it") {
        bed.now += std::chrono::hours(2);
        bed.crash();
        CHECK(waits_for(bed) >= 7'380);
        CHECK(waits_for(bed) <= 7'380 + 61);
    }
    SECTION("also after the store was lost") {
        reset(bed);
        CHECK(waits_for(bed) >= 180);
        CHECK(waits_for(bed) <= 182);
    }
}
