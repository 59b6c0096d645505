// The HTTP server with well-behaved clients: order, pipelining, bodies, the end of connections.
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

TEST_CASE("a held connection gets its next request only after it is resumed", "[http]") {
    ServerRig rig;
    rig.handler.answers = false;
    rig.handler.next = runtime::Next::hold;
    Client& client = rig.connect();
    client.send(get("/1") + get("/2") + get("/3"));
    rig.until([&] { return rig.handler.seen.size() == 1; });
    rig.settle();
    REQUIRE(rig.handler.seen.size() == 1);

    rig.server->resume(rig.handler.seen[0].id);
    rig.until([&] { return rig.handler.seen.size() == 2; });
    rig.settle();
    CHECK(rig.handler.seen.size() == 2);

    SECTION("an answer resumes it as well") {
        rig.handler.echo(rig.handler.seen[1]);
        rig.until([&] { return rig.handler.seen.size() == 3; });
    }
    SECTION("resuming an earlier one changes nothing") {
        rig.server->resume(rig.handler.seen[0].id);
        rig.settle();
        CHECK(rig.handler.seen.size() == 2);
    }
}

TEST_CASE("a server without room reads no sockets until there is room", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    CHECK(rig.ask(client, get("/1")).status == 200);
    rig.server->pause_reading();
    client.send(get("/2"));
    rig.settle();
    CHECK(rig.handler.seen.size() == 1);
    rig.server->resume_reading();
    CHECK(rig.receive(client).body == "GET /2\n");
}

TEST_CASE("a body of known length goes to the handler's own memory", "[http]") {
    ServerRig rig;
    rig.handler.in_place = true;
    Client& client = rig.connect();
    for (std::size_t size : {0, 1, 5000, 300'000, 3'000'000}) {
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

TEST_CASE("Connection: close and HTTP/1.0 end the connection after the answer", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    SECTION("HTTP/1.1 with close") {
        CHECK(rig.ask(client, get("/", "Connection: close\r\n")).field("connection") == "close");
    }
    SECTION("HTTP/1.0") {
        CHECK(rig.ask(client, "GET / HTTP/1.0\r\n\r\n").field("connection") == "close");
    }
    SECTION("HTTP/1.0 that asks to keep it") {
        std::string request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        CHECK(rig.ask(client, request).field("connection") == "keep-alive");
        CHECK(rig.ask(client, get("/", "Connection: close\r\n")).field("connection") == "close");
    }
    rig.until([&] { return client.ended(); });
    client.close();
    rig.until([&] { return rig.server->counters().connections_open == 0; });
}

TEST_CASE("100 Continue comes at once after a header that is acceptable", "[http]") {
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
    for (int i = 0; i < 1000; ++i) {
        client.send(post("/<" + std::to_string(i) + ">", std::string(1 + i % 50, 'x')));
    }
    for (int i = 0; i < 1000; ++i) {
        HttpAnswer response = rig.receive(client);
        REQUIRE(response.status == 404);
        REQUIRE(response.body.find("/<" + std::to_string(i) + ">") != std::string::npos);
    }
}

TEST_CASE("the handler hears when its answer was written", "[http]") {
    ServerRig rig;
    rig.handler.tells_written = true;
    Client& client = rig.connect();
    CHECK(rig.ask(client, get("/")).status == 200);
    rig.until([&] { return rig.handler.written.size() == 1; });
    CHECK(rig.handler.written[0] == std::pair(rig.handler.seen[0].id, true));
}

TEST_CASE("the handler hears when its answer could not be written", "[http]") {
    ServerRig rig;
    rig.handler.tells_written = true;
    Client& client = rig.connect();
    client.read_nothing();
    // More than the socket buffers of both sides take.
    client.send(post("/", std::string(20'000'000, 'x')));
    rig.until([&] { return rig.handler.seen.size() == 1; });
    rig.settle();
    CHECK(rig.handler.written.empty());
    client.reset();
    rig.until([&] { return rig.handler.written.size() == 1; });
    CHECK(rig.handler.written[0] == std::pair(rig.handler.seen[0].id, false));
    CHECK(rig.server->counters().exchanges_open == 0);
}

TEST_CASE("the handler hears that an answer behind one that is missing was in vain", "[http]") {
    ServerRig rig;
    rig.handler.answers = false;
    rig.handler.tells_written = true;
    Client& client = rig.connect();
    client.send(get("/1") + get("/2"));
    rig.until([&] { return rig.handler.seen.size() == 2; });
    rig.handler.echo(rig.handler.seen[1]);
    rig.settle();
    client.close();
    rig.until([&] { return rig.handler.gone.size() == 1; });
    CHECK(rig.handler.gone[0] == rig.handler.seen[0].id);
    REQUIRE(rig.handler.written.size() == 1);
    CHECK(rig.handler.written[0] == std::pair(rig.handler.seen[1].id, false));
}

TEST_CASE("the handler hears of a client that leaves before the answer", "[http]") {
    ServerRig rig;
    rig.handler.answers = false;
    Client& client = rig.connect();
    client.send(get("/1") + get("/2"));
    rig.until([&] { return rig.handler.seen.size() == 2; });
    SECTION("by closing") {
        client.close();
    }
    SECTION("by a reset") {
        client.reset();
    }
    rig.until([&] { return rig.handler.gone.size() == 2; });
    CHECK(rig.handler.gone[0] == rig.handler.seen[0].id);
    CHECK_FALSE(rig.server->respond(rig.handler.seen[0].id, {}));
    CHECK(rig.server->counters().connections_open == 0);

    // The slot is used again, its numbers are not.
    Client& second = rig.connect();
    second.send(get("/3"));
    rig.until([&] { return rig.handler.seen.size() == 3; });
    CHECK(rig.handler.seen[2].id > rig.handler.seen[1].id);
}

TEST_CASE("a server that stops answers what is asked and closes what is idle", "[http]") {
    ServerRig rig;
    rig.handler.answers = false;
    Client& idle = rig.connect();
    Client& busy = rig.connect();
    Client& sending = rig.connect();
    busy.send(get("/busy"));
    sending.send("POST /s HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab");
    rig.until([&] { return rig.handler.heads == 2 && rig.handler.seen.size() == 1; });
    rig.server->stop_accepting();
    bool quiet = false;
    rig.server->when_quiet([&] { quiet = true; });
    rig.until([&] { return idle.ended(); });
    CHECK_FALSE(quiet);
    sending.send("cd");
    rig.until([&] { return rig.handler.seen.size() == 2; });
    rig.handler.echo(rig.handler.seen[0]);
    rig.handler.echo(rig.handler.seen[1]);
    CHECK(rig.receive(busy).field("connection") == "close");
    CHECK(rig.receive(sending).body == "POST /s\nabcd");
    rig.until([&] { return quiet; });
    CHECK(busy.received().empty());
}

TEST_CASE("an address that is taken or is none is named with the cause", "[http]") {
    ServerRig rig;
    runtime::HttpOptions options;
    options.name = "api";
    options.port = rig.port;
    runtime::HttpServer second(rig.loop, options, rig.handler);
    auto taken = second.bind();
    REQUIRE(taken.has_error());
    CHECK(
        taken.error() ==
        "api cannot listen on 127.0.0.1:" + std::to_string(rig.port) + ": Address already in use"
    );
    options.address = "nowhere";
    runtime::HttpServer third(rig.loop, options, rig.handler);
    CHECK(third.bind().error().find("not an IP address") != std::string::npos);
}
