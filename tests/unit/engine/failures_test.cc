// Failures: messages that their function can't process (design D6).
#include "tests/unit/engine/failure_bed.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

TEST_CASE(
    "R31 one poison message among 500 is found in at most 12 extra calls and set aside, the others "
    "are applied once and in order",
    "[engine]"
) {
    int at = GENERATE(0, 1, 249, 250, 333, 498, 499);
    EngineBed bed(with_policy(OnPoison::dead_letter));
    Poisoned function{bed};
    queue(bed, "a", numbered(500, at));
    function.run();
    std::vector<std::string> expected = numbered(500, at);
    expected.erase(expected.begin() + at);
    CHECK(function.applied == expected);
    // Three attempts of the policy; then the search.
    CHECK(function.calls - 3 <= 12);
    CHECK(bed.core->stats().dead_letters == 1);
    CHECK(bed.durable_rows(storage::Table::dead_letter) == 1);
    CHECK(counters(bed, "a").set_aside == 1);
    CHECK(counters(bed, "a").waiting == 0);
    CHECK(bed.entity("f", "a")->failing == nullptr);
}

TEST_CASE(
    "R31 with park the messages before the poison are applied, the rest waits in order",
    "[engine]"
) {
    EngineBed bed(with_policy(OnPoison::park));
    Poisoned function{bed};
    queue(bed, "a", numbered(20, 7));
    function.run();
    CHECK(function.applied == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6"});
    REQUIRE(bed.entity("f", "a")->waits == WaitReason::parked);
    CHECK(waiting(bed, WaitReason::parked) == 1);
    CHECK(bed.entity("f", "a")->failing->note.response == "told to fail");
    CHECK(bed.entity("f", "a")->failing->note.status == 500);
    bed.send("f", "a", "20");
    std::size_t calls = function.calls;
    function.run(minutes(9));
    CHECK(function.calls == calls);
    function.poison.clear();
    function.run(minutes(3));
    CHECK(function.applied.size() == 21);
    CHECK(function.applied.back() == "20");
    CHECK(waiting(bed, WaitReason::parked) == 0);
}

TEST_CASE("R31 a parked entity stays parked across a restart and is not called", "[engine]") {
    EngineBed bed(with_policy(OnPoison::park));
    Poisoned function{bed};
    queue(bed, "a", {"poison", "1", "2"});
    function.run();
    bed.crash();
    bed.advance(seconds(1));
    CHECK(bed.calls.empty());
    REQUIRE(bed.entity("f", "a")->waits == WaitReason::parked);
    CHECK(bed.entity("f", "a")->failing->note.attempts >= 3);
    CHECK(bed.error_of("f", "a") == "http://f/ answered 500");
    function.poison.clear();
    function.run(minutes(12));
    CHECK(function.applied == std::vector<std::string>{"poison", "1", "2"});
    bed.crash();
    CHECK((bed.entity("f", "a") == nullptr || bed.entity("f", "a")->failing == nullptr));
}

TEST_CASE("R31 a crash in the middle of a search applies nothing twice", "[engine]") {
    EngineBed bed(with_policy(OnPoison::dead_letter, 1));
    Poisoned function{bed};
    queue(bed, "a", numbered(64, 50));
    // The batch is refused, its first half is applied, the next quarter is out.
    function.serve(0);
    function.serve(0);
    bed.sync();
    bed.crash();
    function.run();
    std::vector<std::string> expected = numbered(64, 50);
    expected.erase(expected.begin() + 50);
    CHECK(function.applied == expected);
}

TEST_CASE(
    "a refusal from before another entity succeeded judges no message",
    "[engine][hazard-23]"
) {
    EngineBed bed(with_policy(OnPoison::dead_letter, 2));
    bed.send("f", "a", "x");
    bed.fail_with(0, refused());
    bed.send("f", "b", "y");
    bed.advance(seconds(1));
    REQUIRE(bed.calls.size() == 2);
    std::size_t a = bed.calls[0].call.target.id == "a" ? 0 : 1;
    bed.answer(1 - a, done());  // The deployment is mended while the call of "a" is out.
    bed.fail_with(0, refused());
    bed.advance(milliseconds(0));
    CHECK(bed.core->stats().dead_letters == 0);
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.target.id == "a");
    SECTION("it succeeds now") {
        bed.answer(done());
        bed.sync();
        CHECK(bed.core->stats().dead_letters == 0);
        CHECK(bed.core->stats().waiting_messages == 0);
    }
    SECTION("it is refused again: it is the message") {
        bed.fail_with(0, refused());
        bed.sync();
        CHECK(bed.core->stats().dead_letters == 1);
    }
}

TEST_CASE("R31 every poison message of a batch is found", "[engine]") {
    EngineBed bed(with_policy(OnPoison::dead_letter));
    Poisoned function{bed, {"3", "4", "9"}};
    queue(bed, "a", numbered(10, -1));
    function.run(seconds(200));
    CHECK(function.applied == std::vector<std::string>{"0", "1", "2", "5", "6", "7", "8"});
    CHECK(counters(bed, "a").set_aside == 3);
}

TEST_CASE("R11 a large batch with a poison message is searched all the same", "[engine]") {
    EngineBed bed(with_policy(OnPoison::dead_letter));
    std::vector<std::string> texts(100, std::string(8 * 1024, 'x'));
    texts[70] = "poison";
    Poisoned function{bed};
    queue(bed, "a", texts);
    function.run();
    CHECK(function.applied.size() == 99);
    CHECK(bed.core->stats().dead_letters == 1);
}

TEST_CASE("R65 states that leave no room for a message are named with their sizes", "[engine]") {
    EngineBed bed(with_policy(OnPoison::park, 1));
    bed.send("f", "a", "x");
    bed.answer(missing("n", "t/number"));
    auto response = done();
    set_state(response, "n", std::string(2 * kMiB, 's'));
    bed.answer(response);
    bed.send("f", "a", "y");
    bed.fail_with(0, answer_of(413, FailureKind::too_large));
    REQUIRE(bed.entity("f", "a")->waits == WaitReason::parked);
    CHECK(bed.error_of("f", "a").find(": n 2097") != std::string::npos);
}

TEST_CASE("R31 repeated failures are told once in ten seconds per entity", "[engine]") {
    EngineBed bed(with_policy(OnPoison::park, 1'000));
    bed.send("f", "a", "x");
    int n = 0;
    for (int tenth = 0; tenth < 1'000; ++tenth) {
        while (!bed.calls.empty()) {
            CallFailed failed = refused();
            failed.reason += " at " + std::to_string(++n);
            bed.fail_with(0, failed);
        }
        bed.advance(milliseconds(100));
    }
    CHECK(n > 10);
    CHECK(bed.notices.size() <= 10);
}

TEST_CASE("R34 what becomes of a poison message is told at once", "[engine]") {
    auto on_poison = GENERATE(OnPoison::park, OnPoison::dead_letter);
    EngineBed bed(with_policy(on_poison, 2));
    bed.send("f", "a", "x");
    while (!bed.calls.empty()) {
        bed.fail_with(0, refused());
        bed.advance(milliseconds(200));
    }
    REQUIRE(bed.notices.size() == 2);
    CHECK(bed.notices[0].find("refused and is repeated") != std::string::npos);
    CHECK(bed.notices[1].find("can't be processed") != std::string::npos);
}

TEST_CASE(
    "a call whose message is parked or set aside is answered with the reason",
    "[engine][D8]"
) {
    auto on_poison = GENERATE(OnPoison::park, OnPoison::dead_letter);
    Errc expected = on_poison == OnPoison::park ? Errc::message_parked : Errc::message_set_aside;
    EngineBed bed(with_policy(on_poison, 1));
    WaiterId waiter = bed.call("f", "a", "poison");
    bed.fail_with(0, refused());
    CHECK_FALSE(bed.answered(waiter));
    bed.sync();
    const auto* told = bed.answer_of<engine::Refused>(waiter);
    REQUIRE(told != nullptr);
    CHECK(told->problem.code == expected);
    CHECK(told->problem.detail == "http://f/ answered 500");
    std::string id = told->message_id;
    bed.crash();
    WaiterId later{4711};
    bed.core->on(engine::ReplyAsked{later, id});
    bed.answer_reads();
    told = bed.answer_of<engine::Refused>(later);
    REQUIRE(told != nullptr);
    CHECK(told->problem.code == expected);
}

TEST_CASE("with after-commit a call waits for what it rests on", "[engine][D3]") {
    engine::EngineOptions options;
    options.failure.dispatch = Dispatch::after_commit;
    EngineBed bed(options);
    bed.send("f", "a", "1");
    CHECK(bed.calls.empty());
    CHECK(waiting(bed, WaitReason::not_durable) == 1);
    CHECK(bed.core->stuck_entities() == 0);
    bed.sync();
    REQUIRE(bed.calls.size() == 1);
    bed.send("f", "a", "2");
    auto response = done();
    send(response, "f", "b", "from a");
    bed.answer(response);
    CHECK(bed.calls.empty());
    CHECK(bed.group.waited());
    bed.write_group();
    bed.send("f", "a", "3");
    bed.notice_durable();
    // What came after that group does not go with it.
    REQUIRE(bed.calls.size() == 2);
    for (const Asked& asked : bed.calls) {
        CHECK(asked.arguments().size() == 1);
    }
}

TEST_CASE("calls that are repeated leave room in the log for what is new", "[engine]") {
    EngineBed bed(with_policy(OnPoison::park, 3));
    for (int i = 0; i < 30; ++i) {
        bed.send("f", std::to_string(i), "x");
    }
    REQUIRE(bed.calls.size() == 30);
    while (!bed.calls.empty()) {
        bed.fail_with(0, refused());
    }
    CHECK(bed.notices.size() == engine::Failures::kRepeatsToldPerSecond);
}

TEST_CASE("a type that fails for everybody parks nobody who is met alone at a start", "[engine]") {
    engine::EngineOptions options = with_policy(OnPoison::park, 1);
    options.partitions = 1;
    EngineBed bed(options);
    bed.send("f", "a", "poison");
    bed.send("f", "b", "poison");
    bed.sync();
    bed.hold_reads = true;
    bed.crash();
    std::vector<engine::ReadRequest> walks;  // Which find what else waits.
    auto answer_others = [&] {
        while (!bed.reads.empty()) {
            engine::ReadRequest request = std::move(bed.reads.front());
            bed.reads.pop_front();
            bool walks_on = !request.scans.empty() && request.scans[0].range.keys_only;
            walks_on ? walks.push_back(std::move(request)) : bed.answer_read(request);
        }
    };
    answer_others();
    bed.send("f", "a", "more");
    answer_others();
    Poisoned function{bed, {"poison", "more"}};
    REQUIRE(bed.calls.size() == 1);
    while (!bed.calls.empty()) {
        function.serve(0);
    }
    CHECK(function.refusals == 2);  // The batch, then its first message.
    CHECK(waiting(bed, WaitReason::parked) == 0);
    bed.hold_reads = false;
    for (const engine::ReadRequest& walk : walks) {
        bed.answer_read(walk);
    }
    function.run();
    CHECK(waiting(bed, WaitReason::parked) == 0);
    function.poison.clear();
    function.run();
    CHECK(function.applied.size() == 3);
}
