#include "gateway/functions/inflater.h"

#include "tests/unit/functions/deflated.h"

#include <catch2/catch.hpp>

#include <random>

namespace sfg::functions {
namespace {

using test::deflated;
using test::Wrapping;
using Step = Inflater::Step;

constexpr std::size_t kPlenty = 1 << 20;

ContentCoding coding_of(Wrapping wrapping) {
    return wrapping == Wrapping::gzip ? ContentCoding::gzip : ContentCoding::deflate;
}

std::string noise(std::size_t size) {
    std::mt19937 random(7);
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += static_cast<char>(random());
    }
    return text;
}

}  // namespace

TEST_CASE("gzip, zlib and raw deflate give back what went in", "[functions]") {
    for (Wrapping wrapping : {Wrapping::gzip, Wrapping::zlib, Wrapping::raw}) {
        for (const std::string& text : {std::string(), std::string("hello"), noise(300'000)}) {
            Inflater inflater(coding_of(wrapping), deflated(text, wrapping));
            REQUIRE(inflater.run(kPlenty) == Step::done);
            CHECK(inflater.content() == text);
        }
    }
}

TEST_CASE("members of gzip follow each other", "[functions]") {
    Inflater inflater(
        ContentCoding::gzip, deflated("one ", Wrapping::gzip) + deflated("two", Wrapping::gzip)
    );
    REQUIRE(inflater.run(7) == Step::done);
    CHECK(inflater.content() == "one two");
}

TEST_CASE("inflating stops at its limit and can go on behind it", "[functions]") {
    std::string text = noise(100'000);
    Inflater inflater(ContentCoding::gzip, deflated(text, Wrapping::gzip));
    CHECK(inflater.run(99'999) == Step::full);
    CHECK(inflater.run(100'000) == Step::done);
    CHECK(inflater.content() == text);

    Inflater exact(ContentCoding::gzip, deflated(text, Wrapping::gzip));
    CHECK(exact.run(100'000) == Step::done);
}

TEST_CASE("a bomb costs no more than its limit", "[functions]") {
    Inflater bomb(ContentCoding::deflate, deflated(std::string(64 << 20, '\0'), Wrapping::zlib));
    CHECK(bomb.run(1000) == Step::full);
    CHECK(bomb.content().capacity() < 1 << 18);
}

TEST_CASE("what is cut off, spoilt or too long is refused in words", "[functions]") {
    std::string good = deflated(noise(1000), Wrapping::gzip);
    auto problem = [](std::string bytes) {
        Inflater inflater(ContentCoding::gzip, std::move(bytes));
        REQUIRE(inflater.run(kPlenty) == Step::bad);
        return inflater.problem();
    };
    CHECK(problem(good.substr(0, good.size() - 1)) == "it ends too early");
    CHECK(problem(good.substr(0, 5)) == "it ends too early");
    CHECK(problem("no gzip at all") == "incorrect header check");
    CHECK(problem(good + "x") != "");
    std::string spoilt = good;
    spoilt[good.size() - 6] = static_cast<char>(spoilt[good.size() - 6] ^ 1);
    CHECK(problem(spoilt) == "incorrect data check");
    Inflater trailed(ContentCoding::deflate, deflated("a", Wrapping::zlib) + "x");
    CHECK(trailed.run(kPlenty) == Step::bad);
}

TEST_CASE("codings are known by their names in any case", "[functions]") {
    CHECK(parse_coding("") == ContentCoding::identity);
    CHECK(parse_coding(" identity ") == ContentCoding::identity);
    CHECK(parse_coding("GZip") == ContentCoding::gzip);
    CHECK(parse_coding("x-gzip") == ContentCoding::gzip);
    CHECK(parse_coding("deflate") == ContentCoding::deflate);
    CHECK_FALSE(parse_coding("br"));
    CHECK_FALSE(parse_coding("gzip, gzip"));
}

}  // namespace sfg::functions
