// The small parts of the HTTP server: gate, input buffer, head, format.
#include "gateway/runtime/body_gate.h"
#include "gateway/runtime/http_format.h"
#include "gateway/runtime/http_input.h"
#include "gateway/runtime/http_types.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <vector>

using namespace sfg;
using namespace sfg::runtime;

namespace {

struct Body final : LargeBodyGate::Waiter {
    Body(LargeBodyGate& gate_in, std::vector<int>& log_in, int name_in)
        : gate(gate_in),
          log(log_in),
          name(name_in) {}

    void on_granted() override {
        log.push_back(name);
        if (gives_back > 0) {
            gate.give_back(gives_back);
        }
    }

    LargeBodyGate& gate;
    std::vector<int>& log;
    int name;
    std::size_t gives_back = 0;
};

}  // namespace

TEST_CASE("the gate lets large bodies in by the order of their asking", "[http]") {
    LargeBodyGate gate(100, 10);
    std::vector<int> log;
    Body a(gate, log, 1);
    Body b(gate, log, 2);
    Body c(gate, log, 3);
    Body d(gate, log, 4);
    CHECK_FALSE(gate.guards(10));
    CHECK(gate.guards(11));
    CHECK(gate.reserve(a, 60));
    CHECK_FALSE(gate.reserve(b, 100));
    CHECK_FALSE(gate.reserve(c, 20));  // It would fit, but b was first.
    CHECK(gate.used() == 60);

    SECTION("who gives back lets in the first") {
        gate.give_back(60);
        CHECK(log == std::vector{2});
        gate.give_back(100);
        CHECK(log == std::vector{2, 3});
        CHECK(gate.used() == 20);
    }
    SECTION("who leaves the line lets in those behind") {
        gate.leave(b);
        CHECK(log == std::vector{3});
        CHECK(gate.used() == 80);
    }
    SECTION("who gives back inside its grant lets in the next") {
        CHECK_FALSE(gate.reserve(d, 90));
        b.gives_back = 100;
        c.gives_back = 20;
        gate.give_back(60);
        CHECK(log == std::vector{2, 3, 4});
    }
}

TEST_CASE("the input keeps the bytes' order while it grows, moves and shrinks", "[http]") {
    HttpInput input(64 * 1024);
    std::string in;
    std::string out;
    unsigned seed = 1;
    auto random = [&seed](std::size_t below) {
        seed = seed * 1664525U + 1013904223U;
        return static_cast<std::size_t>(seed >> 8U) % below;
    };
    for (int round = 0; round < 3'000; ++round) {
        if (!input.full()) {
            auto room = input.prepare();
            REQUIRE_FALSE(room.empty());
            bool busy = round / 500 % 2 == 0;
            std::size_t size =
                busy ? room.size() : 1 + random(std::min<std::size_t>(50, room.size()));
            for (std::size_t i = 0; i < size; ++i) {
                room[i] = static_cast<char>(random(256));
            }
            in.append(room.data(), size);
            input.commit(size);
        }
        std::size_t taken = random(3) == 0 ? input.view().size() : random(input.view().size() + 1);
        out.append(input.view().substr(0, taken));
        input.consume(taken);
        REQUIRE(input.capacity() <= 64 * 1024);
    }
    out += input.view();
    CHECK(in == out);
}

TEST_CASE("what is consumed during a read does not move the read's place", "[http]") {
    HttpInput input(64 * 1024);
    auto room = input.prepare();
    room[0] = 'a';
    input.commit(1);
    room = input.prepare();
    input.consume(1);
    room[0] = 'b';
    input.commit(1);
    CHECK(input.view() == "b");
}

TEST_CASE("a large input block is given back when reads have long been small", "[http]") {
    HttpInput input(64 * 1024);
    auto turn = [&input](bool fill) {
        auto room = input.prepare();
        std::size_t size = fill ? room.size() : 100;
        std::memset(room.data(), 'x', size);
        input.commit(size);
        input.consume(input.view().size());
    };
    for (int i = 0; i < 10; ++i) {
        turn(true);
    }
    CHECK(input.capacity() == 64 * 1024);
    for (int i = 0; i < 100; ++i) {
        turn(false);
    }
    CHECK(input.capacity() == HttpInput::kSmallBytes);
}

TEST_CASE("path and query of a target, also of one with scheme and host", "[http]") {
    HttpHead head;
    head.target = "/a/b?x=1&y";
    CHECK(head.path() == "/a/b");
    CHECK(head.query() == "x=1&y");
    head.target = "http://host:80/a?b";
    CHECK(head.path() == "/a");
    CHECK(head.query() == "b");
    head.target = "http://host";
    CHECK(head.path() == "/");
    CHECK(head.query().empty());
}

TEST_CASE("a header value cannot end its line", "[http]") {
    HttpResponse response;
    response.add("StateFun-Type", "a/b\r\nX-Evil: 1");
    std::string head;
    append_head(head, response, Connection::kept);
    CHECK(
        head == "HTTP/1.1 200 OK\r\nStateFun-Type: a/b%0D%0AX-Evil: 1\r\nContent-Length: 0\r\n\r\n"
    );
}

TEST_CASE("every error of the gateway has a reason phrase", "[http]") {
    for (int code = 101; code < 501; ++code) {
        int status = info(static_cast<Errc>(code)).http_status;
        CAPTURE(status);
        CHECK_FALSE(reason_phrase(status).empty());
    }
}
