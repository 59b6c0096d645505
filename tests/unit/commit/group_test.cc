// Groups, their pace, and where an epoch begins.
#include "gateway/commit/group.h"

#include "gateway/commit/pace.h"
#include "gateway/commit/recovery.h"
#include "gateway/engine/ledger.h"
#include "gateway/runtime/clock_watch.h"
#include "gateway/runtime/engine_clock.h"
#include "storage/memory_store.h"

#include <catch2/catch.hpp>

#include <map>
#include <optional>

using sfg::CommitNumber;
using sfg::SharedBytes;
using sfg::commit::Group;
using sfg::commit::LoopState;
using sfg::commit::Micros;
using sfg::commit::OpenGroup;
using sfg::commit::Pace;
using sfg::engine::Commit;

namespace {

std::map<std::string, std::optional<std::string>> rows_of(const Group& group) {
    std::map<std::string, std::optional<std::string>> rows;
    group.batch().for_each([&](std::string_view key, const std::string_view* value) {
        rows[std::string(key)] = value ? std::optional<std::string>(*value) : std::nullopt;
    });
    return rows;
}

Commit commit_of(std::uint64_t number) {
    Commit commit;
    commit.number = CommitNumber{number};
    return commit;
}

}  // namespace

TEST_CASE("a message put and consumed in one group leaves nothing to write", "[commit]") {
    Group group;
    Commit first = commit_of(10);
    first.messages.push_back({first.text.append("a"), SharedBytes("1")});
    first.messages.push_back({first.text.append("b"), SharedBytes("2")});
    group.append(first);
    Commit second = commit_of(11);
    second.messages.push_back({second.text.append("c"), SharedBytes("3")});
    second.consumed.push_back({second.text.append("b"), {CommitNumber{10}, 1}});
    group.append(second);
    auto rows = rows_of(group);
    CHECK(rows.size() == 2);
    CHECK_FALSE(rows.contains("b"));
}

TEST_CASE("a message of an earlier group is deleted", "[commit]") {
    Group group;
    Commit commit = commit_of(20);
    commit.consumed.push_back({commit.text.append("old"), {CommitNumber{19}, 0}});
    group.append(commit);
    CHECK(rows_of(group).at("old") == std::nullopt);
}

TEST_CASE("puts and deletes of other tables never cancel out", "[commit][hazard-19]") {
    Group group;
    Commit put = commit_of(1);
    put.puts.push_back({put.text.append("state"), SharedBytes("v")});
    group.append(put);
    Commit erase = commit_of(2);
    erase.deletes.push_back(erase.text.append("state"));
    group.append(erase);
    auto rows = rows_of(group);
    REQUIRE(rows.contains("state"));
    CHECK(rows.at("state") == std::nullopt);
}

TEST_CASE("of a row that many commits write the last value stays", "[commit]") {
    Group group;
    for (std::uint64_t n = 1; n <= 3; ++n) {
        Commit commit = commit_of(n);
        auto key = commit.text.append("row");
        auto value = commit.text.append(std::string(n * 10, static_cast<char>('a' + n)));
        commit.rows.push_back({key, value});
        group.append(commit);
    }
    CHECK(group.batch().count() == 1);
    CHECK(rows_of(group).at("row") == std::string(30, 'd'));
    CHECK(group.last() == CommitNumber{3});
    group.clear();
    CHECK(group.empty());
}

TEST_CASE("a group is written at once only for somebody who waits, on an idle loop", "[commit]") {
    Pace pace({});
    OpenGroup group{false, true, 100, Micros{5000}};
    CHECK(pace.due(group, LoopState::idle) == Micros{0});
    pace.began(Micros{5000});
    CHECK(pace.due(group, LoopState::idle) == Micros::max());  // One at a time.
    pace.ended(Micros{300});
    CHECK(pace.due(group, LoopState::busy) == Micros{6000});
    group.waited = false;
    CHECK(pace.due(group, LoopState::idle) == Micros{10'000});
    group.bytes = 2 << 20;
    CHECK(pace.due(group, LoopState::busy) == Micros{0});
    group.empty = true;
    CHECK(pace.due(group, LoopState::idle) == Micros::max());
}

TEST_CASE("a group that nobody waits for gathers for longer where writing takes long", "[commit]") {
    Pace pace({});
    OpenGroup group{false, false, 100, Micros{50'000}};
    auto gathers_after = [&](Micros took) {
        pace.began(Micros{0});
        pace.ended(took);
        return pace.due(group, LoopState::idle) - group.opened;
    };
    CHECK(gathers_after(Micros{1'000}) == Micros{5'000});
    CHECK(gathers_after(Micros{3'000}) == Micros{12'000});
    CHECK(gathers_after(Micros{90'000}) == Micros{20'000});
    group.waited = true;
    CHECK(pace.due(group, LoopState::idle) == Micros{0});
}

TEST_CASE("each epoch begins above everything that was ever reserved", "[commit]") {
    auto disk = std::make_shared<sfg::storage::MemoryDisk>();
    sfg::storage::MemoryStore store({sfg::StoreId{1}, 128}, disk);
    auto first = sfg::commit::begin_epoch(store);
    auto second = sfg::commit::begin_epoch(store);
    REQUIRE(first.has_value());
    REQUIRE(second.has_value());
    CHECK(first->first == CommitNumber{1});
    CHECK(second->first > first->ceiling);
    CHECK(
        sfg::value_of(second->ceiling) - sfg::value_of(second->first) + 1 ==
        sfg::engine::kNumberBlock
    );
}

TEST_CASE(
    "engine time never runs backwards, and meets the wall at half speed",
    "[clock][hazard-33]"
) {
    using Ms = std::chrono::milliseconds;
    sfg::runtime::EngineClock plain(Ms{1000}, Ms{400});
    CHECK(plain.at(Ms{50}) == 1050);
    sfg::runtime::EngineClock ahead(Ms{1000}, Ms{1500});
    CHECK(ahead.at(Ms{0}) == 1500);
    CHECK(ahead.at(Ms{400}) == 1700);
    CHECK(ahead.at(Ms{1000}) == 2000);
    CHECK(ahead.at(Ms{1001}) == 2001);
}

TEST_CASE("R48 a clock that is set is noticed once, a slow drift is not", "[clock]") {
    using Ms = std::chrono::milliseconds;
    sfg::runtime::ClockWatch watch;
    CHECK_FALSE(watch.look(Ms{5'000'000}, Ms{0}));
    CHECK_FALSE(watch.look(Ms{5'010'400}, Ms{10'000}));
    CHECK(watch.look(Ms{1'420'000}, Ms{20'000}) == Ms{-3'600'000});
    CHECK_FALSE(watch.look(Ms{1'430'000}, Ms{30'000}));
    CHECK(watch.look(Ms{87'840'000}, Ms{40'000}) == Ms{86'400'000});
}
