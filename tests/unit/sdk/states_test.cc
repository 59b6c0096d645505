// What a function declares, what it gets to see, and which mutations it causes.
#include "tests/unit/sdk/wire.h"

#include "statefun/protobuf.h"
#include <catch2/catch.hpp>

#include <limits>

using namespace sdk_test;
using statefun::Context;
using statefun::Functions;
using statefun::Message;
using statefun::ValueSpec;

namespace {

constexpr ValueSpec<std::int64_t> kCount{"count"};
constexpr ValueSpec<std::string> kName{"name"};

Functions bound(std::vector<statefun::StateSpec> states, statefun::Function function) {
    Functions functions;
    functions.bind("ns/f", std::move(states), std::move(function));
    return functions;
}

void add_one(Context& context, const Message&) {
    auto count = context.state(kCount);
    count.set(count.get().value_or(0) + 1);
}

}  // namespace

TEST_CASE("a request without the declared states is answered by their specs", "[sdk]") {
    bool has_run = false;
    auto functions = bound({kCount, kName}, [&](Context&, const Message&) { has_run = true; });

    auto answer = answer_of(functions, RequestTo("ns", "f", "a").message(kLong, ""));

    REQUIRE(answer.has_incomplete_invocation_context());
    const auto& missing = answer.incomplete_invocation_context().missing_values();
    REQUIRE(missing.size() == 2);
    CHECK(missing[0].state_name() == "count");
    CHECK(missing[0].type_typename() == kLong);
    CHECK(missing[0].expiration_spec().mode() == wire::FromFunction::ExpirationSpec::NONE);
    CHECK(missing[1].state_name() == "name");
    CHECK(missing[1].type_typename() == kString);
    CHECK_FALSE(has_run);
}

TEST_CASE("only the states that the request lacks are asked for", "[sdk]") {
    auto functions = bound({kCount, kName}, add_one);

    auto request = RequestTo("ns", "f", "a").absent_state("other").absent_state("count");
    auto answer = answer_of(functions, request.message(kLong, ""));

    REQUIRE(answer.has_incomplete_invocation_context());
    REQUIRE(answer.incomplete_invocation_context().missing_values_size() == 1);
    CHECK(answer.incomplete_invocation_context().missing_values(0).state_name() == "name");
}

TEST_CASE("a state without a value is known, and reads as nothing", "[sdk]") {
    std::optional<std::int64_t> seen = 7;
    auto functions = bound({kCount}, [&](Context& context, const Message&) {
        seen = context.state(kCount).get();
    });

    auto answer =
        answer_of(functions, RequestTo("ns", "f", "a").absent_state("count").message(kLong, ""));

    REQUIRE(answer.has_invocation_result());
    CHECK(seen == std::nullopt);
    CHECK(answer.invocation_result().state_mutations_size() == 0);
}

TEST_CASE("a value of zero bytes is a value", "[sdk]") {
    std::optional<std::int64_t> seen;
    auto functions = bound({kCount}, [&](Context& context, const Message&) {
        seen = context.state(kCount).get();
        context.state(kCount).set(0);
    });

    auto answer = answer_of(
        functions, RequestTo("ns", "f", "a").state("count", kLong, "").message(kLong, "")
    );

    CHECK(seen == 0);
    REQUIRE(answer.invocation_result().state_mutations_size() == 1);
    const auto& mutation = answer.invocation_result().state_mutations(0);
    CHECK(mutation.mutation_type() == wire::FromFunction::PersistedValueMutation::MODIFY);
    CHECK(mutation.state_value().has_value());
    CHECK(mutation.state_value().value().empty());
}

TEST_CASE("the messages of a batch share the state, and it yields one mutation", "[sdk]") {
    auto functions = bound({kCount}, add_one);

    auto request = RequestTo("ns", "f", "a").state("count", kLong, long_bytes(41));
    auto answer =
        answer_of(functions, request.message(kLong, "").message(kLong, "").message(kLong, ""));

    REQUIRE(answer.invocation_result().state_mutations_size() == 1);
    const auto& mutation = answer.invocation_result().state_mutations(0);
    CHECK(mutation.mutation_type() == wire::FromFunction::PersistedValueMutation::MODIFY);
    CHECK(mutation.state_name() == "count");
    CHECK(mutation.state_value().typename_() == kLong);
    CHECK(mutation.state_value().value() == long_bytes(44));
}

TEST_CASE("a removed state is deleted, and reads as nothing later in the batch", "[sdk]") {
    std::vector<bool> had_value;
    auto functions = bound({kCount}, [&](Context& context, const Message&) {
        auto count = context.state(kCount);
        had_value.push_back(count.get().has_value());
        count.remove();
    });

    auto request = RequestTo("ns", "f", "a").state("count", kLong, long_bytes(5));
    auto answer = answer_of(functions, request.message(kLong, "").message(kLong, ""));

    CHECK(had_value == std::vector{true, false});
    REQUIRE(answer.invocation_result().state_mutations_size() == 1);
    const auto& mutation = answer.invocation_result().state_mutations(0);
    CHECK(mutation.mutation_type() == wire::FromFunction::PersistedValueMutation::DELETE);
    CHECK_FALSE(mutation.has_state_value());
}

TEST_CASE("a state that is set after it was removed is written", "[sdk]") {
    auto functions = bound({kCount}, [](Context& context, const Message&) {
        context.state(kCount).remove();
        context.state(kCount).set(9);
    });

    auto answer =
        answer_of(functions, RequestTo("ns", "f", "a").absent_state("count").message(kLong, ""));

    REQUIRE(answer.invocation_result().state_mutations_size() == 1);
    CHECK(answer.invocation_result().state_mutations(0).state_value().value() == long_bytes(9));
}

TEST_CASE("of two entries for one state the last counts", "[sdk]") {
    std::optional<std::int64_t> seen;
    auto functions = bound({kCount}, [&](Context& context, const Message&) {
        seen = context.state(kCount).get();
    });

    auto request = RequestTo("ns", "f", "a").state("count", kLong, long_bytes(1));
    request.state("count", kLong, long_bytes(2)).message(kLong, "");

    CHECK(answer_of(functions, request).has_invocation_result());
    CHECK(seen == 2);
}

TEST_CASE("a stored value of another type fails the batch and names both types", "[sdk]") {
    auto functions = bound({kCount}, add_one);

    auto error = error_of(
        functions,
        RequestTo("ns", "f", "a")
            .state("count", kString, string_bytes("x"))
            .message(kLong, "")
            .bytes()
    );

    REQUIRE(error);
    CHECK(error->kind == statefun::HandlerErrorKind::function_failed);
    CHECK_THAT(error->reason, Catch::Contains("'count'") && Catch::Contains(kString));
    CHECK_THAT(error->reason, Catch::Contains(kLong));
}

TEST_CASE("stored bytes that are not of the declared type fail the batch", "[sdk]") {
    auto functions = bound({kCount}, add_one);

    auto error = error_of(
        functions,
        RequestTo("ns", "f", "a").state("count", kLong, "\xff").message(kLong, "").bytes()
    );

    REQUIRE(error);
    CHECK(error->http_status() == 500);
}

TEST_CASE("a state that is not declared cannot be used", "[sdk]") {
    auto functions =
        bound({kCount}, [](Context& context, const Message&) { context.state(kName).set("x"); });

    auto error = error_of(
        functions, RequestTo("ns", "f", "a").absent_state("count").message(kLong, "").bytes()
    );

    REQUIRE(error);
    CHECK_THAT(error->reason, Catch::Contains("'name'") && Catch::Contains("not declared"));
}

TEST_CASE("a protobuf message is a state like any other", "[sdk]") {
    constexpr auto kType = statefun::protobuf_type<wire::Address>("ns/Address");
    static constexpr ValueSpec<wire::Address> kWhere{"where", kType};
    auto functions = bound({kWhere}, [](Context& context, const Message&) {
        auto where = context.state(kWhere);
        wire::Address address = where.get().value_or(wire::Address());
        address.set_id(address.id() + "!");
        where.set(address);
    });
    wire::Address before;
    before.set_id("a");

    auto answer = answer_of(
        functions,
        RequestTo("ns", "f", "a")
            .state("where", "ns/Address", before.SerializeAsString())
            .message(kLong, "")
    );

    wire::Address after;
    REQUIRE(answer.invocation_result().state_mutations_size() == 1);
    const auto& value = answer.invocation_result().state_mutations(0).state_value();
    CHECK(value.typename_() == "ns/Address");
    REQUIRE(after.ParseFromString(value.value()));
    CHECK(after.id() == "a!");
}

TEMPLATE_TEST_CASE(
    "every built-in number survives its encoding",
    "[sdk]",
    bool,
    std::int32_t,
    std::int64_t,
    float,
    double
) {
    constexpr auto kType = statefun::built_in<TestType>();
    for (TestType value : {TestType(0), TestType(1), std::numeric_limits<TestType>::lowest()}) {
        CHECK(kType.decode(kType.encode(value)) == value);
    }
    CHECK(kType.encode(TestType(0)).empty());
    CHECK_FALSE(kType.decode("\xff").has_value());
}

TEST_CASE("strings are UTF-8 in both directions", "[sdk]") {
    constexpr auto kType = statefun::built_in<std::string>();
    CHECK(kType.decode(kType.encode("h\u00e9")) == "h\u00e9");
    CHECK(kType.encode("").empty());
    CHECK_THROWS_AS(kType.encode("\xff"), statefun::TypeError);
    CHECK_FALSE(kType.decode("\x0a\x01\xff").has_value());
}
