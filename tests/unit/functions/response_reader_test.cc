#include "gateway/functions/response_reader.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <string>

namespace sfg::functions {
namespace {

using State = ResponseReader::State;
using End = ResponseReader::End;

constexpr std::size_t kBodyMax = 1000;

// Feeds in pieces of at most `piece` bytes, as a socket might, until the reader has decided.
State feed(ResponseReader& reader, std::string_view bytes, std::size_t piece = 1 << 20) {
    State state = State::more;
    while (!bytes.empty() && state == State::more) {
        ResponseReader::Space space = reader.space();
        REQUIRE(space.size > 0);
        std::size_t size = std::min({piece, space.size, bytes.size()});
        std::memcpy(space.data, bytes.data(), size);
        bytes.remove_prefix(size);
        state = reader.received(size);
    }
    return state;
}

State read_all(ResponseReader& reader, std::string_view bytes, std::size_t piece = 1 << 20) {
    reader.begin(kBodyMax);
    return feed(reader, bytes, piece);
}

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n";

std::string with_length(const std::string& body) {
    return kHead + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

Trouble trouble_of(std::string_view bytes) {
    ResponseReader reader;
    REQUIRE(read_all(reader, bytes) == State::bad);
    return reader.trouble().trouble;
}

}  // namespace

TEST_CASE("an answer is read the same in pieces of any size", "[functions]") {
    std::string chunked = kHead +
                          "Transfer-Encoding: chunked\r\n\r\n"
                          "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nContent-Type: text/html\r\n\r\n";
    std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + with_length("abcde");
    for (const std::string& bytes : {with_length("abcde"), chunked, interim}) {
        for (std::size_t piece : {1U, 2U, 3U, 7U, 100U, 1000U}) {
            ResponseReader reader;
            REQUIRE(read_all(reader, bytes, piece) == State::done);
            CHECK(reader.response().body == "abcde");
            CHECK(reader.response().status == 200);
            CHECK(reader.response().content_type == "application/octet-stream");
            CHECK(reader.response().keep_alive);
            CHECK_FALSE(reader.has_leftover());
        }
    }
}

TEST_CASE("a reader serves one answer after another", "[functions]") {
    ResponseReader reader;
    for (int i = 0; i < 3; ++i) {
        REQUIRE(read_all(reader, with_length("x"), 5) == State::done);
        CHECK(std::exchange(reader.response().body, {}) == "x");
    }
}

TEST_CASE("a body of exactly the limit is accepted, one byte more is not", "[functions]") {
    std::string chunk = "\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'a');
    std::string head = kHead.substr(0, kHead.size() - 2);
    ResponseReader reader;
    CHECK(read_all(reader, with_length(std::string(1000, 'a'))) == State::done);
    CHECK(read_all(reader, head + chunk + "\r\n0\r\n\r\n") == State::done);
    CHECK(reader.response().body.size() == 1000);
    for (const std::string& bytes :
         {with_length(std::string(1001, 'a')),
          head + chunk + "\r\n1\r\na\r\n0\r\n\r\n",
          kHead + "\r\n" + std::string(1001, 'a')}) {
        REQUIRE(read_all(reader, bytes) == State::bad);
        CHECK(reader.trouble().trouble == Trouble::too_long);
        CHECK(reader.trouble().what.find("payload_max_bytes 1000") != std::string::npos);
    }
}

TEST_CASE("a body without length ends with the connection", "[functions]") {
    ResponseReader reader;
    CHECK(read_all(reader, kHead + "\r\nabc", 2) == State::more);
    CHECK(reader.ended(End::clean) == State::done);
    CHECK(reader.response().body == "abc");
    CHECK_FALSE(reader.response().keep_alive);
    CHECK(read_all(reader, kHead + "\r\nabc") == State::more);
    CHECK(reader.ended(End::reset) == State::bad);
    CHECK(reader.trouble().trouble == Trouble::cut_off);
}

TEST_CASE("an end of the connection is told apart by where it comes", "[functions]") {
    ResponseReader reader;
    reader.begin(kBodyMax);
    CHECK(reader.ended(End::reset) == State::bad);
    CHECK(reader.trouble().trouble == Trouble::disconnected);
    CHECK_FALSE(reader.has_bytes());
    for (const std::string& bytes :
         {std::string("HTTP/1.1 200"),
          std::string("HTTP/1.1 103 x\r\n\r\n"),
          kHead + "Content-Length: 5\r\n\r\nabc",
          kHead + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc"}) {
        REQUIRE(read_all(reader, bytes) == State::more);
        REQUIRE(reader.ended(End::clean) == State::bad);
        CHECK(reader.trouble().trouble == Trouble::cut_off);
        CHECK(reader.has_bytes());
    }
}

TEST_CASE("keep-alive follows version, Connection and Keep-Alive", "[functions]") {
    ResponseReader reader;
    auto keeps = [&](const std::string& line, const std::string& headers) {
        std::string type = "Content-Type: application/octet-stream\r\nContent-Length: 0\r\n";
        REQUIRE(read_all(reader, line + "\r\n" + type + headers + "\r\n") == State::done);
        return reader.response().keep_alive;
    };
    CHECK(keeps("HTTP/1.1 200 OK", ""));
    CHECK_FALSE(keeps("HTTP/1.1 200 OK", "Connection: close\r\n"));
    CHECK_FALSE(keeps("HTTP/1.0 200 OK", ""));
    CHECK(keeps("HTTP/1.0 200 OK", "Connection: keep-alive\r\n"));
    CHECK(keeps("HTTP/1.1 200 OK", "Keep-Alive: timeout=5, max=100\r\n"));
    CHECK(reader.response().keep_alive_timeout == std::chrono::seconds(5));
    CHECK(keeps("HTTP/1.1 200 OK", "Keep-Alive: max=0\r\n"));
    CHECK(reader.response().keep_alive_timeout == std::chrono::seconds(0));
}

TEST_CASE("of a refused answer the beginning is kept and the rest read past", "[functions]") {
    ResponseReader reader;
    std::string body(5000, 'e');
    std::string head = "HTTP/1.1 500 Oops\r\nContent-Length: 5000\r\n\r\n";
    REQUIRE(read_all(reader, head + body, 700) == State::done);
    CHECK(reader.response().body == std::string(kShownBodyBytes, 'e'));
    CHECK(reader.response().keep_alive);
    CHECK(reader.is_refusal());
    // The status counts, also where the body is cut off or endless.
    REQUIRE(read_all(reader, head + "part") == State::more);
    CHECK(reader.ended(End::reset) == State::done);
    CHECK(reader.response().body == "part");
    CHECK_FALSE(reader.response().keep_alive);
    REQUIRE(
        read_all(reader, "HTTP/1.1 500 Oops\r\n\r\n" + std::string(70'000, 'e')) == State::done
    );
    CHECK_FALSE(reader.response().keep_alive);
}

TEST_CASE("bytes after an answer are noticed", "[functions]") {
    ResponseReader reader;
    REQUIRE(read_all(reader, with_length("a") + "HTTP/1.1 200 OK\r\n") == State::done);
    CHECK(reader.has_leftover());
}

TEST_CASE("what is not HTTP/1.x is refused", "[functions]") {
    CHECK(trouble_of("SSH-2.0-OpenSSH_9.2\r\n") == Trouble::malformed);
    CHECK(trouble_of("HTTP/2.0 200 OK\r\n\r\n") == Trouble::malformed);
    CHECK(trouble_of(kHead + "Content-Length: x\r\n\r\n") == Trouble::malformed);
    CHECK(
        trouble_of(kHead + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n") == Trouble::malformed
    );
    CHECK(
        trouble_of(kHead + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        Trouble::malformed
    );
    CHECK(trouble_of(kHead + "Transfer-Encoding: chunked\r\n\r\nzz\r\n") == Trouble::malformed);
    CHECK(trouble_of("HTTP/1.1 101 Switching Protocols\r\n\r\n") == Trouble::malformed);
}

TEST_CASE("R17 other protocols are called by their names", "[functions]") {
    const std::string settings("\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64", 15);
    ResponseReader reader;
    for (std::size_t piece : {1U, 15U}) {
        REQUIRE(read_all(reader, settings, piece) == State::bad);
        CHECK(reader.trouble().trouble == Trouble::other_protocol);
        CHECK(reader.trouble().what.find("HTTP/2") != std::string::npos);
    }
    REQUIRE(read_all(reader, std::string("\x15\x03\x01\0\x02\x02\x16", 7)) == State::bad);
    CHECK(reader.trouble().what.find("TLS") != std::string::npos);
}

TEST_CASE("sixteen interim answers are skipped, the next is one too many", "[functions]") {
    std::string interim;
    for (int i = 0; i < 16; ++i) {
        interim += "HTTP/1.1 102 Processing\r\n\r\n";
    }
    ResponseReader reader;
    CHECK(read_all(reader, interim + with_length("a")) == State::done);
    CHECK(read_all(reader, interim + "HTTP/1.1 102 x\r\n\r\n" + with_length("a")) == State::bad);
}

TEST_CASE("a header of up to 64 KiB is read, a longer one refused", "[functions]") {
    ResponseReader reader;
    std::string filler = "X-Filler: " + std::string(60'000, 'x') + "\r\n";
    std::string end = "Content-Length: 1\r\n\r\na";
    REQUIRE(read_all(reader, kHead + filler + end, 999) == State::done);
    CHECK(reader.response().body == "a");
    REQUIRE(read_all(reader, kHead + filler + filler + end, 999) == State::bad);
    CHECK(reader.trouble().trouble == Trouble::too_long);
    std::string extension = "1;" + std::string(100'000, 'x');
    REQUIRE(
        read_all(reader, kHead + "Transfer-Encoding: chunked\r\n\r\n" + extension) == State::bad
    );
}

}  // namespace sfg::functions
