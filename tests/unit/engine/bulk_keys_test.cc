// The messages of one body that carry keys of their own.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace sfg;
using namespace sfg::test;

namespace {

using Places = std::vector<std::uint32_t>;

const engine::BulkAccepted* accepted(const EngineBed& bed, WaiterId waiter) {
    return bed.answer_of<engine::BulkAccepted>(waiter);
}

std::string id_of(MessageKey key) {
    return message_id(StoreId{0x1234}, key);
}

}  // namespace

TEST_CASE("a body that is sent again counts once", "[engine][bulk]") {
    EngineBed bed;
    const std::vector<EngineBed::InBulk> body = {{"a", "1", "k1", 1}, {"b", "2", "k2", 2}};
    WaiterId first = bed.send_bulk(body);
    WaiterId second = bed.send_bulk(body);
    bed.write_group();
    // Told when what it repeats is durable, not before.
    CHECK_FALSE(bed.answered(second));
    bed.notice_durable();
    REQUIRE(accepted(bed, first) != nullptr);
    REQUIRE(accepted(bed, second) != nullptr);
    CHECK(accepted(bed, second)->messages == accepted(bed, first)->messages);
    CHECK(accepted(bed, first)->repeats.empty());
    CHECK(accepted(bed, second)->repeats == Places{0, 1});
    CHECK(bed.core->stats().accepted == 2);

    auto keys = accepted(bed, first)->messages;
    bed.crash();
    WaiterId third = bed.send_bulk(body);
    bed.sync();
    REQUIRE(accepted(bed, third) != nullptr);
    CHECK(accepted(bed, third)->messages == keys);
    CHECK(bed.core->stats().accepted == 0);
}

TEST_CASE("after a crash in front of the disk a body that is sent again is new", "[engine][bulk]") {
    EngineBed bed;
    const std::vector<EngineBed::InBulk> body = {{"a", "1", "k1", 1}, {"b", "2"}};
    bed.send_bulk(body);
    bed.crash();
    WaiterId again = bed.send_bulk(body);
    bed.sync();
    REQUIRE(accepted(bed, again) != nullptr);
    CHECK(accepted(bed, again)->repeats.empty());
    CHECK(bed.durable_rows(storage::Table::message) == 2);
    CHECK(bed.durable_rows(storage::Table::mark) == 1);
}

TEST_CASE("what is known of a body is repeated, the rest is accepted", "[engine][bulk]") {
    EngineBed bed;
    WaiterId single = bed.send_keyed("b", "2", "k2", 2);
    bed.sync();
    std::string known = bed.answer_of<engine::Accepted>(single)->message_id.text();
    WaiterId waiter =
        bed.send_bulk({{"a", "1", "k1", 1}, {"b", "2", "k2", 2}, {"b", "3"}, {"b", "4", "k4", 4}});
    bed.sync();
    const auto* answer = accepted(bed, waiter);
    REQUIRE(answer != nullptr);
    CHECK(answer->repeats == Places{1});
    CHECK(id_of(answer->messages[1]) == known);
    CHECK(bed.core->stats().accepted == 4);
    // A single request repeats what a body brought.
    WaiterId repeat = bed.send_keyed("a", "1", "k1", 1);
    bed.sync();
    CHECK(bed.answer_of<engine::Accepted>(repeat)->message_id.text() == id_of(answer->messages[0]));
}

TEST_CASE("a key that stands twice in a body is one message", "[engine][bulk]") {
    EngineBed bed;
    // Another entity's key of the same text is another key.
    WaiterId waiter =
        bed.send_bulk({{"a", "1", "k", 1}, {"b", "1", "k", 1}, {"a", "1", "k", 1}, {"a", "2"}});
    bed.sync();
    const auto* answer = accepted(bed, waiter);
    REQUIRE(answer != nullptr);
    CHECK(answer->repeats == Places{2});
    CHECK(answer->messages[2] == answer->messages[0]);
    CHECK(answer->messages[1] != answer->messages[0]);
    CHECK(bed.core->stats().accepted == 3);

    WaiterId bad = bed.send_bulk({{"c", "1", "k", 1}, {"c", "2", "k", 2}});
    const auto* refused = bed.answer_of<engine::Refused>(bad);
    REQUIRE(refused != nullptr);
    CHECK(refused->problem.code == Errc::key_reused);
    CHECK(refused->place == 1);
    CHECK(bed.core->stats().accepted == 3);
}

TEST_CASE("a key of another content refuses the body, and frees its other keys", "[engine][bulk]") {
    EngineBed bed;
    bed.send_keyed("b", "2", "k2", 2);
    bed.sync();
    WaiterId waiter = bed.send_bulk({{"a", "1", "k1", 1}, {"b", "other", "k2", 99}});
    const auto* refused = bed.answer_of<engine::Refused>(waiter);
    REQUIRE(refused != nullptr);
    CHECK(refused->problem.code == Errc::key_reused);
    CHECK(refused->place == 1);
    CHECK(bed.core->stats().accepted == 1);
    // Also with another content: nothing was accepted with it.
    WaiterId free = bed.send_keyed("a", "another", "k1", 55);
    bed.sync();
    CHECK(bed.answer_of<engine::Accepted>(free) != nullptr);
}

TEST_CASE("a refused body frees its keys for who waits for them", "[engine][bulk]") {
    engine::EngineOptions options;
    options.waiting_messages_max = 1;
    EngineBed bed(options);
    bed.hold_reads = true;
    WaiterId body = bed.send_bulk({{"a", "1", "k1", 1}, {"b", "1", "k2", 1}});
    WaiterId single = bed.send_keyed("a", "1", "k1", 1);
    bed.send("f", "z", "fills it");
    bed.answer_reads();
    CHECK(bed.answer_of<engine::Refused>(body)->problem.code == Errc::overloaded);
    CHECK(bed.answer_of<engine::Refused>(single)->problem.code == Errc::overloaded);
    CHECK(bed.core->stats().accepted == 1);
}

TEST_CASE("bodies with the same keys in other orders do not wait in a circle", "[engine][bulk]") {
    EngineBed bed;
    bed.hold_reads = true;
    WaiterId first = bed.send_bulk({{"a", "1", "k", 1}, {"b", "2", "k", 2}, {"c", "3", "k", 3}});
    WaiterId second = bed.send_bulk({{"c", "3", "k", 3}, {"d", "4", "k", 4}, {"a", "1", "k", 1}});
    WaiterId third = bed.send_bulk({{"d", "4", "k", 4}, {"b", "2", "k", 2}});
    WaiterId single = bed.send_keyed("d", "4", "k", 4);
    CHECK(bed.admissions.empty());
    // The look-ups come back in any order.
    while (!bed.reads.empty()) {
        engine::ReadRequest last = std::move(bed.reads.back());
        bed.reads.pop_back();
        bed.answer_read(last);
    }
    CHECK(bed.admissions.size() == 4);
    bed.sync();
    REQUIRE(accepted(bed, third) != nullptr);
    CHECK(accepted(bed, first)->repeats.empty());
    CHECK(accepted(bed, second)->repeats == Places{0, 2});
    CHECK(accepted(bed, third)->repeats == Places{0, 1});
    CHECK(
        bed.answer_of<engine::Accepted>(single)->message_id.text() ==
        id_of(accepted(bed, second)->messages[1])
    );
    CHECK(bed.core->stats().accepted == 4);
}

TEST_CASE("a body whose keys are looked up is told once when the store is lost", "[engine][bulk]") {
    EngineBed bed;
    bed.hold_reads = true;
    WaiterId waiter = bed.send_bulk({{"a", "1", "k1", 1}, {"b", "2", "k2", 2}});
    bed.core->on(engine::StoreLost{});
    const auto* refused = bed.answer_of<engine::Refused>(waiter);
    REQUIRE(refused != nullptr);
    CHECK(refused->problem.code == Errc::in_doubt);
    bed.answers.clear();
    bed.answer_reads();
    CHECK(bed.answers.empty());
    CHECK(bed.core->stats().accepted == 0);
}

TEST_CASE("a body with keys in front of the disk is in doubt when the store is lost", "[engine]") {
    EngineBed bed;
    WaiterId waiter = bed.send_bulk({{"a", "1", "k1", 1}, {"b", "2"}});
    bed.core->on(engine::StoreLost{});
    CHECK(bed.answer_of<engine::Refused>(waiter)->problem.code == Errc::in_doubt);
}

TEST_CASE("a mark that a waiting body was told of is not swept under it", "[engine][bulk]") {
    EngineBed bed;
    bed.send_keyed("a", "1", "k1", 1);
    bed.sync();
    bed.run([](const Asked&) { return done(); });
    // The body knows its first key, and waits for the look-up of the second one.
    bed.hold_reads = true;
    bed.send_keyed("b", "2", "k2", 2);
    REQUIRE(bed.reads.size() == 1);
    engine::ReadRequest held = std::move(bed.reads.front());
    bed.reads.clear();
    auto hash = GENERATE(1, 99);
    WaiterId body =
        bed.send_bulk({{"a", "1", "k1", static_cast<std::uint64_t>(hash)}, {"b", "2", "k2", 2}});
    bed.hold_reads = false;
    bed.answer_reads();
    auto pass_a_day = [&bed] {
        bed.advance(std::chrono::hours(26));
        for (int i = 0; i < 1000; ++i) {
            bed.advance(std::chrono::milliseconds(50));
            bed.sync();
        }
    };
    pass_a_day();
    CHECK_FALSE(bed.answered(body));
    CHECK(bed.durable_rows(storage::Table::mark) == 1);
    CHECK(bed.durable_rows(storage::Table::mark_by_hour) == 1);
    bed.answer_read(held);
    bed.sync();
    if (hash == 1) {
        REQUIRE(accepted(bed, body) != nullptr);
        CHECK(accepted(bed, body)->repeats == Places{0, 1});
    } else {
        CHECK(bed.answer_of<engine::Refused>(body)->problem.code == Errc::key_reused);
    }
    // Nothing of it stays behind, either.
    pass_a_day();
    CHECK(bed.durable_rows(storage::Table::mark) == 0);
    CHECK(bed.durable_rows(storage::Table::mark_by_hour) == 0);
    CHECK(bed.core->partition(partition_of("a", 128)).counters.marks_kept == 0);
}

TEST_CASE("claims of bodies are forgotten when their marks are durable", "[engine][bulk]") {
    // Else a flood of keys would fill memory: after the mark it is found on disk again.
    EngineBed bed;
    WaiterId first = bed.send_bulk({{"a", "1", "k1", 1}, {"b", "2", "k2", 2}});
    bed.sync();
    bed.run([](const Asked&) { return done(); });
    REQUIRE(accepted(bed, first) != nullptr);
    bed.hold_reads = true;
    WaiterId second = bed.send_bulk({{"a", "1", "k1", 1}, {"b", "2", "k2", 2}});
    CHECK(std::any_of(bed.reads.begin(), bed.reads.end(), [](const engine::ReadRequest& read) {
        return read.gets.size() == 2;
    }));
    bed.answer_reads();
    CHECK(accepted(bed, second)->repeats == Places{0, 1});
}
