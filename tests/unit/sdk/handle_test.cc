// Messages in, effects out, and everything that makes handle() answer with an error.
#include "tests/unit/sdk/wire.h"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace sdk_test;
using namespace std::string_view_literals;
using statefun::Address;
using statefun::Context;
using statefun::Functions;
using statefun::HandlerErrorKind;
using statefun::Message;
using statefun::TypeName;

namespace {

Functions bound(statefun::Function function) {
    Functions functions;
    functions.bind("ns/f", {}, std::move(function));
    return functions;
}

std::string one_message(const char* type_name = kLong, const std::string& bytes = "") {
    return RequestTo("ns", "f", "a").message(type_name, bytes).bytes();
}

}  // namespace

TEST_CASE("the bytes of the wire are those of the protocol", "[sdk]") {
    // ToFunction{invocation{target{ns, f, a}, invocations{argument{t/t, has_value, "v"}}}}.
    auto functions = bound([](Context& context, const Message& message) {
        context.send({{"n", "g"}, "b"}, message.typed_value());
    });
    auto request =
        "\xa2\x06\x1b"
        "\x0a\x0a\x0a\x02ns\x12\x01"
        "f\x1a\x01"
        "a"
        "\x1a\x0d\x12\x0b\x0a\x03t/t\x10\x01\x1a\x02vv"sv;
    auto answer =
        "\xa2\x06\x1a"
        "\x12\x18\x0a\x09\x0a\x01n\x12\x01g\x1a\x01"
        "b"
        "\x12\x0b\x0a\x03t/t\x10\x01\x1a\x02vv"sv;

    auto bytes = functions.handle(request);

    REQUIRE(bytes.has_value());
    CHECK(*bytes == answer);
}

TEST_CASE("a function that does nothing answers with an empty result", "[sdk]") {
    auto answer = answer_of(
        bound([](Context&, const Message&) {}), RequestTo("ns", "f", "a").message(kLong, "")
    );

    CHECK(answer.has_invocation_result());
    CHECK(answer.invocation_result().ByteSizeLong() == 0);
}

TEST_CASE("self is the target and caller is who sent the message", "[sdk]") {
    Address self;
    std::vector<std::optional<Address>> callers;
    auto functions = bound([&](Context& context, const Message&) {
        self = context.self();
        callers.push_back(context.caller());
    });

    auto request = RequestTo("ns", "f", "").message(kLong, "");
    request.message(kLong, "").from("o", "g", "x").message(kLong, "").from("", "", "");

    CHECK(answer_of(functions, request).has_invocation_result());
    CHECK(self == Address{{"ns", "f"}, ""});
    REQUIRE(callers.size() == 3);
    CHECK(callers[0] == std::nullopt);
    CHECK(callers[1] == Address{{"o", "g"}, "x"});
    CHECK(callers[2] == std::nullopt);
}

TEST_CASE("sends and egress records leave in the order of the calls", "[sdk]") {
    auto functions = bound([](Context& context, const Message&) {
        context.send({{"o", "g"}, "1"}, std::int64_t{5});
        context.send_egress("e/out", "first");
        context.send({{"o", "g"}, "2"}, "text");
        context.send_egress("e/x/out", true);
    });

    auto answer = answer_of(functions, RequestTo("ns", "f", "a").message(kLong, ""));

    const auto& result = answer.invocation_result();
    REQUIRE(result.outgoing_messages_size() == 2);
    CHECK(result.outgoing_messages(0).target().id() == "1");
    CHECK(result.outgoing_messages(0).argument().typename_() == kLong);
    CHECK(result.outgoing_messages(0).argument().value() == long_bytes(5));
    CHECK(result.outgoing_messages(1).target().id() == "2");
    CHECK(result.outgoing_messages(1).argument().typename_() == kString);
    CHECK(result.outgoing_messages(1).argument().value() == string_bytes("text"));
    REQUIRE(result.outgoing_egresses_size() == 2);
    CHECK(result.outgoing_egresses(0).egress_namespace() == "e");
    CHECK(result.outgoing_egresses(0).egress_type() == "out");
    CHECK(result.outgoing_egresses(0).argument().has_value());
    CHECK(result.outgoing_egresses(1).egress_namespace() == "e/x");
}

TEST_CASE("a reply goes to the caller, and nowhere without one", "[sdk]") {
    std::vector<bool> replied;
    auto functions =
        bound([&](Context& context, const Message&) { replied.push_back(context.reply("hi")); });

    auto request = RequestTo("ns", "f", "a").message(kLong, "");
    auto answer =
        answer_of(functions, request.message(kLong, "").from("io.statefun.gateway", "call", "m1"));

    CHECK(replied == std::vector{false, true});
    REQUIRE(answer.invocation_result().outgoing_messages_size() == 1);
    const auto& target = answer.invocation_result().outgoing_messages(0).target();
    CHECK(target.namespace_() == "io.statefun.gateway");
    CHECK(target.type() == "call");
    CHECK(target.id() == "m1");
}

TEST_CASE("a message knows its type and is decoded on request", "[sdk]") {
    auto functions = bound([](Context& context, const Message& message) {
        CHECK(message.is<std::int64_t>());
        CHECK_FALSE(message.is<std::int32_t>());
        context.reply(message.as<std::int64_t>() + 1);
    });

    auto answer = answer_of(
        functions, RequestTo("ns", "f", "a").message(kLong, long_bytes(6)).from("o", "g", "x")
    );

    REQUIRE(answer.invocation_result().outgoing_messages_size() == 1);
    CHECK(answer.invocation_result().outgoing_messages(0).argument().value() == long_bytes(7));
}

TEST_CASE("asking a message for another type fails the batch and names both", "[sdk]") {
    auto functions =
        bound([](Context&, const Message& message) { (void)message.as<std::string>(); });

    auto wrong_type = error_of(functions, one_message(kLong, long_bytes(1)));
    auto wrong_bytes = error_of(functions, one_message(kString, "\xff"));

    REQUIRE(wrong_type);
    CHECK(wrong_type->kind == HandlerErrorKind::function_failed);
    CHECK_THAT(wrong_type->reason, Catch::Contains(kLong) && Catch::Contains(kString));
    REQUIRE(wrong_bytes);
    CHECK(wrong_bytes->kind == HandlerErrorKind::function_failed);
}

TEST_CASE("an exception fails the whole batch and says where it came from", "[sdk]") {
    int calls = 0;
    auto functions = bound([&](Context& context, const Message&) {
        context.send({{"o", "g"}, "1"}, "gone with the batch");
        if (++calls == 2) {
            throw std::runtime_error("no such user");
        }
    });
    auto request = RequestTo("ns", "f", "a").message(kLong, "").message(kLong, "");

    auto error = error_of(functions, request.message(kLong, "").bytes());

    REQUIRE(error);
    CHECK(error->kind == HandlerErrorKind::function_failed);
    CHECK(error->http_status() == 500);
    CHECK(error->reason == "ns/f, message 2 of 3: no such user");
    CHECK(calls == 2);
}

TEST_CASE("anything that can be thrown is an error", "[sdk]") {
    auto error = error_of(bound([](Context&, const Message&) { throw 42; }), one_message());

    REQUIRE(error);
    CHECK(error->kind == HandlerErrorKind::function_failed);
}

TEST_CASE("a function type that is not bound is an error that names it", "[sdk]") {
    auto functions = bound([](Context&, const Message&) {});

    auto error = error_of(functions, RequestTo("ns", "other", "a").message(kLong, "").bytes());

    REQUIRE(error);
    CHECK(error->kind == HandlerErrorKind::unknown_function);
    CHECK(error->http_status() == 500);
    CHECK_THAT(error->reason, Catch::Contains("ns/other"));
}

TEST_CASE("bytes that are not a request are refused", "[sdk]") {
    auto functions = bound([](Context&, const Message&) {});
    wire::ToFunction without_messages;
    without_messages.mutable_invocation()->mutable_target()->set_id("a");
    wire::ToFunction without_target;
    without_target.mutable_invocation()->add_invocations();

    for (const std::string& bytes :
         {std::string(),
          std::string("garbage"),
          one_message().substr(0, 9),
          without_messages.SerializeAsString(),
          without_target.SerializeAsString()}) {
        auto error = error_of(functions, bytes);
        REQUIRE(error);
        CHECK(error->kind == HandlerErrorKind::bad_request);
        CHECK(error->http_status() == 400);
    }
}

TEST_CASE("what no gateway could deliver is refused where it is sent", "[sdk]") {
    auto sends_to = [](Address target) {
        return bound([target](Context& context, const Message&) { context.send(target, "x"); });
    };
    auto records_to = [](std::string egress) {
        return bound([egress](Context& context, const Message&) {
            context.send_egress(egress, "x");
        });
    };

    CHECK(error_of(sends_to({{"", "g"}, "x"}), one_message()));
    CHECK(error_of(sends_to({{"o", ""}, "x"}), one_message()));
    CHECK(error_of(sends_to({{"o", "g"}, "\xff"}), one_message()));
    CHECK(error_of(records_to("no-namespace"), one_message()));
    CHECK_FALSE(error_of(sends_to({{"o", "g"}, ""}), one_message()));
}

TEST_CASE("a failed send that the function catches leaves nothing behind", "[sdk]") {
    auto functions = bound([](Context& context, const Message&) {
        try {
            context.send({{"o", ""}, "x"}, "x");
        } catch (const std::invalid_argument&) {
            context.send({{"o", "g"}, "fallback"}, "x");
        }
    });

    auto answer = answer_of(functions, RequestTo("ns", "f", "a").message(kLong, ""));

    REQUIRE(answer.invocation_result().outgoing_messages_size() == 1);
    CHECK(answer.invocation_result().outgoing_messages(0).target().id() == "fallback");
}

TEST_CASE("a binding that can never work is refused at the start", "[sdk]") {
    auto nothing = [](Context&, const Message&) {
    };
    constexpr statefun::ValueSpec<bool> kFine{"fine_2"};
    constexpr statefun::ValueSpec<bool> kBadName{"not a name"};
    constexpr statefun::ValueSpec<bool> kDigitFirst{"2nd"};
    constexpr statefun::Type<bool> kNoSlash{"type", nullptr, nullptr};
    constexpr statefun::ValueSpec<bool> kBadType{"ok", kNoSlash};
    Functions functions;

    CHECK_NOTHROW(functions.bind("ns/f", {kFine}, nothing));
    CHECK_THROWS_AS(functions.bind("ns/f", {}, nothing), std::invalid_argument);
    CHECK_THROWS_AS(functions.bind("f", {}, nothing), std::invalid_argument);
    CHECK_THROWS_AS(functions.bind("ns/none", {}, nullptr), std::invalid_argument);
    CHECK_THROWS_AS(functions.bind("ns/g", {kBadName}, nothing), std::invalid_argument);
    CHECK_THROWS_AS(functions.bind("ns/g", {kDigitFirst}, nothing), std::invalid_argument);
    CHECK_THROWS_AS(functions.bind("ns/g", {kBadType}, nothing), std::invalid_argument);
    CHECK_THROWS_AS(functions.bind("ns/g", {kFine, kFine}, nothing), std::invalid_argument);
}
