// Addresses, ids, typed values as text, errors.
#include "protocol/address.h"
#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/shared_bytes.h"
#include "protocol/typed_value.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using sfg::Address;
using sfg::TypeName;

TEST_CASE("a typename is split at its last slash, and both parts are there", "[address]") {
    CHECK(TypeName::parse("a/b") == TypeName{"a", "b"});
    CHECK(TypeName::parse("a/b/c") == TypeName{"a/b", "c"});
    for (const char* bad : {"", "a", "/a", "a/", "/"}) {
        CHECK_FALSE(TypeName::parse(bad));
    }
}

TEST_CASE("any bytes survive percent-encoding, a malformed escape is refused", "[address]") {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
    }
    CHECK(sfg::percent_decode(sfg::percent_encode(bytes)) == bytes);
    CHECK(sfg::percent_decode("a+b%2f") == "a+b/");
    for (const char* bad : {"%", "%4", "%4g", "%-1"}) {
        CHECK_FALSE(sfg::percent_decode(bad));
    }
}

TEST_CASE("an address as text is one line and unambiguous", "[address]") {
    CHECK(Address{{"a", "b"}, "x/y\n%"}.text() == "a/b/x%2Fy%0A%25");
}

TEST_CASE("UTF-8 is what RFC 3629 says", "[address]") {
    for (const char* good : {"", "a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
        CHECK(sfg::is_utf8(good));
    }
    for (const char* bad :
         {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
        CHECK_FALSE(sfg::is_utf8(bad));
    }
}

TEST_CASE("the partition of an id is fixed for ever", "[address]") {
    // XXH64, seed 0, modulo 128. These numbers are part of the format on disk.
    CHECK(sfg::partition_of("", 128) == 0xef46db3751d8e999ULL % 128);
    CHECK(sfg::partition_of("a", 128) == 0xd24ec4f1a98c6e5bULL % 128);
    CHECK(sfg::partition_of("abc", 128) == 0x44bc2cf5ad770999ULL % 128);
}

TEST_CASE("a message id tells its store and key again, other texts are none", "[ids]") {
    sfg::MessageKey key{sfg::CommitNumber{0xabcdef}, 17};
    std::string id = sfg::message_id(sfg::StoreId{99}, key);
    CHECK(id.size() == sfg::kMessageIdBytes);
    auto parsed = sfg::parse_message_id(id);
    REQUIRE(parsed);
    CHECK(parsed->store == sfg::StoreId{99});
    CHECK(parsed->key == key);
    CHECK_FALSE(sfg::parse_message_id(id.substr(1)));
    CHECK_FALSE(sfg::parse_message_id(std::string(40, 'G')));
    CHECK_FALSE(sfg::parse_message_id(std::string(40, 'A')));
}

TEST_CASE("text becomes what the SDKs would encode, and comes back", "[typed value]") {
    struct Case {
        const char* type;
        const char* text;
        std::string bytes;
    };

    auto cases = {
        Case{"io.statefun.types/bool", "true", "\x08\x01"},
        Case{"io.statefun.types/bool", "false", ""},
        Case{"io.statefun.types/int", "-1", std::string("\x0d\xff\xff\xff\xff", 5)},
        Case{"io.statefun.types/long", "1", std::string("\x09\x01\0\0\0\0\0\0\0", 9)},
        Case{"io.statefun.types/double", "0.1", "\x09\x9a\x99\x99\x99\x99\x99\xb9\x3f"},
        Case{"io.statefun.types/float", "0.5", std::string("\x0d\0\0\0\x3f", 5)},
        Case{"io.statefun.types/string", "h\xc3\xa9", "\x0a\x03h\xc3\xa9"},
        Case{"io.statefun.types/string", "", ""},
    };
    for (const Case& one : cases) {
        auto encoded = sfg::encode_text(one.type, one.text);
        REQUIRE(std::holds_alternative<std::string>(encoded));
        CHECK(std::get<std::string>(encoded) == one.bytes);
        CHECK(sfg::decode_text(one.type, one.bytes) == one.text);
    }
}

TEST_CASE("text that is not of its type is refused with the value", "[typed value]") {
    for (auto [type, text] :
         {std::pair{"int", "2147483648"},
          {"int", "1x"},
          {"int", ""},
          {"bool", "yes"},
          {"long", "1.5"},
          {"string", "\xff"}}) {
        auto encoded = sfg::encode_text(std::string("io.statefun.types/") + type, text);
        CHECK(std::holds_alternative<sfg::TextError>(encoded));
    }
}

TEST_CASE("JSON forms of primitives, without what JSON lacks", "[typed value]") {
    auto json = [](const char* type, const char* text) {
        std::string name = std::string("io.statefun.types/") + type;
        return sfg::decode_json(name, std::get<std::string>(sfg::encode_text(name, text)));
    };
    CHECK(json("string", "a\"b") == R"("a\"b")");
    CHECK(json("long", "7") == "7");
    CHECK(json("bool", "false") == "false");
    CHECK_FALSE(json("double", "nan"));
    CHECK_FALSE(json("float", "inf"));
}

TEST_CASE("every error code has its own text, status and remedy", "[errors]") {
    auto body = nlohmann::json::parse(
        sfg::problem_json({sfg::Errc::body_too_large, "\xff is not UTF-8"}, "m")
    );
    CHECK(body["code"] == "SFG-0104");
    CHECK(body["status"] == 413);
    CHECK(body["message_id"] == "m");
    CHECK_FALSE(body["remedy"].get<std::string>().empty());
}

TEST_CASE("shared bytes are one block, however many hold them", "[bytes]") {
    sfg::SharedBytes one("hello");
    sfg::SharedBytes other = one;
    CHECK(one.data() == other.data());
    one = sfg::SharedBytes();
    CHECK(other.view() == "hello");
    other = std::move(other);
    CHECK(sfg::SharedBytes("").empty());
}
