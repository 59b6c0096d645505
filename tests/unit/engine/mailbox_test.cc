// How messages wait and are handed to functions.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

TEST_CASE("the first message of an idle entity leaves at once and alone", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"1"});
}

TEST_CASE("what arrives while a call is in flight is the next batch, in order", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    bed.send("f", "a", "3");
    REQUIRE(bed.calls.size() == 1);
    bed.answer(done());
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"2", "3"});
}

TEST_CASE("entities run at once, one call in flight for each", "[engine]") {
    EngineBed bed;
    for (int i = 0; i < 10; ++i) {
        bed.send("f", std::to_string(i % 5), "x");
    }
    CHECK(bed.calls.size() == 5);
}

TEST_CASE("a batch is limited by the endpoint's count and by bytes", "[engine]") {
    engine::EngineOptions options;
    options.batch_bytes_max = 1000;
    EngineBed bed(options);
    bed.module.endpoints[0].batch_messages_max = 3;
    bed.crash();  // The engine reads the module when it begins.
    bed.send("f", "a", "first");
    for (int i = 0; i < 5; ++i) {
        bed.send("f", "a", "small");
    }
    bed.send("f", "a", std::string(2000, 'x'));
    bed.send("f", "a", "behind");
    bed.answer(done());
    CHECK(bed.calls[0].batch.invocations_size() == 3);
    bed.answer(done());
    CHECK(bed.calls[0].batch.invocations_size() == 2);
    bed.answer(done());
    CHECK(bed.calls[0].batch.invocations_size() == 1);
    CHECK(bed.calls[0].arguments()[0].size() == 2000);
    bed.answer(done());
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"behind"});
}

TEST_CASE(
    "R36 an acceptance is told only when it is durable, in the order of commits",
    "[engine]"
) {
    EngineBed bed;
    auto first = bed.send("f", "a", "1");
    auto second = bed.send("f", "b", "2");
    CHECK_FALSE(bed.answered(first));
    bed.sync();
    REQUIRE(bed.answer_of<engine::Accepted>(first) != nullptr);
    REQUIRE(bed.answer_of<engine::Accepted>(second) != nullptr);
    CHECK(
        bed.answer_of<engine::Accepted>(first)->message_id.view() !=
        bed.answer_of<engine::Accepted>(second)->message_id.view()
    );
}

TEST_CASE("entities of an endpoint take turns when slots are scarce", "[engine]") {
    EngineBed bed;
    bed.module.endpoints[0].pool_size = 1;
    bed.module.endpoints[0].batch_messages_max = 1;
    bed.crash();  // The engine reads the module when it begins.
    for (const char* id : {"a", "b", "a", "b", "a", "b"}) {
        bed.send("f", id, "x");
    }
    std::string order;
    while (!bed.calls.empty()) {
        order += bed.calls[0].call.target.id;
        bed.answer(done());
    }
    CHECK(order == "ababab");
}

TEST_CASE("R39 a message for a type without endpoint waits and is counted", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    auto* message = response.mutable_invocation_result()->add_outgoing_messages();
    message->mutable_target()->set_namespace_("ghost");
    message->mutable_target()->set_type("g");
    message->mutable_target()->set_id("1");
    bed.answer(response);
    CHECK(bed.calls.empty());
    CHECK(bed.core->stats().waiting_messages == 1);
    bed.sync();
    bed.module.endpoints[1].functions = {"ghost", std::nullopt};
    bed.crash();
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.target.type.ns == "ghost");
}

TEST_CASE(
    "the order of a flood survives memory pressure, a cold load never overtakes",
    "[engine]"
) {
    engine::EngineOptions options;
    options.memory_budget_bytes = 4096;  // Almost nothing: mailboxes spill all the time.
    EngineBed bed(options);
    std::vector<std::string> sent;
    std::vector<std::string> seen;
    auto function = [&](const Asked& asked) {
        for (auto& text : asked.arguments()) {
            seen.push_back(text);
        }
        return done();
    };
    for (int i = 0; i < 3000; ++i) {
        sent.push_back(std::to_string(i));
        bed.send("f", "hot", sent.back());
        if (i % 7 == 0) {
            bed.sync();
        }
        if (i % 501 == 0 && !bed.calls.empty()) {
            auto response = function(bed.calls.front());
            bed.answer(response);
        }
        if (i == 1500) {
            bed.sync();
            std::size_t applied = seen.size();
            bed.crash();
            seen.resize(applied);
        }
    }
    bed.run(function);
    CHECK(seen == sent);
    CHECK(bed.core->stats().spills > 0);
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE("after a restart a new message waits behind the stored backlog", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    bed.sync();
    bed.hold_reads = true;
    bed.crash();
    bed.hold_reads = false;
    bed.answer_reads();
    bed.send("f", "a", "3");
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments().front() == "1");
    std::vector<std::string> seen;
    bed.run([&](const Asked& asked) {
        for (auto& text : asked.arguments()) {
            seen.push_back(text);
        }
        return done();
    });
    CHECK(seen == std::vector<std::string>{"1", "2", "3"});
}

TEST_CASE(
    "consumed messages whose deletes are not durable are not read back",
    "[engine][hazard-1]"
) {
    engine::EngineOptions options;
    options.memory_budget_bytes = 1;
    EngineBed bed(options);
    for (int i = 0; i < 40; ++i) {
        bed.send("f", "a", std::to_string(i));
    }
    bed.sync();
    bed.answer(done());       // "0" is consumed; its delete stays in the open group.
    bed.send("f", "b", "x");  // Another event, so that memory is looked at.
    std::vector<std::string> seen;
    bed.run([&](const Asked& asked) {
        if (asked.call.target.id == "a") {
            for (auto& text : asked.arguments()) {
                seen.push_back(text);
            }
        }
        return done();
    });
    REQUIRE(seen.size() == 39);
    CHECK(seen.front() == "1");
    CHECK(seen.back() == "39");
}

TEST_CASE("messages over the limit of an entity are refused, others are not", "[engine]") {
    engine::EngineOptions options;
    options.mailbox_messages_max = 2;
    EngineBed bed(options);
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    auto third = bed.send("f", "a", "3");
    REQUIRE(bed.answer_of<engine::Refused>(third) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(third)->problem.code == Errc::mailbox_full);
    CHECK_FALSE(bed.answered(bed.send("f", "b", "1")));
}

TEST_CASE("a message sent and consumed inside one group leaves no trace", "[engine][commit]") {
    EngineBed bed;
    bed.send("f", "a", "first");
    bed.sync();
    bed.answer(done());
    bed.sync();
    bed.send("f", "a", "second");
    std::size_t with_message = bed.group.batch().count();
    bed.answer(done());
    CHECK(bed.group.batch().count() < with_message + 1);
    bed.sync();
    auto rows = bed.store->snapshot()->scan(
        {storage::partition_prefix(partition_of("a", 128), storage::Table::message),
         storage::prefix_end(
             storage::partition_prefix(partition_of("a", 128), storage::Table::message)
         )}
    );
    CHECK(rows->rows.empty());
}

TEST_CASE(
    "a load begins behind what its entity has consumed, not at the deleted rows",
    "[engine][hazard-28]"
) {
    EngineBed bed;
    for (int i = 0; i < 500; ++i) {
        bed.send("f", "a", std::to_string(i));
        bed.sync();  // Each put and each delete is in the store.
        bed.answer(done());
        bed.sync();
    }
    bed.send("f", "a", "waits");
    bed.sync();
    MessageKey waits = bed.entity("f", "a")->mailbox.at(0).key;
    bed.hold_reads = true;
    bed.crash();
    std::optional<std::uint64_t> walked;
    while (!bed.reads.empty()) {
        engine::ReadRequest request = std::move(bed.reads.front());
        bed.reads.pop_front();
        for (const auto& scan : request.scans) {
            if (scan.resume_get) {
                auto row = *bed.store->snapshot()->get(request.gets[*scan.resume_get].key);
                REQUIRE(row);
                auto at = row->view().substr(scan.resume_at, storage::kMessageKeyBytes);
                walked = value_of(waits.number) - value_of(storage::read_message_key(at).number);
            }
        }
        bed.answer_read(request);
    }
    // Its row is written every 64 messages, and each of them took two commits.
    REQUIRE(walked);
    CHECK(*walked <= 2 * 64 + 1);
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"waits"});
}
