// Another module is bound while the engine runs.
#include "protocol/module_rebind.h"
#include "tests/support/engine_bed.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace sfg;
using namespace sfg::test;

namespace {

EndpointSpec endpoint(const std::string& ns, std::optional<std::string> name = std::nullopt) {
    EndpointSpec spec;
    spec.functions = {ns, std::move(name)};
    spec.url_template = "http://" + ns + "/";
    spec.concurrency = Concurrency{64};
    return spec;
}

// Binds these, in any order.
void change_to(EngineBed& bed, const std::vector<EndpointSpec>& endpoints) {
    ModuleSpec next;
    next.endpoints = endpoints;
    std::optional<Rebinding> change = rebind(bed.module, next);
    REQUIRE(change);
    bed.module = change->module;
    bed.core->on(
        engine::BindingsChanged{std::make_shared<const ModuleSpec>(change->module), change->renewed}
    );
    if (!bed.hold_reads) {
        bed.answer_reads();
    }
}

// What is bound, and this one.
std::vector<EndpointSpec> with(const EngineBed& bed, const EndpointSpec& more) {
    std::vector<EndpointSpec> endpoints;
    for (const EndpointSpec& each : bed.module.endpoints) {
        if (each.is_bound && each.functions != more.functions) {
            endpoints.push_back(each);
        }
    }
    endpoints.push_back(more);
    return endpoints;
}

std::vector<EndpointSpec> without(const EngineBed& bed, const std::string& ns) {
    std::vector<EndpointSpec> endpoints;
    for (const EndpointSpec& each : bed.module.endpoints) {
        if (each.is_bound && each.functions.ns != ns) {
            endpoints.push_back(each);
        }
    }
    return endpoints;
}

// t/f "sender" sends these to the entity.
void send_from_function(
    EngineBed& bed,
    const Address& target,
    const std::vector<std::string>& texts
) {
    bed.send("f", "sender", "go");
    wire::FromFunction response = done();
    for (const std::string& text : texts) {
        send(response, target, text);
    }
    bed.answer(response);
}

std::vector<std::string> arguments(const Asked& asked) {
    return asked.arguments();
}

}  // namespace

TEST_CASE("R39 messages that wait for a type are delivered as soon as it is bound", "[engine]") {
    EngineBed bed;
    send_from_function(bed, {{"x", "g"}, "a"}, {"1", "2"});
    bed.sync();
    REQUIRE(bed.calls.empty());
    CHECK(bed.core->stuck_entities() == 0);
    change_to(bed, with(bed, endpoint("x")));
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.endpoint == 2);
    CHECK(arguments(bed.calls[0]) == std::vector<std::string>{"1", "2"});
    bed.answer(done());
    bed.sync();
    CHECK(bed.durable_rows(storage::Table::message) == 0);
}

TEST_CASE("R39 so are those of a type that was not even known in memory", "[engine]") {
    const std::string name(600, 'n');  // Too long for a type that nobody serves.
    EngineBed bed;
    SECTION("also if they are not durable when it is bound") {
        send_from_function(bed, {{"x", name}, "a"}, {"1"});
        change_to(bed, with(bed, endpoint("x")));
        CHECK(bed.calls.empty());
    }
    SECTION("also after a restart without it") {
        send_from_function(bed, {{"x", name}, "a"}, {"1"});
        bed.sync();
        bed.crash();
        bed.sync();
        change_to(bed, with(bed, endpoint("x")));
    }
    bed.sync();
    bed.sync();
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].call.target.type.name == name);
    CHECK(arguments(bed.calls[0]) == std::vector<std::string>{"1"});
}

TEST_CASE("a type that is bound no more waits, and nothing of it is lost", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.send("f", "b", "2");
    bed.send("f", "a", "3");
    REQUIRE(bed.calls.size() == 2);
    change_to(bed, without(bed, "t"));
    CHECK(bed.core->stuck_entities() == 0);
    SECTION("calls in flight are applied") {
        bed.answer(done());
        bed.answer(done());
        bed.sync();
        CHECK(bed.durable_rows(storage::Table::message) == 1);
    }
    SECTION("calls in flight fail") {
        bed.fail(engine::FailureKind::down, "gone");
        bed.fail(engine::FailureKind::rejected, "no");
        bed.sync();
        CHECK(bed.durable_rows(storage::Table::message) == 3);
    }
    bed.advance(std::chrono::minutes(1));
    bed.tick();
    CHECK(bed.calls.empty());
    CHECK(bed.core->stuck_entities() == 0);
    const auto waiting = bed.core->stats().waiting_entities;
    CHECK(waiting[static_cast<std::size_t>(engine::WaitReason::no_destination)] > 0);
    change_to(bed, with(bed, endpoint("t")));
    REQUIRE_FALSE(bed.calls.empty());
    CHECK(bed.calls[0].call.endpoint == 0);
    std::vector<std::string> called;
    bed.run([&](const Asked& asked) {
        std::ranges::copy(asked.arguments(), std::back_inserter(called));
        return done();
    });
    CHECK(std::ranges::count(called, "3") == 1);
    CHECK(bed.durable_rows(storage::Table::message) == 0);
}

TEST_CASE("an outsider's message to a type that is bound no more is refused", "[engine]") {
    EngineBed bed;
    change_to(bed, without(bed, "t"));
    const WaiterId waiter = bed.send("f", "a", "1");
    const auto* refused = bed.answer_of<engine::Refused>(waiter);
    REQUIRE(refused != nullptr);
    CHECK(refused->problem.code == Errc::unknown_function);
}

TEST_CASE("a binding of its own takes a type over at once, but for what is in flight", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.send("f", "a", "2");
    change_to(bed, with(bed, endpoint("t", "f")));
    bed.send("f", "b", "3");
    bed.send("g", "c", "4");
    REQUIRE(bed.calls.size() == 3);
    CHECK(bed.calls[0].call.endpoint == 0);  // Begun before.
    CHECK(bed.calls[1].call.endpoint == 2);
    CHECK(bed.calls[2].call.endpoint == 0);
    SECTION("it ends where it began") {
        bed.answer(done());
        REQUIRE(bed.calls.size() == 3);
        CHECK(arguments(bed.calls[2]) == std::vector<std::string>{"2"});
        CHECK(bed.calls[2].call.endpoint == 2);
    }
    SECTION("it asks again where it began") {
        bed.answer(missing("seen", "a/b"));
        REQUIRE(bed.calls.size() == 3);
        CHECK(arguments(bed.calls[2]) == std::vector<std::string>{"1"});
        CHECK(bed.calls[2].call.endpoint == 0);
    }
    SECTION("it fails, and is repeated where it is bound now") {
        bed.fail(engine::FailureKind::down, "gone");
        bed.advance(std::chrono::seconds(10));
        bed.tick();
        REQUIRE(bed.calls.size() == 3);
        CHECK(arguments(bed.calls[2]).front() == "1");
        CHECK(bed.calls[2].call.endpoint == 2);
    }
    bed.run([](const Asked&) { return done(); });
    CHECK(bed.durable_rows(storage::Table::message) == 0);
    CHECK(bed.core->stats().calls_in_flight == 0);
}

TEST_CASE("an endpoint with other settings is another one, in the same place", "[engine]") {
    EngineBed bed;
    for (int i = 0; i < 40; ++i) {
        bed.send("f", std::to_string(i), "x");
        if (!bed.calls.empty()) {
            bed.fail(engine::FailureKind::down, "gone");
        }
    }
    REQUIRE(bed.calls.empty());  // Its breaker is open, and all pause.
    EndpointSpec moved = endpoint("t");
    moved.url_template = "http://elsewhere/";
    moved.concurrency = Concurrency{5};
    change_to(bed, with(bed, moved));
    CHECK(bed.core->concurrency_of(0) == 5);
    CHECK(bed.calls.size() == 5);
    for (const Asked& asked : bed.calls) {
        CHECK(asked.call.endpoint == 0);
    }
    bed.run([](const Asked&) { return done(); });
    CHECK(bed.durable_rows(storage::Table::message) == 0);
}

TEST_CASE("a module that says the same changes nothing", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.fail(engine::FailureKind::down, "gone");
    ModuleSpec same = bed.module;
    for (EndpointSpec& each : same.endpoints) {
        each.where.line += 7;
    }
    std::optional<Rebinding> change = rebind(bed.module, same);
    REQUIRE(change);
    CHECK(change->renewed.empty());
    CHECK(change->changes.empty());
    bed.core->on(engine::BindingsChanged{std::make_shared<const ModuleSpec>(change->module), {}});
    bed.answer_reads();
    CHECK(bed.calls.empty());  // It still pauses.
}

TEST_CASE("what another program declares is asked when a type is bound to it", "[engine]") {
    EngineBed bed;
    const auto stateful = [](const Asked& asked) {
        return asked.state("seen") || asked.batch.state_size() > 0 ? done()
                                                                   : missing("seen", "a/b");
    };
    bed.send("f", "a", "1");
    bed.run(stateful);
    EndpointSpec moved = endpoint("t");
    moved.url_template = "http://elsewhere/";
    SECTION("at once") {
        change_to(bed, with(bed, moved));
    }
    SECTION("also if the one before was being asked") {
        bed.crash();
        bed.sync();
        bed.send("f", "b", "2");
        REQUIRE(bed.calls.size() == 1);
        CHECK(bed.calls[0].batch.state_size() == 0);
        change_to(bed, with(bed, moved));
        bed.answer(missing("seen", "a/b"));
        bed.answer(done());
    }
    bed.send("f", "c", "3");
    REQUIRE(bed.calls.size() == 1);
    CHECK(bed.calls[0].batch.state_size() == 0);  // The canary.
}

TEST_CASE("an entity that is being loaded follows when it is there", "[engine]") {
    EngineBed bed;
    bed.send("f", "a", "1");
    bed.sync();
    bed.hold_reads = true;
    bed.crash();
    while (bed.reads.size() > 0 && bed.core->find({{"t", "f"}, "a"}) == nullptr) {
        engine::ReadRequest request = std::move(bed.reads.front());
        bed.reads.pop_front();
        bed.answer_read(request);
    }
    REQUIRE(bed.entity("f", "a") != nullptr);
    REQUIRE(bed.entity("f", "a")->load != RequestId{});
    SECTION("to a binding of its own") {
        change_to(bed, with(bed, endpoint("t", "f")));
        bed.hold_reads = false;
        bed.answer_reads();
        REQUIRE(bed.calls.size() == 1);
        CHECK(bed.calls[0].call.endpoint == 2);
    }
    SECTION("to nowhere") {
        change_to(bed, without(bed, "t"));
        bed.hold_reads = false;
        bed.answer_reads();
        CHECK(bed.calls.empty());
        CHECK(bed.entity("f", "a")->waits == engine::WaitReason::no_destination);
    }
    CHECK(bed.core->stuck_entities() == 0);
}
