// The life of connections: held, paused, left, closed, wound down.
#include "tests/unit/http/rig.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

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
    client.reset();
    rig.until([&] { return rig.handler.gone.size() == 1; });
    CHECK(rig.handler.gone[0] == rig.handler.seen[0].id);
    REQUIRE(rig.handler.written.size() == 1);
    CHECK(rig.handler.written[0] == std::pair(rig.handler.seen[1].id, false));
}

TEST_CASE("the handler hears of a client that leaves before the answer", "[http]") {
    runtime::HttpLimits limits;
    limits.half_closed = std::chrono::milliseconds(10);
    ServerRig rig(limits);
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

TEST_CASE("a client that ends its side still gets its answers", "[http]") {
    ServerRig rig;
    rig.handler.tells_written = true;
    rig.handler.answers = false;
    rig.handler.next = runtime::Next::hold;
    Client& client = rig.connect();
    client.send(get("/1") + post("/2", "body"));
    rig.until([&] { return client.all_sent(); });
    client.shut_down();
    for (std::size_t n : {1U, 2U}) {
        rig.until([&] { return rig.handler.seen.size() == n; });
        rig.settle();
        rig.handler.echo(rig.handler.seen[n - 1]);
    }
    CHECK(rig.receive(client).body == "GET /1\n");
    CHECK(rig.receive(client).body == "POST /2\nbody");
    rig.until([&] { return client.ended(); });
    rig.until([&] { return rig.handler.written.size() == 2; });
    CHECK_FALSE(rig.handler.written[1].second);  // It may have gone altogether.
    CHECK(rig.server->counters().connections_open == 0);
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
