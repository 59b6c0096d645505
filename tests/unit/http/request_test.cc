// What the API reads from a head: target, type, key, time-out, form of the reply.
#include "gateway/ingress/request.h"

#include "gateway/ingress/typed_view.h"
#include "protocol/codec.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::ingress;

namespace {

runtime::HttpHead head_with(std::vector<runtime::HttpField> fields) {
    runtime::HttpHead head;
    head.method = "POST";
    head.fields = std::move(fields);
    return head;
}

struct TypeCase {
    std::vector<runtime::HttpField> fields;
    std::string type_name;  // Empty: refused.
    bool is_text;
    Errc refusal;
};

constexpr Errc kNone = Errc::internal;

const std::string kString(kStringType);

const std::vector<TypeCase> kTypeCases = {
    TypeCase{{{"Content-Type", "application/vnd.com.x/User"}}, "com.x/User", false, kNone},
    TypeCase{{{"content-type", "Application/VND.com.x/User ; a=b"}}, "com.x/User", false, kNone},
    TypeCase{{{"StateFun-Type", "com.x/User"}}, "com.x/User", false, kNone},
    TypeCase{{{"Content-Type", "text/plain"}}, kString, true, kNone},
    TypeCase{{{"Content-Type", "Text/Plain; charset=\"UTF-8\""}}, kString, true, kNone},
    TypeCase{
        {{"Content-Type", "text/plain"}, {"StateFun-Type", "io.statefun.types/long"}},
        "io.statefun.types/long",
        true,
        kNone
    },
    TypeCase{
        {{"Content-Type", "application/json"}, {"StateFun-Type", "com.x/J"}},
        "com.x/J",
        false,
        kNone
    },
    TypeCase{
        {{"Content-Type", "application/vnd.com.x/J"}, {"StateFun-Type", "com.x/J"}},
        "com.x/J",
        false,
        kNone
    },
    TypeCase{
        {{"Content-Type", "application/x-www-form-urlencoded"}, {"StateFun-Type", "a/b"}},
        "a/b",
        false,
        kNone
    },
    TypeCase{{}, "", false, Errc::bad_type},
    TypeCase{{{"Content-Type", "application/json"}}, "", false, Errc::bad_type},
    TypeCase{{{"Content-Type", "application/octet-stream"}}, "", false, Errc::bad_type},
    TypeCase{{{"Content-Type", "application/vnd."}}, "", false, Errc::bad_type},
    TypeCase{{{"Content-Type", "application/vnd.noslash"}}, "", false, Errc::bad_type},
    TypeCase{{{"StateFun-Type", "/x"}}, "", false, Errc::bad_type},
    TypeCase{{{"StateFun-Type", "a/\xff"}}, "", false, Errc::bad_type},
    TypeCase{{{"Content-Type", "text/plain;charset=latin1"}}, "", false, Errc::bad_type},
    TypeCase{
        {{"Content-Type", "text/plain"}, {"StateFun-Type", "com.x/User"}},
        "",
        false,
        Errc::bad_type
    },
    TypeCase{
        {{"Content-Type", "application/vnd.a/b"}, {"StateFun-Type", "a/c"}},
        "",
        false,
        Errc::bad_parameter
    },
    TypeCase{{{"StateFun-Type", "a/b"}, {"statefun-type", "a/b"}}, "", false, Errc::bad_parameter},
    TypeCase{
        {{"Content-Type", "text/plain"}, {"Content-Type", "text/plain"}},
        "",
        false,
        Errc::bad_parameter
    }
};

}  // namespace

TEST_CASE("the argument's type is read from Content-Type and StateFun-Type", "[ingress]") {
    for (const TypeCase& test : kTypeCases) {
        auto parsed = parse_argument_type(head_with(test.fields));
        if (auto* problem = std::get_if<Problem>(&parsed)) {
            CAPTURE(problem->detail);
            CHECK(test.type_name.empty());
            CHECK(problem->code == test.refusal);
        } else {
            CHECK(std::get<ArgumentType>(parsed).type_name == test.type_name);
            CHECK(std::get<ArgumentType>(parsed).is_text == test.is_text);
        }
    }
}

TEST_CASE("the content type that curl -d sends by itself is named as such", "[ingress]") {
    auto parsed =
        parse_argument_type(head_with({{"Content-Type", "application/x-www-form-urlencoded"}}));
    CHECK(std::get<Problem>(parsed).detail.find("curl -d") != std::string::npos);
}

TEST_CASE("a body that is packed is refused, not kept as it came", "[ingress]") {
    auto type = [](std::vector<runtime::HttpField> fields) {
        fields.push_back({"StateFun-Type", "a/b"});
        return parse_argument_type(head_with(std::move(fields)));
    };
    CHECK(std::holds_alternative<ArgumentType>(type({{"Content-Encoding", "identity"}})));
    CHECK(std::holds_alternative<ArgumentType>(type({{"Content-Encoding", ""}})));
    for (const auto& fields : std::vector<std::vector<runtime::HttpField>>{
             {{"content-encoding", "gzip"}},
             {{"Content-Encoding", "br"}},
             {{"Content-Encoding", "identity"}, {"Content-Encoding", "gzip"}}
         }) {
        auto parsed = type(fields);
        REQUIRE(std::holds_alternative<Problem>(parsed));
        CHECK(std::get<Problem>(parsed).code == Errc::bad_type);
    }
}

TEST_CASE("an Idempotency-Key is 1 to 255 visible ASCII characters, given once", "[ingress]") {
    auto key = [](std::vector<runtime::HttpField> fields) {
        return parse_key(head_with(std::move(fields)));
    };
    CHECK(std::get<std::string>(key({})).empty());
    CHECK(std::get<std::string>(key({{"idempotency-key", " a!~z "}})) == "a!~z");
    std::string longest(255, 'k');
    CHECK(std::get<std::string>(key({{"Idempotency-Key", longest}})) == longest);
    std::string longer = longest + "k";
    CHECK(std::holds_alternative<Problem>(key({{"Idempotency-Key", longer}})));
    CHECK(std::holds_alternative<Problem>(key({{"Idempotency-Key", ""}})));
    CHECK(std::holds_alternative<Problem>(key({{"Idempotency-Key", "a b"}})));
    CHECK(std::holds_alternative<Problem>(key({{"Idempotency-Key", "\xc3\xa9"}})));
    CHECK(std::holds_alternative<Problem>(key({{"Idempotency-Key", "a"}, {"Idempotency-Key", "a"}}))
    );
}

TEST_CASE("a time-out is a positive duration of at most ten minutes", "[ingress]") {
    using std::chrono::milliseconds;
    constexpr milliseconds kOtherwise{7};
    auto timeout = [&](std::string_view query) -> Parsed<milliseconds> {
        auto parsed = parse_parameters(query, kOtherwise);
        if (auto* parameters = std::get_if<Parameters>(&parsed)) {
            return parameters->timeout;
        }
        return std::get<Problem>(parsed);
    };
    CHECK(std::get<milliseconds>(timeout("")) == kOtherwise);
    CHECK(std::get<milliseconds>(timeout("timeout=30s")) == milliseconds(30'000));
    CHECK(std::get<milliseconds>(timeout("timeout=250")) == milliseconds(250));
    CHECK(std::get<milliseconds>(timeout("timeout=1%20min")) == milliseconds(60'000));
    CHECK(std::get<milliseconds>(timeout("timeout=10min")) == milliseconds(600'000));
    for (const char* bad :
         {"timeout=11min",
          "timeout=0",
          "timeout=",
          "timeout",
          "timeout=-1s",
          "timeout=x",
          "timeout=%zz",
          "timout=5s",
          "timeout=5s&timeout=6s",
          "delay=1s&delay=1s",
          "timeout=5s&x=1"}) {
        CAPTURE(bad);
        CHECK(std::holds_alternative<Problem>(timeout(bad)));
    }
}

TEST_CASE("Accept chooses the form of a reply by weight, then by place", "[ingress]") {
    auto form = [](std::string_view accept) {
        return parse_accept(head_with({{"Accept", accept}}));
    };
    CHECK(parse_accept(head_with({})) == ReplyForm::bytes);
    CHECK(form("*/*") == ReplyForm::bytes);
    CHECK(form("text/plain") == ReplyForm::text);
    CHECK(form("text/*;q=0.9") == ReplyForm::text);
    CHECK(form("application/json; charset=utf-8") == ReplyForm::json);
    CHECK(form("application/json, text/plain, */*") == ReplyForm::json);
    CHECK(form("application/json;q=0.5,text/plain") == ReplyForm::text);
    CHECK(form("text/plain;q=0, */*;q=0.1") == ReplyForm::bytes);
    CHECK(form("text/html,image/png") == ReplyForm::bytes);
    CHECK(form("text/plain;q=0.2, application/vnd.a/b") == ReplyForm::bytes);
}

TEST_CASE("a target is three segments, and its id any UTF-8 text up to 64 KiB", "[ingress]") {
    auto target = [](std::string_view segments) {
        return parse_target(segments);
    };
    CHECK(std::get<Address>(target("a/b/c")) == Address{{"a", "b"}, "c"});
    CHECK(std::get<Address>(target("a/b/")) == Address{{"a", "b"}, ""});
    CHECK(std::get<Address>(target("a%2Fx/b/c")) == Address{{"a/x", "b"}, "c"});
    CHECK(std::get<Address>(target("a/b/x+y")) == Address{{"a", "b"}, "x+y"});
    for (const char* bad :
         {"", "a", "a/b", "/b/c", "a//c", "a/b/c/d", "a/b/c/", "a/b/%z1", "a/b/%4"}) {
        CAPTURE(bad);
        CHECK(std::get<Problem>(target(bad)).code == Errc::malformed_path);
    }
    CHECK(std::get<Problem>(target("a/b/%ff")).code == Errc::bad_id);
    CHECK(std::get<Problem>(target("a/b/%c0%80")).code == Errc::bad_id);
    std::string longest(kIdBytesMax, 'i');
    CHECK(std::holds_alternative<Address>(target("a/b/" + longest)));
    CHECK(std::get<Problem>(target("a/b/" + longest + "i")).code == Errc::bad_id);
}

TEST_CASE("the parts of a typed value are found in place", "[ingress]") {
    std::string value(70'000, 'v');
    SharedBytes bytes = encode_typed_value({"a/b", true, value});
    auto view = view_typed_value(bytes.view());
    REQUIRE(view);
    CHECK(view->type_name == "a/b");
    CHECK(view->value == value);
    CHECK(view->value.data() == bytes.data() + bytes.size() - value.size());
    CHECK(view_typed_value("")->type_name.empty());
    // A field that is not known, then the value.
    CHECK(view_typed_value("\x22\x01x\x1a\x01y")->value == "y");
    CHECK_FALSE(view_typed_value(bytes.view().substr(0, bytes.size() - 1)));
    CHECK_FALSE(view_typed_value("\x0a\xff\xff\xff\xff\x0f"));
    CHECK_FALSE(view_typed_value("\x0a"));
}
