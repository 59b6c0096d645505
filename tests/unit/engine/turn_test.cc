// Turns: what a function's answer does, and what it can't do.
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

// Brings type f to the point where its state "n" is known and its canary is over.
void teach(EngineBed& bed) {
    bed.send("f", "teacher", "x");
    bed.answer(missing("n", "t/number"));
    bed.answer(done());
    bed.sync();
}

}  // namespace

TEST_CASE(
    "the first call of a type carries no states, the incomplete answer teaches them",
    "[engine]"
) {
    EngineBed bed;
    bed.send("f", "a", "x");
    CHECK(bed.calls[0].batch.state_size() == 0);
    bed.answer(missing("n", "t/number"));
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"x"});
    REQUIRE(bed.calls[0].batch.state_size() == 1);
    CHECK(bed.calls[0].batch.state(0).state_name() == "n");
    CHECK_FALSE(bed.calls[0].batch.state(0).has_state_value());
}

TEST_CASE("messages that come meanwhile do not join the repeated call", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    bed.send("f", "a", "y");
    bed.answer(missing("n", "t/number"));
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"x"});
}

TEST_CASE("R40 a restart asks each type once, and keeps what it learnt", "[engine]") {
    EngineBed bed;
    teach(bed);
    for (int i = 0; i < 20; ++i) {
        bed.send("f", "e" + std::to_string(i), "x");
    }
    bed.sync();
    bed.crash();
    REQUIRE(bed.calls.size() == 20);
    int without_states = 0;
    for (const Asked& asked : bed.calls) {
        without_states += asked.batch.state_size() == 0 ? 1 : 0;
    }
    CHECK(without_states == 1);
}

TEST_CASE("a write is there for the next turn and after a restart", "[engine]") {
    EngineBed bed;
    teach(bed);
    bed.send("f", "a", "x");
    auto response = done();
    set_state(response, "n", "7");
    bed.answer(response);
    bed.send("f", "a", "y");
    CHECK(bed.calls[0].state("n") == "7");
    bed.answer(done());
    bed.sync();
    bed.crash();
    bed.send("f", "canary", "x");
    bed.answer(missing("n", "t/number"));
    bed.answer(done());
    bed.send("f", "a", "z");
    CHECK(bed.calls[0].state("n") == "7");
    CHECK(bed.calls[0].batch.state(0).state_value().typename_() == "t/number");
    CHECK(bed.calls[0].batch.state(0).state_value().has_value());
}

TEST_CASE("an empty value is a value, a delete leaves none", "[engine]") {
    EngineBed bed;
    teach(bed);
    bed.send("f", "a", "1");
    auto response = done();
    set_state(response, "n", "");
    bed.answer(response);
    bed.send("f", "a", "2");
    CHECK(bed.calls[0].state("n") == "");
    auto erase = done();
    auto* mutation = erase.mutable_invocation_result()->add_state_mutations();
    mutation->set_state_name("n");
    bed.answer(erase);
    bed.send("f", "a", "3");
    CHECK(bed.calls[0].state("n") == std::nullopt);
    CHECK(bed.calls[0].batch.state_size() == 1);
}

TEST_CASE("several mutations of one state apply in their order", "[engine]") {
    EngineBed bed;
    teach(bed);
    bed.send("f", "a", "1");
    auto response = done();
    set_state(response, "n", "first");
    response.mutable_invocation_result()->add_state_mutations()->set_state_name("n");
    set_state(response, "n", "last");
    bed.answer(response);
    bed.sync();
    bed.send("f", "a", "2");
    CHECK(bed.calls[0].state("n") == "last");
}

TEST_CASE("a canary's answer that writes is not applied but asked again with states", "[engine]") {
    EngineBed bed;
    teach(bed);
    bed.crash();
    bed.send("f", "a", "x");
    auto response = done();
    set_state(response, "n", "9");
    bed.answer(response);
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].batch.state_size() == 1);
    CHECK(bed.calls[0].state("n") == std::nullopt);
}

TEST_CASE(
    "a write to an undeclared state is asked once more, then rejected as a whole",
    "[engine]"
) {
    EngineBed bed;
    teach(bed);
    bed.send("f", "a", "x");
    auto response = done();
    set_state(response, "other", "1");
    send(response, "f", "b", "must not leave");
    bed.answer(response);
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].batch.state_size() == 0);
    bed.answer(response);
    bed.answer(response);
    CHECK(bed.calls.empty());
    CHECK(bed.entity("f", "b") == nullptr);
    REQUIRE(bed.entity("f", "a") != nullptr);
    CHECK(bed.entity("f", "a")->waits == engine::WaitReason::backoff);
    CHECK(bed.error_of("f", "a").find("'other' is not declared") != std::string::npos);
    bed.advance(std::chrono::seconds(20));
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"x"});
}

TEST_CASE(
    "a function that answers incomplete for ever is called a bounded number of times",
    "[engine]"
) {
    EngineBed bed;
    bed.send("f", "a", "x");
    int calls = 0;
    while (!bed.calls.empty()) {
        ++calls;
        REQUIRE(calls < 100);
        bed.answer(missing("n", "t/number"));
    }
    CHECK(calls == 1 + 1 + engine::kIdleIncompleteMax);  // A canary, and what repeats itself.
    CHECK(bed.entity("f", "a")->waits == engine::WaitReason::backoff);
}

TEST_CASE("a changed type of a state is refused for that function with a way out", "[engine]") {
    EngineBed bed;
    teach(bed);
    bed.crash();
    bed.send("f", "a", "x");
    bed.answer(missing("n", "t/other"));
    CHECK(bed.calls.empty());
    CHECK(bed.error_of("f", "a").find("use another name") != std::string::npos);
}

TEST_CASE("an invalid target rejects the whole response", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send(response, "f", "b", "good");
    response.mutable_invocation_result()->add_outgoing_messages();
    bed.answer(response);
    CHECK(bed.entity("f", "b") == nullptr);
    CHECK(bed.entity("f", "a")->waits == engine::WaitReason::backoff);
}

TEST_CASE(
    "messages of one turn reach a target in their order, a message to itself comes next",
    "[engine]"
) {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto response = done();
    send(response, "f", "a", "self");
    send(response, "f", "b", "1");
    send(response, "f", "b", "2");
    bed.answer(response);
    std::map<std::string, std::vector<std::string>> seen;
    bed.run([&](const Asked& asked) {
        CHECK(asked.batch.invocations(0).caller().id() == "a");
        for (auto& text : asked.arguments()) {
            seen[asked.call.target.id].push_back(text);
        }
        return done();
    });
    CHECK(seen["a"] == std::vector<std::string>{"self"});
    CHECK(seen["b"] == std::vector<std::string>{"1", "2"});
}

TEST_CASE("a failed call keeps its messages in front and is repeated after a pause", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.fail(engine::FailureKind::down, "connection refused");
    bed.send("f", "a", "2");
    CHECK(bed.calls.empty());
    CHECK(bed.error_of("f", "a") == "connection refused");
    bed.advance(std::chrono::seconds(20));
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].arguments() == std::vector<std::string>{"1", "2"});
}

TEST_CASE("an endpoint that is down does not hold back another one", "[engine]") {
    EngineBed bed;
    for (int i = 0; i < 500; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    while (!bed.calls.empty()) {
        bed.fail(engine::FailureKind::down, "connection refused");
    }
    bed.advance(std::chrono::seconds(20));
    CHECK(bed.calls.size() == 1);
}

TEST_CASE("an answer of an older epoch or call is dropped", "[engine][hazard-20]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    bed.sync();
    engine::StartCall old = bed.calls[0].call;
    bed.core->on(engine::ResponseArrived{old.epoch, RequestId{999}, InvocationResult{}});
    bed.core->on(engine::ResponseArrived{Epoch{77}, old.id, InvocationResult{}});
    CHECK(bed.core->stats().late_events == 2);
    CHECK(bed.core->stats().waiting_messages == 1);
    REQUIRE(bed.calls.size() == 1);
}

TEST_CASE("a response is one commit, and what was not durable is undone by a crash", "[engine]") {
    EngineBed bed;
    teach(bed);
    bed.send("f", "a", "x");
    bed.sync();
    auto response = done();
    set_state(response, "n", "1");
    send(response, "f", "b", "from a");
    bed.answer(response);
    CHECK(bed.calls.size() == 1);  // b runs on before anything is durable.
    bed.crash();
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.target.id == "a");
}

TEST_CASE("a state named twice in one answer is one state", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "x");
    auto twice = missing("n", "t/number");
    *twice.mutable_incomplete_invocation_context()->add_missing_values() =
        twice.incomplete_invocation_context().missing_values(0);
    bed.answer(twice);
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].batch.state_size() == 1);
    bed.answer(done());
    bed.send("g", "a", "x");
    auto torn = missing("n", "t/number");
    auto* other = torn.mutable_incomplete_invocation_context()->add_missing_values();
    other->set_state_name("n");
    other->set_type_typename("t/other");
    bed.answer(torn);
    CHECK(bed.calls.empty());
    CHECK(bed.error_of("g", "a").find("is declared as") != std::string::npos);
}
