// Endpoints that change while calls go on.
#include "protocol/limits.h"
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"

#include <catch2/catch.hpp>

#include <string>

namespace sfg::test {
namespace {

const std::string kGood = octet_answer(empty_result());

}  // namespace

TEST_CASE("calls under way end where they began, new ones go to the new place", "[functions]") {
    ScriptedServer before([](const SeenRequest& request) {
        return request.body == "slow" ? Script{wait(std::chrono::milliseconds(100)), send(kGood)}
                                      : Script{send(kGood)};
    });
    ScriptedServer after(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(before.url()));
    CHECK(is_result(fixture.call("first")));
    RequestId slow = fixture.start("slow");
    REQUIRE(fixture.run_until([&] { return before.request_count() == 2; }));
    fixture.caller().bind({endpoint_at(after.url())}, {0});
    CHECK(is_result(fixture.call("second")));
    CHECK(after.request_count() == 1);
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(slow); }));
    CHECK(is_result(fixture.outcome(slow)));
    CHECK(before.request_count() == 2);
    // Nothing is kept towards the one before, and the counters went on.
    REQUIRE(fixture.run_until([&] { return before.closed_count() == before.connection_count(); }));
    CHECK(fixture.stats().calls == 3);
    CHECK(fixture.stats().calls_in_flight == 0);
    CHECK(fixture.stats().connections_open == 1);
}

TEST_CASE("a call that waits for a connection gets it where it began", "[functions]") {
    ScriptedServer before(always({send(kGood)}));
    ScriptedServer after(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(before.url()));
    RequestId waits = fixture.start("waits");  // The loop has not run: nothing is connected.
    fixture.caller().bind({endpoint_at(after.url())}, {0});
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(waits); }));
    CHECK(is_result(fixture.outcome(waits)));
    CHECK(before.request_count() == 1);
    CHECK(after.request_count() == 0);
}

TEST_CASE("an endpoint that comes later is called, the others stay as they are", "[functions]") {
    ScriptedServer first(always({send(kGood)}));
    ScriptedServer second(always({send(octet_answer(result_of_size(3 * kMiB)))}));
    CallerFixture fixture(endpoint_at(first.url()));
    CHECK(is_result(fixture.call()));
    fixture.caller().bind({endpoint_at(first.url()), endpoint_at(second.url())}, {1});
    CHECK(is_result(fixture.call()));
    CHECK(first.connection_count() == 1);
    engine::StartCall call;
    call.id = RequestId{1000};
    call.endpoint = 1;
    call.target = {{"ns", "fn"}, "id"};
    fixture.caller().start(std::move(call));
    REQUIRE(fixture.run_until([&] { return fixture.has_ended(RequestId{1000}); }));
    CHECK(is_result(fixture.outcome(RequestId{1000})));
    CHECK(fixture.caller().stats(1).calls == 1);
}

TEST_CASE(
    "calls of every kind are over after a change, also those that are cancelled",
    "[functions]"
) {
    ScriptedServer silent(always({silence()}));
    ScriptedServer good(always({send(kGood)}));
    CallerFixture fixture(endpoint_at(silent.url()));
    RequestId cancelled = fixture.start();
    RequestId left = fixture.start();
    REQUIRE(fixture.run_until([&] { return silent.request_count() == 2; }));
    fixture.caller().bind({endpoint_at(good.url())}, {0});
    fixture.caller().cancel(cancelled);
    CHECK(fixture.stats().calls_in_flight == 1);
    fixture.caller().stop();
    CHECK(fixture.stats().calls_in_flight == 0);
    CHECK(fixture.stats().connections_open == 0);
    CHECK_FALSE(fixture.has_ended(left));
}

}  // namespace sfg::test
