// What enters and leaves: calls and replies, idempotency, egress.
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
    "a call is answered by what the function sends to its caller, once it is durable",
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

TEST_CASE(
    "a repeat with the same key is the same message, told when the first is durable",
    "[engine][hazard-13]"
) {
    EngineBed bed;
    auto first = bed.send_keyed("a", "x", "key", 1);
    auto repeat = bed.send_keyed("a", "x", "key", 1);
    CHECK_FALSE(bed.answered(repeat));
    bed.sync();
    REQUIRE(bed.answer_of<engine::Accepted>(repeat) != nullptr);
    CHECK(
        bed.answer_of<engine::Accepted>(repeat)->message_id ==
        bed.answer_of<engine::Accepted>(first)->message_id
    );
    CHECK(bed.core->stats().accepted == 1);
}

TEST_CASE("a key is claimed before its mark is looked up", "[engine]") {
    EngineBed bed;
    bed.hold_reads = true;
    auto first = bed.send_keyed("a", "x", "key", 1);
    auto repeat = bed.send_keyed("a", "x", "key", 1);
    auto other = bed.send_keyed("a", "y", "key", 2);
    bed.hold_reads = false;
    bed.answer_reads();
    bed.sync();
    CHECK(bed.answer_of<engine::Accepted>(first) != nullptr);
    CHECK(bed.answer_of<engine::Accepted>(repeat) != nullptr);
    REQUIRE(bed.answer_of<engine::Refused>(other) != nullptr);
    CHECK(bed.answer_of<engine::Refused>(other)->problem.code == Errc::key_reused);
    CHECK(bed.core->stats().accepted == 1);
}

TEST_CASE("a key counts per target and after a restart", "[engine]") {
    EngineBed bed;
    auto first = bed.send_keyed("a", "x", "key", 1);
    bed.send_keyed("b", "x", "key", 1);
    bed.sync();
    auto id = bed.answer_of<engine::Accepted>(first)->message_id;
    CHECK(bed.core->stats().accepted == 2);
    bed.crash();
    auto repeat = bed.send_keyed("a", "x", "key", 1);
    REQUIRE(bed.answer_of<engine::Accepted>(repeat) != nullptr);
    CHECK(bed.answer_of<engine::Accepted>(repeat)->message_id == id);
    CHECK(bed.core->stats().accepted == 0);
}

TEST_CASE("a mark leaves after a day, the key then counts anew", "[engine]") {
    EngineBed bed;
    bed.send_keyed("a", "x", "key", 1);
    bed.sync();
    bed.advance(std::chrono::hours(26));
    for (int i = 0; i < 1000; ++i) {
        bed.advance(std::chrono::milliseconds(50));
        bed.sync();
    }
    std::uint64_t marks = bed.core->partition(partition_of("a", 128)).counters.marks_kept;
    CHECK(marks == 0);
    bed.send_keyed("a", "x", "key", 1);
    CHECK(bed.core->stats().accepted == 2);
}

TEST_CASE("egress records leave in order, when durable, one at a time", "[engine][egress]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send_egress(response, "news", "one");
    send_egress(response, "news", "two");
    bed.answer(response);
    auto waiter = bed.ask_egress("news");
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    REQUIRE(bed.answer_of<engine::EgressOffer>(waiter) != nullptr);
    engine::EgressOffer offer = *bed.answer_of<engine::EgressOffer>(waiter);
    CHECK(offer.position == 1);
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("news")) != nullptr);
    bed.egress_taken(offer, true);
    auto second = bed.ask_egress("news");
    REQUIRE(bed.answer_of<engine::EgressOffer>(second) != nullptr);
    CHECK(bed.answer_of<engine::EgressOffer>(second)->position == 2);
}

TEST_CASE("a record whose answer could not be written stays at the head", "[engine][hazard-12]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send_egress(response, "news", "one");
    bed.answer(response);
    bed.sync();
    auto offer = *bed.answer_of<engine::EgressOffer>(bed.ask_egress("news"));
    bed.egress_taken(offer, false);
    auto again = bed.ask_egress("news");
    REQUIRE(bed.answer_of<engine::EgressOffer>(again) != nullptr);
    CHECK(bed.answer_of<engine::EgressOffer>(again)->position == 1);
}

TEST_CASE(
    "a lane goes on at its position after restarts, whether full or drained",
    "[engine][egress]"
) {
    EngineBed bed;
    auto emit = [&](const std::string& payload) {
        bed.send("f", "a", "x");
        auto response = done();
        send_egress(response, "news", payload);
        bed.answer(response);
        bed.sync();
    };
    emit("one");
    emit("two");
    bed.egress_taken(*bed.answer_of<engine::EgressOffer>(bed.ask_egress("news")), true);
    bed.sync();
    bed.crash();
    auto offer = *bed.answer_of<engine::EgressOffer>(bed.ask_egress("news"));
    CHECK(offer.position == 2);
    bed.egress_taken(offer, true);
    bed.sync();
    bed.crash();
    emit("three");
    CHECK(bed.answer_of<engine::EgressOffer>(bed.ask_egress("news"))->position == 3);
}

TEST_CASE("a lane with ten thousand records keeps few of them in memory", "[engine][egress]") {
    EngineBed bed;
    for (int i = 0; i < 100; ++i) {
        bed.send("f", "a", "x");
        auto response = done();
        for (int n = 0; n < 100; ++n) {
            send_egress(response, "news", std::to_string(i * 100 + n));
        }
        bed.answer(response);
        bed.sync();
    }
    for (std::uint64_t position = 1; position <= 10'000; ++position) {
        auto waiter = bed.ask_egress("news");
        const auto* offer = bed.answer_of<engine::EgressOffer>(waiter);
        REQUIRE(offer != nullptr);
        REQUIRE(offer->position == position);
        bed.egress_taken(engine::EgressOffer(*offer), true);
    }
    bed.sync();
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("news")) != nullptr);
}

TEST_CASE(
    "positions are dense per egress, each topic is read by itself, also after a restart",
    "[engine][egress]"
) {
    EngineBed bed;
    std::map<std::string, std::vector<std::uint64_t>> positions;
    for (std::uint64_t i = 1; i <= 900; ++i) {
        std::string topic = i % 300 == 0 ? "rare" : "news";
        positions[topic].push_back(i);
        bed.send("f", "a", "x");
        auto response = done();
        send_egress(response, topic, "x");
        bed.answer(response);
        bed.sync();
    }
    bed.crash();
    auto take = [&](const std::string& topic) {
        auto waiter = bed.ask_egress(topic);
        const auto* offer = bed.answer_of<engine::EgressOffer>(waiter);
        REQUIRE(offer != nullptr);
        std::uint64_t position = offer->position;
        bed.egress_taken(engine::EgressOffer(*offer), true);
        return position;
    };
    for (std::uint64_t position : positions["rare"]) {
        CHECK(take("rare") == position);
    }
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("rare")) != nullptr);
    for (std::size_t i = 0; i < positions["news"].size(); ++i) {
        REQUIRE(take("news") == positions["news"][i]);
        if (i == 400) {
            bed.sync();
            bed.crash();
        }
    }
    CHECK(bed.answer_of<engine::EgressEmpty>(bed.ask_egress("news")) != nullptr);
}

TEST_CASE(
    "a record that the playground egress can't deliver is a dead letter",
    "[engine][egress]"
) {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send_egress(response, "news", "good");
    auto* record = response.mutable_invocation_result()->mutable_outgoing_egresses(0);
    record->mutable_argument()->set_value("not json");
    bed.answer(response);
    bed.sync();
    CHECK(bed.core->stats().dead_letters == 1);
    CHECK(bed.core->stats().waiting_messages == 0);
}

TEST_CASE("what can't be routed is refused and changes nothing", "[engine]") {
    EngineBed bed;
    auto arrived = [&](const Address& target) {
        TypedValue value{"t/text", true, "x"};
        WaiterId waiter{5000 + bed.answers.size()};
        engine::MessageArrived event;
        event.waiter = waiter;
        event.target = target;
        event.stored = make_message(0, nullptr, value);
        bed.core->on(std::move(event));
        return bed.answer_of<engine::Refused>(waiter)->problem.code;
    };
    CHECK(arrived({{"ghost", "f"}, "a"}) == Errc::unknown_function);
    CHECK(arrived({{"io.statefun.gateway", "call"}, "a"}) == Errc::reserved_type);
    CHECK(arrived({{"t", "f"}, "\xff"}) == Errc::bad_id);
    CHECK(bed.group.empty());
    bed.core->on(engine::StopStarting{});
    CHECK(arrived({{"t", "f"}, "a"}) == Errc::shutting_down);
}
