// The HTTP server with well-behaved clients: order, pipelining, bodies, 100-continue.
#include "tests/unit/http/rig.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

TEST_CASE("a thousand pipelined requests are answered in their order", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    for (int i = 0; i < 1000; ++i) {
        client.send(post("/" + std::to_string(i), std::to_string(i * 7)));
    }
    for (int i = 0; i < 1000; ++i) {
        HttpAnswer response = rig.receive(client);
        REQUIRE(response.status == 200);
        REQUIRE(response.body == "POST /" + std::to_string(i) + "\n" + std::to_string(i * 7));
    }
    CHECK(rig.server->counters().requests_total == 1000);
    CHECK(rig.server->counters().exchanges_open == 0);
}

TEST_CASE("a request that is cut in two at any byte is read as a whole", "[http]") {
    ServerRig rig;
    std::string request = post("/a%20b?x=1", "0123456789", "X-Some: value\r\n") +
                          "PUT /c HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n"
                          "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
    Client& client = rig.connect();
    for (std::size_t cut = 1; cut < request.size(); ++cut) {
        auto read = rig.server->counters().received_bytes_total;
        client.send(request.substr(0, cut));
        rig.until([&] { return rig.server->counters().received_bytes_total == read + cut; });
        client.send(request.substr(cut));
        REQUIRE(rig.receive(client).body == "POST /a%20b?x=1\n0123456789");
        REQUIRE(rig.receive(client).body == "PUT /c\nabcde");
    }
}

TEST_CASE("a request that comes byte by byte is read as a whole", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    std::string content = GENERATE("", "x");
    std::string request = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                          (content.empty() ? "" : "1\r\n" + content + "\r\n") + "0\r\n\r\n";
    std::uint64_t sent = 0;
    for (char c : request) {
        client.send(std::string_view(&c, 1));
        ++sent;
        rig.until([&] { return rig.server->counters().received_bytes_total == sent; });
    }
    CHECK(rig.receive(client).body == "POST /c\n" + content);
}

TEST_CASE("answers leave in the order of the requests, whatever order they come in", "[http]") {
    ServerRig rig;
    rig.handler.answers = false;
    Client& client = rig.connect();
    client.send(get("/1") + get("/2") + get("/3"));
    rig.until([&] { return rig.handler.seen.size() == 3; });
    rig.handler.echo(rig.handler.seen[2]);
    rig.handler.echo(rig.handler.seen[1]);
    rig.settle();
    CHECK(client.received().empty());
    rig.handler.echo(rig.handler.seen[0]);
    CHECK(rig.receive(client).body == "GET /1\n");
    CHECK(rig.receive(client).body == "GET /2\n");
    CHECK(rig.receive(client).body == "GET /3\n");
}

TEST_CASE("no more requests are read than may wait for their answers", "[http]") {
    runtime::HttpLimits limits;
    limits.pipeline_max = 4;
    ServerRig rig(limits);
    rig.handler.answers = false;
    Client& client = rig.connect();
    for (int i = 0; i < 10; ++i) {
        client.send(get("/" + std::to_string(i)));
    }
    rig.until([&] { return rig.handler.seen.size() == 4; });
    rig.settle();
    CHECK(rig.handler.seen.size() == 4);
    rig.handler.echo(rig.handler.seen[0]);
    rig.until([&] { return rig.handler.seen.size() == 5; });
    rig.settle();
    CHECK(rig.handler.seen.size() == 5);
}

TEST_CASE("a body of known length goes to the handler's own memory", "[http]") {
    ServerRig rig;
    rig.handler.in_place = true;
    Client& client = rig.connect();
    for (std::size_t size : {0U, 1U, 5000U, 300'000U, 3'000'000U}) {
        std::string body(size, 'x');
        for (std::size_t i = 0; i < size; i += 97) {
            body[i] = static_cast<char>('a' + i % 26);
        }
        HttpAnswer response = rig.ask(client, post("/b", body));
        REQUIRE(response.body == "POST /b\n" + body);
    }
}

TEST_CASE("a large answer and the small ones around it arrive whole", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    std::string large(5'000'000, 'l');
    client.send(get("/1") + post("/2", large) + get("/3"));
    CHECK(rig.receive(client).body == "GET /1\n");
    CHECK(rig.receive(client).body == "POST /2\n" + large);
    CHECK(rig.receive(client).body == "GET /3\n");
}

TEST_CASE("HEAD gets the head of the answer and the connection goes on", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    HttpAnswer response = rig.ask(client, "HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(response.status == 200);
    CHECK(response.field("content-length") == "8");
    CHECK(rig.ask(client, get("/g")).body == "GET /g\n");
}

TEST_CASE("R06 100 Continue comes at once after a header that is acceptable", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    std::string head =
        "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    auto start = std::chrono::steady_clock::now();
    CHECK(rig.ask(client, head).status == 100);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(100));
    CHECK(rig.ask(client, "body").body == "POST /e\nbody");

    SECTION("but not before the answers to earlier requests") {
        rig.handler.answers = false;
        client.send(get("/1") + head);
        rig.until([&] { return rig.handler.seen.size() == 2; });
        rig.settle();
        CHECK(client.received().empty());
        rig.handler.echo(rig.handler.seen[1]);
        CHECK(rig.receive(client).body == "GET /1\n");
        CHECK(rig.receive(client).status == 100);
    }
    SECTION("and never for a body that came meanwhile") {
        rig.handler.answers = false;
        client.send(get("/1") + head);
        rig.until([&] { return rig.handler.heads == 3; });
        rig.settle();
        client.send("body");
        rig.until([&] { return rig.handler.seen.size() == 3; });
        rig.handler.echo(rig.handler.seen[1]);
        CHECK(rig.receive(client).status == 200);
        rig.settle();
        CHECK(client.received().empty());
        rig.handler.echo(rig.handler.seen[2]);
        CHECK(rig.receive(client).body == "POST /e\nbody");
    }
    SECTION("and not for a body that is there already") {
        CHECK(rig.ask(client, head + "body").status == 200);
    }
}

TEST_CASE("an Expect that is refused gets the refusal and its body is not read", "[http]") {
    ServerRig rig;
    rig.handler.object = [](const runtime::HttpHead&) {
        return Problem{Errc::unknown_function, "no such"};
    };
    Client& client = rig.connect();
    HttpAnswer response = rig.ask(
        client, "POST /e HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
    );
    CHECK(response.status == 404);
    CHECK(response.field("content-type") == "application/problem+json");
    CHECK(rig.handler.seen.empty());
    rig.until([&] { return client.ended(); });
}

TEST_CASE("a refused request with a small body keeps its connection", "[http]") {
    ServerRig rig;
    rig.handler.object = [](const runtime::HttpHead& head) -> std::optional<Problem> {
        if (head.path() == "/no") {
            return Problem{Errc::not_found, "no"};
        }
        return std::nullopt;
    };
    Client& client = rig.connect();
    client.send(post("/no", std::string(100'000, 'x')) + get("/yes"));
    CHECK(rig.receive(client).status == 404);
    CHECK(rig.receive(client).body == "GET /yes\n");
}

TEST_CASE("a thousand pipelined requests that are refused are refused in their order", "[http]") {
    ServerRig rig;
    rig.handler.object = [](const runtime::HttpHead& head) {
        return Problem{Errc::not_found, std::string(head.path())};
    };
    Client& client = rig.connect();
    for (std::size_t i = 0; i < 1000; ++i) {
        client.send(post("/<" + std::to_string(i) + ">", std::string(1 + i % 50, 'x')));
    }
    for (int i = 0; i < 1000; ++i) {
        HttpAnswer response = rig.receive(client);
        REQUIRE(response.status == 404);
        REQUIRE(response.body.find("/<" + std::to_string(i) + ">") != std::string::npos);
    }
}
