#include "tests/bench/answer_reader.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <string>

using bench::AnswerReader;
using Progress = AnswerReader::Progress;

namespace {

Progress take(AnswerReader& reader, const std::string& bytes) {
    REQUIRE(bytes.size() <= reader.space_bytes());
    std::memcpy(reader.space(), bytes.data(), bytes.size());
    return reader.received(bytes.size());
}

const std::string kAccepted = "HTTP/1.1 202 Accepted\r\ncontent-LENGTH: 3\r\n\r\nabc";

}  // namespace

TEST_CASE("an answer is complete with the last byte of its body", "[bench]") {
    auto reader = std::make_unique<AnswerReader>();
    for (std::size_t i = 0; i + 1 < kAccepted.size(); ++i) {
        CHECK(take(*reader, kAccepted.substr(i, 1)) == Progress::partial);
    }
    CHECK(take(*reader, kAccepted.substr(kAccepted.size() - 1)) == Progress::complete);
    CHECK(reader->status() == 202);
    CHECK(reader->body() == "abc");
    CHECK(reader->next() == Progress::partial);
}

TEST_CASE("answers that come together are read one after the other", "[bench]") {
    auto reader = std::make_unique<AnswerReader>();
    const std::string refused = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
    CHECK(take(*reader, kAccepted + refused + "HTTP/1.1 2") == Progress::complete);
    CHECK(reader->body() == "abc");
    CHECK(reader->next() == Progress::complete);
    CHECK(reader->status() == 503);
    CHECK(reader->body().empty());
    CHECK(reader->next() == Progress::partial);
    CHECK(take(*reader, "00 OK\r\nContent-Length: 1\r\n\r\nx") == Progress::complete);
    CHECK(reader->status() == 200);
    CHECK(reader->body() == "x");
}

TEST_CASE("an answer without a length can't be read", "[bench]") {
    auto reader = std::make_unique<AnswerReader>();
    CHECK(take(*reader, "HTTP/1.1 200 OK\r\n\r\n") == Progress::unreadable);
}

TEST_CASE("an answer that is too large can't be read", "[bench]") {
    auto reader = std::make_unique<AnswerReader>();
    CHECK(
        take(*reader, "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n") ==
        Progress::unreadable
    );
}
