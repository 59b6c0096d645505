// Many messages in one body, as lines of JSON.
#include "protocol/codec.h"
#include "protocol/limits.h"
#include "tests/unit/http/bulk_bodies.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::ingress;
using namespace sfg::test;

namespace {

using std::chrono::milliseconds;

// The value of one line with these fields.
TypedValue value_of(const std::string& fields) {
    auto messages = messages_of(parse_body(R"({"target":"shop/cart/a",)" + fields + "}"));
    return decode_message(messages.at(0).stored.view())->argument;
}

}  // namespace

TEST_CASE("a line is the message that a request of its own would be", "[bulk]") {
    auto messages = messages_of(
        parse_body(R"({"target": "shop/cart/a%2Fb", "typename": "shop/Add", "json": {"item": 7}})")
    );
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].target == Address{{"shop", "cart"}, "a/b"});
    PartitionId home = partition_of("a/b", kPartitions);
    SharedBytes alone = make_message(home, nullptr, {"shop/Add", true, R"({"item": 7})"});
    CHECK(messages[0].stored.view() == alone.view());
    CHECK_FALSE(messages[0].idempotency);
    CHECK_FALSE(messages[0].delay);
    CHECK_FALSE(messages[0].is_call);
}

TEST_CASE("a target may be given in parts, which are not encoded", "[bulk]") {
    auto messages = messages_of(parse_body(
        R"({"text":"x","target":{"id":"a%2Fb/\u00e9","namespace":"shop","type":"cart"}})"
    ));
    CHECK(messages[0].target == Address{{"shop", "cart"}, "a%2Fb/\xc3\xa9"});
    CHECK(messages_of(parse_body(R"({"text":"x","target":"shop/cart/"})"))[0].target.id.empty());
}

TEST_CASE("the value of json arrives as it was written", "[bulk]") {
    for (const std::string& json :
         {std::string(R"({"b":1,"a": [1.0, 12345678901234567890123, "\u00e9"] })"),
          std::string("[]"),
          std::string("{}"),
          std::string("[ 1 ]"),
          std::string(R"("te\"xt")"),
          std::string("12.50"),
          std::string("-3"),
          std::string("7"),
          std::string("1e3"),
          std::string("true"),
          std::string("null"),
          std::string(R"({"target":"x","json":{"json":1}})")}) {
        for (const char* form :
             {R"("typename":"shop/Add","json":%)",
              R"("typename":"shop/Add" , "json" : % )",
              R"("json": % ,"typename":"shop/Add")"}) {
            std::string fields = form;
            fields.replace(fields.find('%'), 1, json);
            INFO(fields);
            CHECK(value_of(fields) == TypedValue{"shop/Add", true, json});
        }
    }
}

TEST_CASE("text and JSON scalars are encoded as built-in types", "[bulk]") {
    auto encoded = [](const std::string& type, const std::string& text) {
        std::string type_name = "io.statefun.types/" + type;
        return TypedValue{type_name, true, std::get<std::string>(encode_text(type_name, text))};
    };
    CHECK(value_of(R"("text":"h\u00e9llo")") == encoded("string", "h\xc3\xa9llo"));
    CHECK(value_of(R"("typename":"io.statefun.types/int","text":"42")") == encoded("int", "42"));
    CHECK(value_of(R"("typename":"io.statefun.types/int","json":42)") == encoded("int", "42"));
    CHECK(
        value_of(R"("typename":"io.statefun.types/bool","json":true)") == encoded("bool", "true")
    );
    CHECK(
        value_of(R"("typename":"io.statefun.types/double","json":1.5)") == encoded("double", "1.5")
    );
    CHECK(
        value_of(R"("typename":"io.statefun.types/string","json":"x")") == encoded("string", "x")
    );
}

TEST_CASE("base64 is bytes of any type", "[bulk]") {
    CHECK(
        value_of(R"("typename":"shop/Raw","base64":"AP/+")") ==
        TypedValue{"shop/Raw", true, std::string("\0\xff\xfe", 3)}
    );
    CHECK(value_of(R"("typename":"shop/Raw","base64":"")") == TypedValue{"shop/Raw", true, ""});
    CHECK(value_of(R"("typename":"shop/Raw","base64":"QQ==")").value == "A");
}

TEST_CASE("a line may have a key and a delay", "[bulk]") {
    auto with = [](const std::string& fields) {
        return messages_of(parse_body(R"({"target":"shop/cart/a","text":"x",)" + fields + "}"))
            .at(0);
    };
    CHECK(with(R"("delay":"10s")").delay == milliseconds(10'000));
    CHECK(with(R"("delay":250)").delay == milliseconds(250));
    auto keyed = with(R"("idempotency_key":"order-17")");
    REQUIRE(keyed.idempotency);
    CHECK(keyed.idempotency->key == "order-17");
    // The same content has the same hash, another one has not.
    auto again = with(R"("idempotency_key":"other")");
    CHECK(again.idempotency->content_hash == keyed.idempotency->content_hash);
    auto later = with(R"("idempotency_key":"order-17","delay":"1s")");
    CHECK(later.idempotency->content_hash != keyed.idempotency->content_hash);
}

TEST_CASE("lines end with LF or CRLF, and blank ones are passed over", "[bulk]") {
    std::string line(kLine);
    for (const std::string& body :
         {line + "\n" + line + "\n",
          line + "\r\n" + line + "\r\n",
          line + "\n" + line,
          "\n\r\n  \t\n" + line + "\n\n" + line + "\n\n"}) {
        INFO(body);
        CHECK(messages_of(parse_body(body)).size() == 2);
    }
}

TEST_CASE("a bad line is named by its number, and none is taken", "[bulk]") {
    std::string good(kLine);
    std::string bad = R"({"target":"shop/cart/a"})";
    for (std::size_t at = 0; at < 5; ++at) {
        std::string body;
        for (std::size_t i = 0; i < 5; ++i) {
            body += (i == at ? bad : good) + "\n\n";
        }
        BulkProblem problem = problem_of(parse_body(body));
        CHECK(problem.place == at);
        CHECK(contains(problem.problem.detail, "line " + std::to_string(2 * at + 1) + ": "));
    }
}

TEST_CASE("what a line may not be is said", "[bulk]") {
    struct Case {
        std::string line;
        Errc code;
        std::string said;
    };

    const std::string target = R"({"target":"shop/cart/a",)";
    auto test = GENERATE_COPY(
        Case{"nonsense", Errc::bad_message, "it is no JSON, from its byte"},
        Case{target + R"("text":"x")", Errc::bad_message, "unexpected end of input"},
        Case{target + R"("text":"x"} {)", Errc::bad_message, "it is no JSON"},
        Case{target + R"("json":{]})", Errc::bad_message, "it is no JSON"},
        Case{target + "\"text\":\"\xff\"}", Errc::bad_message, "UTF-8"},
        Case{R"([1])", Errc::bad_message, "is not an object"},
        Case{R"("text")", Errc::bad_message, "is not an object"},
        Case{R"({"text":"x"})", Errc::bad_message, "target is missing"},
        Case{R"({"target":"shop/cart","text":"x"})", Errc::bad_message, "there are 2 parts"},
        Case{R"({"target":"shop/cart/%zz","text":"x"})", Errc::bad_message, "percent escape"},
        Case{R"({"target":7,"text":"x"})", Errc::bad_message, R"(target is "namespace/type/id")"},
        Case{R"({"target":["shop"],"text":"x"})", Errc::bad_message, "target is"},
        Case{R"({"target":{"namespace":"shop"},"text":"x"})", Errc::bad_message, "target needs"},
        Case{R"({"target":{"name":"shop"},"text":"x"})", Errc::bad_message, "not 'name'"},
        Case{
            R"({"target":{"id":1},"text":"x"})", Errc::bad_message, "the id of target is no string"
        },
        Case{R"({"target":{"id":{}},"text":"x"})", Errc::bad_message, "target is"},
        Case{target + R"("typename":"shop/Add"})", Errc::bad_message, "there are 0"},
        Case{target + R"("text":"x","json":1})", Errc::bad_message, "there are 2"},
        Case{target + R"("json":1})", Errc::bad_type, "typename is missing"},
        Case{target + R"("base64":"QQ=="})", Errc::bad_type, "typename is missing"},
        Case{target + R"("base64":"QQ=","typename":"a/b"})", Errc::bad_message, "RFC 4648"},
        Case{target + R"("base64":"Q-==","typename":"a/b"})", Errc::bad_message, "RFC 4648"},
        Case{target + R"("typename":"nothing","json":1})", Errc::bad_type, "is not a typename"},
        Case{
            target + R"("typename":"shop/Add","text":"x"})", Errc::bad_type, "give json or base64"
        },
        Case{
            target + R"("typename":"io.statefun.types/int","text":"forty"})",
            Errc::bad_body,
            "'forty' is not"
        },
        Case{
            target + R"("typename":"io.statefun.types/int","json":[1]})", Errc::bad_body, "no value"
        },
        Case{target + R"("text":7})", Errc::bad_message, "text is a string"},
        Case{target + R"("text":"x","text":"y"})", Errc::bad_message, "text is given twice"},
        Case{target + R"("text":"x","dealy":"1s"})", Errc::bad_message, "did you mean delay?"},
        Case{target + R"("text":"x","whatever":1})", Errc::bad_message, "known are target,"},
        Case{target + R"("text":"x","delay":"soon"})", Errc::bad_message, "delay must be"},
        Case{target + R"("text":"x","delay":-5})", Errc::bad_message, "delay must be"},
        Case{target + R"("text":"x","idempotency_key":""})", Errc::bad_message, "leave it out"},
        Case{
            target + R"("text":"x","idempotency_key":"a b"})", Errc::bad_parameter, "visible ASCII"
        }
    );
    INFO(test.line);
    BulkProblem problem = problem_of(parse_body(std::string(kLine) + "\n" + test.line));
    CHECK(problem.problem.code == test.code);
    CHECK(problem.place == 1);
    INFO(problem.problem.detail);
    CHECK(problem.problem.detail.starts_with("line 2: "));
    CHECK(contains(problem.problem.detail, test.said));
}

TEST_CASE("one line may be as long as a body", "[bulk]") {
    std::string text(8 * kMiB, 't');
    auto messages = messages_of(parse_body(R"({"target":"shop/cart/a","text":")" + text + "\"}\n"));
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].stored.size() > text.size());
}
