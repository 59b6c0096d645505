// Synchronous calls and their replies.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

std::string text_of(const SharedBytes& typed_value) {
    return decode_typed_value(typed_value.view())->value;
}

}  // namespace

TEST_CASE(
    "R36 a call is answered by what the function sends to its caller, once it is durable",
    "[engine][call]"
) {
    EngineBed bed;
    auto waiter = bed.call("f", "a", "hello");
    auto response = done();
    reply(response, bed.calls[0], 0, "hi");
    bed.answer(response);
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    REQUIRE(bed.answer_of<engine::Reply>(waiter) != nullptr);
    CHECK(text_of(bed.answer_of<engine::Reply>(waiter)->typed_value) == "hi");
}

TEST_CASE("the caller of a call is its message id", "[engine][call]") {
    EngineBed bed;
    auto waiter = bed.call("f", "a", "hello");
    const auto& caller = bed.calls[0].batch.invocations(0).caller();
    CHECK(caller.namespace_() == "io.statefun.gateway");
    CHECK(parse_message_id(caller.id()).has_value());
    bed.sync();
    bed.core->on(engine::CallTimedOut{waiter});
    REQUIRE(bed.answer_of<engine::Refused>(waiter) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(waiter)->problem.code == Errc::call_timeout);
    CHECK(bed.answer_of<engine::Refused>(waiter)->message_id == caller.id());
}

TEST_CASE(
    "a timed-out call that is not durable says that it may not have been accepted",
    "[engine][call]"
) {
    EngineBed bed;
    auto waiter = bed.call("f", "a", "hello");
    bed.core->on(engine::CallTimedOut{waiter});
    CHECK(bed.answer_of<engine::Refused>(waiter)->problem.code == Errc::in_doubt);
}

TEST_CASE("a reply can be fetched later, also after a restart", "[engine][call]") {
    EngineBed bed;
    auto waiter = bed.call("f", "a", "hello");
    std::string id = bed.calls[0].batch.invocations(0).caller().id();
    bed.core->on(engine::ReplyAsked{WaiterId{900}, id});
    bed.sync();
    CHECK(bed.answer_of<engine::StillOpen>(WaiterId{900}) != nullptr);
    auto response = done();
    reply(response, bed.calls[0], 0, "hi");
    bed.core->on(engine::WaiterGone{waiter});
    bed.answer(response);
    bed.sync();
    bed.crash();
    bed.core->on(engine::ReplyAsked{WaiterId{901}, id});
    bed.answer_reads();
    REQUIRE(bed.answer_of<engine::Reply>(WaiterId{901}) != nullptr);
    CHECK(text_of(bed.answer_of<engine::Reply>(WaiterId{901})->typed_value) == "hi");
    bed.core->on(engine::ReplyAsked{WaiterId{902}, "nonsense"});
    CHECK(bed.answer_of<engine::Refused>(WaiterId{902})->problem.code == Errc::no_reply_known);
}

TEST_CASE("a turn that replies after a restart finds its call in the store", "[engine][call]") {
    EngineBed bed;
    bed.call("f", "a", "hello");
    std::string id = bed.calls[0].batch.invocations(0).caller().id();
    bed.sync();
    bed.crash();
    REQUIRE(bed.calls.size() == 1);
    auto response = done();
    reply(response, bed.calls[0], 0, "hi");
    bed.answer(response);
    bed.sync();
    bed.core->on(engine::ReplyAsked{WaiterId{900}, id});
    bed.answer_reads();
    CHECK(bed.answer_of<engine::Reply>(WaiterId{900}) != nullptr);
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE(
    "a late or second reply is counted and dropped, never an undeclared destination",
    "[engine][hazard-30]"
) {
    EngineBed bed;
    bed.call("f", "a", "hello");
    auto response = done();
    reply(response, bed.calls[0], 0, "first");
    reply(response, bed.calls[0], 0, "second");
    auto* stray = response.mutable_invocation_result()->add_outgoing_messages();
    stray->mutable_target()->set_namespace_("io.statefun.gateway");
    stray->mutable_target()->set_type("call");
    stray->mutable_target()->set_id("nobody");
    bed.answer(response);
    bed.sync();
    CHECK(bed.core->stats().late_replies == 2);
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE("at the bound of kept calls, replies without a key go first", "[engine][call]") {
    engine::EngineOptions options;
    options.calls_max = 50;
    options.partitions = 4;
    EngineBed bed(options);
    int refused = 0;
    for (int i = 0; i < 1000; ++i) {
        auto waiter = bed.call("f", std::to_string(i % 7), "x");
        while (!bed.calls.empty()) {
            auto response = done();
            reply(response, bed.calls[0], 0, "y");
            bed.answer(response);
        }
        bed.sync();
        refused += bed.answer_of<engine::Refused>(waiter) != nullptr ? 1 : 0;
        bed.advance(std::chrono::milliseconds(1));
    }
    CHECK(refused == 0);
    // Open calls don't go: at the bound new ones are refused.
    for (int i = 0; i < 60; ++i) {
        bed.call("f", "open" + std::to_string(i), "x");
        bed.advance(std::chrono::milliseconds(1));
        bed.sync();
    }
    auto over = bed.call("f", "one more", "x");
    REQUIRE(bed.answer_of<engine::Refused>(over) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(over)->problem.code == Errc::too_many_calls);
}

TEST_CASE(
    "a full table of calls of which none may go is looked through now and then, not all the time",
    "[engine][call]"
) {
    engine::EngineOptions options;
    options.calls_max = 50;
    options.partitions = 4;
    EngineBed bed(options);
    for (int i = 0; i < 50; ++i) {
        bed.call("f", std::to_string(i), "x");
        bed.sync();
    }
    auto refused = [&bed] {
        auto waiter = bed.call("f", "one more", "x");
        return bed.answer_of<engine::Refused>(waiter) != nullptr;
    };
    CHECK(refused());
    bed.advance(std::chrono::seconds(2));
    int wakes = 0;
    for (auto end = bed.now + std::chrono::seconds(10); bed.wake <= end; ++wakes) {
        bed.advance(bed.wake - bed.now);
    }
    CHECK(wakes < 100);
    // What may go is found soon all the same.
    while (!bed.calls.empty()) {
        auto response = done();
        reply(response, bed.calls[0], 0, "y");
        bed.answer(response);
    }
    bed.sync();
    bed.advance(std::chrono::milliseconds(1'500));
    bed.sync();
    CHECK_FALSE(refused());
}

TEST_CASE(
    "a turn that replies to several stored calls on a quiet gateway answers all",
    "[engine][call]"
) {
    EngineBed bed;
    std::vector<std::string> ids;
    for (int i = 0; i < 4; ++i) {
        bed.call("f", "a", "x");
    }
    bed.sync();
    bed.crash();  // Now only the store knows the calls.
    REQUIRE(bed.calls.size() == 1);
    auto response = done();
    for (int i = 0; i < bed.calls[0].batch.invocations_size(); ++i) {
        reply(response, bed.calls[0], i, "y");
        ids.push_back(bed.calls[0].batch.invocations(i).caller().id());
    }
    REQUIRE(ids.size() == 4);
    bed.answer(response);
    bed.sync();
    std::uint64_t waiter = 900;
    for (const std::string& id : ids) {
        bed.core->on(engine::ReplyAsked{WaiterId{++waiter}, id});
        bed.answer_reads();
        CHECK(bed.answer_of<engine::Reply>(WaiterId{waiter}) != nullptr);
    }
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE(
    "a keyed call whose time ends while its key is looked up is answered once",
    "[engine][call]"
) {
    EngineBed bed;
    bed.hold_reads = true;
    auto waiter = bed.call_keyed("a", "x", "key", 1);
    bed.core->on(engine::CallTimedOut{waiter});
    REQUIRE(bed.answer_of<engine::Refused>(waiter) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(waiter)->problem.code == Errc::in_doubt);
    bed.hold_reads = false;
    bed.answer_reads();
    REQUIRE(bed.calls.size() == 1);
    auto response = done();
    reply(response, bed.calls[0], 0, "y");
    bed.answer(response);
    bed.sync();  // A second answer would fail the bed.
    auto repeat = bed.call_keyed("a", "x", "key", 1);
    bed.answer_reads();
    CHECK(bed.answer_of<engine::Reply>(repeat) != nullptr);
}

TEST_CASE("what a response needs stays in memory while the rest of it is read", "[engine][call]") {
    EngineBed bed;
    bed.call("f", "a", "x");
    bed.call("f", "a", "x");
    bed.sync();
    bed.crash();
    REQUIRE(bed.calls.size() == 1);
    REQUIRE(bed.calls[0].batch.invocations_size() == 2);
    std::string known = bed.calls[0].batch.invocations(0).caller().id();
    std::string stored = bed.calls[0].batch.invocations(1).caller().id();
    bed.send("f", "b", "not durable, so what is loaded now stays for a while");
    bed.core->on(engine::ReplyAsked{WaiterId{900}, known});
    bed.answer_reads();
    bed.hold_reads = true;
    auto response = done();
    reply(response, bed.calls[0], 0, "first");
    reply(response, bed.calls[0], 1, "second");
    bed.answer(response);
    bed.sync();  // Now nothing but the response needs the known one any more.
    bed.hold_reads = false;
    bed.answer_reads();
    bed.sync();
    CHECK(bed.core->stats().late_replies == 0);
    std::uint64_t waiter = 901;
    for (const std::string& id : {known, stored}) {
        bed.core->on(engine::ReplyAsked{WaiterId{++waiter}, id});
        bed.answer_reads();
        CHECK(bed.answer_of<engine::Reply>(WaiterId{waiter}) != nullptr);
    }
}

TEST_CASE("who waits for a record is answered when the store is lost", "[engine][call]") {
    EngineBed bed;
    bed.call_keyed("a", "x", "key", 1);
    std::string id = bed.calls[0].batch.invocations(0).caller().id();
    bed.sync();
    bed.crash();
    bed.hold_reads = true;
    auto repeat = bed.call_keyed("a", "x", "key", 1);
    REQUIRE(bed.reads.size() == 1);
    engine::ReadRequest mark = std::move(bed.reads.front());
    bed.reads.pop_front();
    bed.answer_read(mark);  // It leads to the record, which is read, too.
    bed.core->on(engine::ReplyAsked{WaiterId{900}, id});
    bed.core->on(engine::StoreLost{});
    CHECK(bed.answer_of<engine::Refused>(repeat) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(WaiterId{900}) != nullptr);
    bed.answer_reads();  // The bed asserts that nobody is answered twice.
}

TEST_CASE(
    "a reply to an id that is given only later neither loses that call nor hangs",
    "[engine][call]"
) {
    EngineBed bed;
    bed.send("f", "a", "x");
    std::string later = message_id(StoreId{0x1234}, {next(bed.group.last()), 0});
    bed.hold_reads = true;
    auto response = done();
    auto* guess = response.mutable_invocation_result()->add_outgoing_messages();
    guess->mutable_target()->set_namespace_("io.statefun.gateway");
    guess->mutable_target()->set_type("call");
    guess->mutable_target()->set_id(later);
    bed.answer(response);
    auto waiter = bed.call("f", "b", "y");
    bed.hold_reads = false;
    bed.answer_reads();
    bed.run([](const Asked&) { return done(); });
    CHECK(bed.answer_of<engine::Reply>(waiter) != nullptr);
    CHECK(bed.core->stats().waiting_messages == 0);
    CHECK(bed.core->stats().calls_in_flight == 0);
}
