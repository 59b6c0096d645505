// The messages of one body: all of them, or none.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace sfg;
using namespace sfg::test;

namespace {

using InBulk = EngineBed::InBulk;

std::vector<InBulk> some(std::size_t count, const std::string& prefix = "e") {
    std::vector<InBulk> messages;
    for (std::size_t i = 0; i < count; ++i) {
        messages.push_back({prefix + std::to_string(i % 40), "m" + std::to_string(i)});
    }
    return messages;
}

const engine::BulkAccepted* accepted(const EngineBed& bed, WaiterId waiter) {
    return bed.answer_of<engine::BulkAccepted>(waiter);
}

// That was refused as a whole, for the message at this place.
void check_refused(const EngineBed& bed, WaiterId waiter, Errc code, std::uint32_t place) {
    const auto* refused = bed.answer_of<engine::Refused>(waiter);
    REQUIRE(refused != nullptr);
    CHECK(refused->problem.code == code);
    CHECK(refused->place == place);
}

}  // namespace

TEST_CASE("a body is answered once, when all its messages are durable", "[engine][bulk]") {
    EngineBed bed;
    WaiterId waiter = bed.send_bulk(some(1000));
    CHECK(bed.core->stats().accepted == 1000);
    CHECK(bed.core->stats().waiting_messages == 1000);
    bed.write_group();
    CHECK_FALSE(bed.answered(waiter));
    bed.notice_durable();
    const auto* answer = accepted(bed, waiter);
    REQUIRE(answer != nullptr);
    CHECK(answer->messages.size() == 1000);
    CHECK(answer->repeats.empty());
    CHECK(bed.durable_rows(storage::Table::message) == 1000);
    std::set<MessageKey> keys(answer->messages.begin(), answer->messages.end());
    CHECK(keys.size() == 1000);
    // Of one entity, in the body's order.
    for (std::size_t i = 40; i < 1000; ++i) {
        CHECK(answer->messages[i - 40] < answer->messages[i]);
    }
}

TEST_CASE("a crash leaves all messages of a body or none", "[engine][bulk]") {
    EngineBed bed;
    bed.send_bulk(some(200));
    SECTION("before they were written") {
        bed.crash();
        CHECK(bed.durable_rows(storage::Table::message) == 0);
        CHECK(bed.core->stats().waiting_messages == 0);
        CHECK(bed.calls.empty());
    }
    SECTION("after") {
        bed.write_group();
        bed.crash();
        CHECK(bed.core->stats().waiting_messages == 200);
        std::size_t seen = 0;
        bed.run([&](const Asked& asked) {
            seen += asked.arguments().size();
            return done();
        });
        CHECK(seen == 200);
    }
}

TEST_CASE("every commit of a body but the first joins the one before", "[engine][bulk]") {
    struct Watcher : EngineBed {
        void commit(engine::Commit& one) override {
            joins.push_back(one.joins ? 1 : 0);
            EngineBed::commit(one);
        }

        std::vector<int> joins;
    };

    Watcher bed;
    bed.joins.clear();
    bed.send_bulk(some(100));
    REQUIRE(bed.joins.size() > 10);
    CHECK(bed.joins.front() == 0);
    CHECK(std::count(bed.joins.begin(), bed.joins.end(), 0) == 1);
}

TEST_CASE("messages keep their order within a body and between bodies", "[engine][bulk]") {
    EngineBed bed;
    bed.send("f", "a", "0");
    bed.send_bulk({{"a", "1"}, {"b", "x"}, {"a", "2"}});
    bed.send("f", "a", "3");
    bed.send_bulk({{"a", "4"}, {"a", "5"}});
    std::vector<std::string> seen;
    bed.run([&](const Asked& asked) {
        for (const std::string& text : asked.arguments()) {
            if (asked.call.target.id == "a") {
                seen.push_back(text);
            }
        }
        return done();
    });
    CHECK(seen == std::vector<std::string>{"0", "1", "2", "3", "4", "5"});
}

TEST_CASE("what a body brings for an idle entity leaves in one call", "[engine][bulk]") {
    EngineBed bed;
    bed.send("f", "a", "first");
    bed.run([](const Asked&) { return done(); });
    bed.send_bulk({{"a", "1"}, {"b", "x"}, {"a", "2"}, {"a", "3"}});
    REQUIRE(bed.calls.size() == 2);
    std::set<std::size_t> sizes{bed.calls[0].arguments().size(), bed.calls[1].arguments().size()};
    CHECK(sizes == std::set<std::size_t>{1, 3});
}

TEST_CASE("one message that can't be routed refuses the body", "[engine][bulk]") {
    EngineBed bed;
    std::uint64_t commits = bed.core->stats().commits;
    auto messages = some(5);
    SECTION("no endpoint") {
        messages[3].ns = "x";
        check_refused(bed, bed.send_bulk(messages), Errc::unknown_function, 3);
    }
    SECTION("the gateway's own type") {
        messages[4].ns = "io.statefun.gateway";
        check_refused(bed, bed.send_bulk(messages), Errc::reserved_type, 4);
    }
    SECTION("an id that is no text") {
        messages[0].id = "\xff";
        check_refused(bed, bed.send_bulk(messages), Errc::bad_id, 0);
    }
    SECTION("a delay that ends before it begins") {
        messages[2].delay_ms = -1;
        check_refused(bed, bed.send_bulk(messages), Errc::bad_parameter, 2);
    }
    CHECK(bed.core->stats().accepted == 0);
    CHECK(bed.core->stats().commits == commits);
    CHECK(bed.calls.empty());
}

TEST_CASE("a limit refuses the body before anything of it is taken", "[engine][bulk]") {
    engine::EngineOptions options;
    SECTION("of one entity") {
        options.mailbox_messages_max = 2;
        EngineBed bed(options);
        bed.send_bulk({{"full", "1"}, {"full", "2"}});
        std::uint64_t commits = bed.core->stats().commits;
        check_refused(
            bed, bed.send_bulk({{"a", "1"}, {"b", "2"}, {"full", "3"}}), Errc::mailbox_full, 2
        );
        CHECK(bed.core->stats().commits == commits);
        CHECK(bed.entity("f", "a") == nullptr);
    }
    SECTION("of all together") {
        options.waiting_messages_max = 10;
        EngineBed bed(options);
        // It is looked at before the body, which may pass it by its own messages.
        WaiterId first = bed.send_bulk(some(20));
        bed.sync();
        CHECK(accepted(bed, first) != nullptr);
        check_refused(bed, bed.send_bulk(some(1)), Errc::overloaded, 0);
    }
    SECTION("of keys") {
        options.marks_max = 1;
        EngineBed bed(options);
        bed.send_keyed("a", "x", "k0", 1);
        check_refused(bed, bed.send_bulk({{"a", "1"}, {"a", "2", "k", 7}}), Errc::too_many_keys, 1);
        CHECK(bed.core->stats().accepted == 1);
    }
    SECTION("of what is not durable") {
        options.commit_queue_bytes_max = 10'000;
        EngineBed bed(options);
        bed.send_bulk({{"a", std::string(6'000, 'x')}});
        check_refused(bed, bed.send_bulk(some(2)), Errc::overloaded, 0);
        bed.sync();
        bed.send_bulk(some(2));
        CHECK(bed.core->stats().accepted == 3);
    }
    SECTION("of the disk") {
        EngineBed bed(options);
        bed.core->on(engine::DiskRoomChanged{engine::DiskRoom::below_reserve});
        check_refused(bed, bed.send_bulk(some(2)), Errc::disk_full, 0);
    }
}

TEST_CASE("messages of a body may be delayed, each by its own time", "[engine][bulk]") {
    EngineBed bed;
    WaiterId waiter =
        bed.send_bulk({{"a", "now"}, {"a", "later", "", 0, 500}, {"b", "x", "", 0, 5}});
    bed.sync();
    REQUIRE(accepted(bed, waiter) != nullptr);
    std::vector<std::string> seen;
    auto take = [&](const Asked& asked) {
        for (const std::string& text : asked.arguments()) {
            seen.push_back(text);
        }
        return done();
    };
    bed.run(take);
    CHECK(seen == std::vector<std::string>{"now"});
    bed.advance(std::chrono::milliseconds(10));
    bed.run(take);
    bed.advance(std::chrono::milliseconds(500));
    bed.run(take);
    CHECK(seen == std::vector<std::string>{"now", "x", "later"});
}
