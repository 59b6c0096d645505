// The HTTP server with clients that are malformed, too large or too many.
#include "tests/unit/http/rig.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

bool is_problem(const HttpAnswer& response, std::string_view code) {
    return response.field("content-type") == "application/problem+json" &&
           response.body.find(code) != std::string::npos;
}

}  // namespace

TEST_CASE("what is not HTTP gets a problem and the end of the connection", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    std::string request = GENERATE(
        "nonsense\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nbad header\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab"
    );
    HttpAnswer response = rig.ask(client, request);
    CAPTURE(request);
    CHECK(response.status == 400);
    CHECK(is_problem(response, "SFG-0111"));
    CHECK(response.field("connection") == "close");
    rig.until([&] { return client.ended(); });
    CHECK(rig.handler.seen.empty());
}

TEST_CASE("a malformed request does not take the answers before it away", "[http]") {
    ServerRig rig;
    rig.handler.answers = false;
    Client& client = rig.connect();
    client.send(get("/1") + "nonsense\r\n\r\n");
    rig.until([&] { return rig.handler.seen.size() == 1; });
    rig.settle();
    rig.handler.echo(rig.handler.seen[0]);
    CHECK(rig.receive(client).status == 200);
    CHECK(rig.receive(client).status == 400);
    rig.until([&] { return client.ended(); });
}

TEST_CASE("a target of 16 KiB is read, a longer one is 414", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    std::string longest = "/" + std::string(kRequestTargetBytesMax - 1, 'a');
    CHECK(rig.ask(client, get(longest)).status == 200);
    CHECK(is_problem(rig.ask(client, get(longest + "a")), "SFG-0108"));
    rig.until([&] { return client.ended(); });

    // Also before its end is seen.
    Client& second = rig.connect();
    CHECK(rig.ask(second, "GET /" + std::string(20'000, 'a')).status == 414);
}

TEST_CASE("a header over 64 KiB is 431", "[http]") {
    ServerRig rig;
    SECTION("one long line, without an end") {
        Client& client = rig.connect();
        HttpAnswer response =
            rig.ask(client, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(70'000, 'x'));
        CHECK(response.status == 431);
        CHECK(response.body.find("65536") != std::string::npos);
        rig.until([&] { return client.ended(); });
    }
    SECTION("many lines") {
        Client& client = rig.connect();
        std::string lines;
        for (int i = 0; i < 10'000; ++i) {
            lines += "X-" + std::to_string(i) + ": y\r\n";
        }
        CHECK(rig.ask(client, get("/", lines)).status == 431);
    }
    SECTION("60 KiB are fine") {
        Client& client = rig.connect();
        CHECK(rig.ask(client, get("/", "X: " + std::string(60'000, 'x') + "\r\n")).status == 200);
    }
}

TEST_CASE(
    "R13 a body of exactly the limit is read, one byte more is 413 and names the limit",
    "[http]"
) {
    runtime::HttpLimits limits;
    limits.body_bytes_max = 2'000'000;
    ServerRig rig(limits);
    Client& client = rig.connect();
    std::string largest(2'000'000, 'x');
    CHECK(rig.ask(client, post("/", largest)).status == 200);
    int heads = rig.handler.heads;
    // The client sends it all before it reads: the answer must still arrive.
    std::string request = post("/", largest + "x");
    SECTION("by one byte") {}
    SECTION("by far more than the sockets' buffers hold") {
        request = post("/", std::string(40'000'000, 'x'));
    }
    HttpAnswer response = rig.ask(client, request);
    CHECK(response.status == 413);
    CHECK(is_problem(response, "SFG-0104"));
    CHECK(response.body.find("2000000") != std::string::npos);
    CHECK(rig.handler.heads == heads);
    rig.until([&] { return client.all_sent() && client.ended(); });
    CHECK_FALSE(client.cut_off());
}

TEST_CASE("a chunked body is limited as well", "[http]") {
    runtime::HttpLimits limits;
    limits.body_bytes_max = 100'000;
    ServerRig rig(limits);
    Client& client = rig.connect();
    std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string chunk = "c350\r\n" + std::string(50'000, 'x') + "\r\n";
    CHECK(rig.ask(client, head + chunk + chunk + "0\r\n\r\n").body.size() == 100'007);
    CHECK(rig.ask(client, head + chunk + chunk + "1\r\nx\r\n0\r\n\r\n").status == 413);
    rig.until([&] { return client.ended(); });

    Client& second = rig.connect();
    CHECK(rig.ask(second, head + "1;" + std::string(100'000, 'e')).status == 400);
    CHECK(rig.handler.seen.size() == 1);
}

TEST_CASE("R06 a refused 100-continue of a too large body comes without reading it", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    HttpAnswer response = rig.ask(
        client,
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 33554433\r\n\r\n"
    );
    CHECK(response.status == 413);
    CHECK(response.body.find("33554432") != std::string::npos);
}

TEST_CASE("HTTP/1.0 without a length is 411", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    CHECK(rig.ask(client, "POST / HTTP/1.0\r\n\r\nbody").status == 411);
}

TEST_CASE("nothing of a body that is cut off reaches the handler", "[http]") {
    ServerRig rig;
    rig.handler.in_place = GENERATE(true, false);
    Client& client = rig.connect();
    std::string request = GENERATE(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
        "POST / HTTP/1.1\r\nHost"
    );
    client.send(request);
    rig.until([&] { return client.all_sent(); });
    rig.settle();
    SECTION("by one that still listens: it is told so") {
        client.shut_down();
        HttpAnswer response = rig.receive(client);
        CHECK(response.status == 400);
        CHECK(is_problem(response, "SFG-0111"));
    }
    SECTION("by one that is gone") {
        client.reset();
    }
    rig.until([&] { return rig.server->counters().connections_open == 0; });
    CHECK(rig.handler.seen.empty());
    CHECK(rig.handler.gone.empty());
    CHECK(rig.server->counters().exchanges_open == 0);
}

TEST_CASE("a chunk that can be none is refused before its line is complete", "[http]") {
    std::string begin = GENERATE("", "3\r\nabc\r\n", "3\r\nabc");
    std::string chunk = GENERATE("-1", "z", "1z", "\r\n;", "g0000\r\n", "0x4");
    ServerRig rig;
    Client& client = rig.connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + begin + chunk);
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 400);
    CHECK(is_problem(response, "SFG-0111"));
}

TEST_CASE("far more connections than the limit are told so, too", "[http]") {
    runtime::HttpLimits limits;
    limits.connections_max = 1;
    ServerRig rig(limits);
    std::size_t told = 0;
    for (int i = 0; i < 60; ++i) {
        Client& client = rig.connect();
        client.send(get("/"));
        HttpAnswer response = rig.receive(client);
        told += response.status == 503 && is_problem(response, "SFG-0209") ? 1 : 0;
    }
    CHECK(told == 59);
}

TEST_CASE("connections over the limit are told so and closed", "[http]") {
    runtime::HttpLimits limits;
    limits.connections_max = 2;
    ServerRig rig(limits);
    Client& first = rig.connect();
    Client& second = rig.connect();
    CHECK(rig.ask(first, get("/")).status == 200);
    CHECK(rig.ask(second, get("/")).status == 200);
    Client& third = rig.connect();
    HttpAnswer response = rig.ask(third, get("/"));
    CHECK(response.status == 503);
    CHECK(is_problem(response, "SFG-0209"));
    rig.until([&] { return third.ended(); });
    third.close();
    first.close();
    rig.until([&] { return rig.server->counters().connections_open == 1; });
    CHECK(rig.ask(rig.connect(), get("/")).status == 200);
    CHECK(rig.handler.seen.size() == 3);
}
