// Another module is bound while a mailbox is being read, or before all that waits is durable.
#include "tests/unit/engine/failure_bed.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace sfg;
using namespace sfg::test;
using std::chrono::seconds;

TEST_CASE("whose mailbox is read on is not called where it is bound no more", "[engine]") {
    EngineBed bed;
    for (int i = 0; i < 3'000; ++i) {
        bed.send("f", "a", std::to_string(i));
    }
    bed.sync();
    bed.crash();
    REQUIRE(bed.calls.size() == 1);
    bed.hold_reads = true;
    bed.answer(done());
    bed.sync();
    REQUIRE(bed.calls.size() == 1);
    REQUIRE(bed.entity("f", "a")->load != RequestId{});
    bed.fail(engine::FailureKind::down, "its server is gone");

    ModuleSpec next = bed.module;
    auto moves = GENERATE(false, true);
    EndpointSpec own = next.endpoints[0];
    own.functions = {"t", "f"};
    if (moves) {
        next.endpoints.push_back(own);
    } else {
        next.endpoints[0].is_bound = false;
    }
    std::vector<engine::EndpointId> renewed;
    if (moves) {
        renewed.push_back(2);
    }
    bed.core->on(engine::BindingsChanged{std::make_shared<const ModuleSpec>(next), renewed});
    for (int i = 0; i < 60; ++i) {
        bed.advance(seconds(1));
    }
    CHECK(bed.calls.empty());
    CHECK(bed.core->stuck_entities() == 0);

    bed.hold_reads = false;
    bed.answer_reads();
    bed.sync();
    if (moves) {
        REQUIRE(bed.calls.size() == 1);
        CHECK(bed.calls[0].call.endpoint == 2);
    } else {
        CHECK(bed.calls.empty());
        CHECK(bed.entity("f", "a")->waits == engine::WaitReason::no_destination);
    }
}

TEST_CASE("nobody is alone in its type while what waited for a binding is not found", "[engine]") {
    EngineBed bed(with_policy(OnPoison::park, 1));
    auto send_from_function = [&bed](const std::string& id, const std::string& text) {
        bed.send("f", "sender", "go");
        wire::FromFunction response = done();
        send(response, Address{{"x", "g"}, id}, text);
        bed.answer(response);
    };
    send_from_function("only in the store", "1");
    bed.sync();
    bed.crash();
    send_from_function("a", "poison");
    // That commit is not durable, so the store is not looked through yet.
    ModuleSpec next = bed.module;
    next.endpoints.push_back(next.endpoints[0]);
    next.endpoints.back().functions = {"x", std::nullopt};
    bed.module = next;
    bed.core->on(engine::BindingsChanged{std::make_shared<const ModuleSpec>(next), {2}});
    bed.answer_reads();
    REQUIRE(bed.calls.size() == 1);
    REQUIRE(bed.calls[0].call.target.id == "a");
    bed.fail_with(0, refused());
    CHECK(bed.core->stats().parked_entities == 0);
    bed.sync();
    bed.sync();
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.target.id == "only in the store");
    CHECK(bed.core->leak().empty());
}
