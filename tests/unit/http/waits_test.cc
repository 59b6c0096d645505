// The HTTP server with clients that take their time, with large bodies, and with broken bytes.
#include "tests/unit/http/rig.h"

#include <catch2/catch.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

bool is_problem(const HttpAnswer& response, std::string_view code) {
    return response.field("content-type") == "application/problem+json" &&
           response.body.find(code) != std::string::npos;
}

constexpr std::chrono::milliseconds kShort{20};

}  // namespace

TEST_CASE("a slow header and a slow body are 408", "[http]") {
    runtime::HttpLimits limits;
    limits.head = kShort;
    limits.transfer_idle = kShort;
    ServerRig rig(limits);
    Client& client = rig.connect();
    std::string request = GENERATE(
        "POST / HT",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf"
    );
    HttpAnswer response = rig.ask(client, request);
    CHECK(response.status == 408);
    CHECK(is_problem(response, "SFG-0303"));
    rig.until([&] { return client.ended(); });
    client.close();
    rig.until([&] { return rig.server->counters().connections_open == 0; });
    CHECK(rig.handler.seen.empty());
}

TEST_CASE("bytes that trickle in do not make a body's time endless", "[http]") {
    runtime::HttpLimits limits;
    limits.transfer_total = std::chrono::milliseconds(60);
    ServerRig rig(limits);
    Client& client = rig.connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n");
    std::optional<HttpAnswer> response;
    rig.until([&] {
        client.send("x");
        response = client.take();
        return response.has_value();
    });
    CHECK(response->status == 408);
}

TEST_CASE("idle connections, and those that do not read their answers, are closed", "[http]") {
    runtime::HttpLimits limits;
    limits.idle = kShort;
    limits.transfer_idle = kShort;
    limits.linger = kShort;
    ServerRig rig(limits);
    rig.handler.tells_written = true;
    Client& client = rig.connect();
    SECTION("idle") {
        CHECK(rig.ask(client, get("/")).status == 200);
        rig.until([&] { return client.ended(); });
    }
    SECTION("not reading") {
        client.read_nothing();
        client.send(post("/", std::string(20'000'000, 'x')));
        rig.until([&] { return rig.handler.written.size() == 2 || !rig.handler.written.empty(); });
        CHECK_FALSE(rig.handler.written[0].second);
    }
    SECTION("never ending its side") {
        CHECK(rig.ask(client, get("/", "Connection: close\r\n")).status == 200);
    }
    rig.until([&] { return rig.server->counters().connections_open == 0; });
}

TEST_CASE("a connection that waits for its handler is not idle", "[http]") {
    runtime::HttpLimits limits;
    limits.idle = kShort;
    limits.head = kShort;
    ServerRig rig(limits);
    rig.handler.answers = false;
    Client& client = rig.connect();
    client.send(get("/"));
    auto began = std::chrono::steady_clock::now();
    rig.until([&] {
        return std::chrono::steady_clock::now() - began > std::chrono::milliseconds(150);
    });
    REQUIRE_FALSE(client.ended());
    rig.handler.echo(rig.handler.seen.at(0));
    CHECK(rig.receive(client).status == 200);
}

TEST_CASE("two of the largest bodies at once pass the gate one after the other", "[http]") {
    runtime::LargeBodyGate gate(kBodyBytesMax, kLargeBodyBytes);
    ServerRig rig({}, &gate);
    rig.handler.in_place = GENERATE(true, false);
    rig.handler.answers = false;
    std::string body(kBodyBytesMax, 'x');
    Client& first = rig.connect();
    Client& second = rig.connect();
    first.send(post("/1", body));
    second.send(post("/2", body));
    rig.until([&] { return rig.handler.seen.size() == 1; });
    rig.settle();
    CHECK(rig.handler.seen.size() == 1);
    CHECK(gate.used() == kBodyBytesMax);

    // A small body does not ask.
    Client& small = rig.connect();
    small.send(post("/3", "x"));
    rig.until([&] { return rig.handler.seen.size() == 2; });

    rig.server->respond(rig.handler.seen[0].id, {});
    rig.until([&] { return rig.handler.seen.size() == 3; });
    rig.server->respond(rig.handler.seen[2].id, {});
    CHECK(rig.receive(first).status == 200);
    CHECK(rig.receive(second).status == 200);
    CHECK(gate.used() == 0);
}

TEST_CASE("a chunked body takes its limit when it grows large and gives the rest back", "[http]") {
    runtime::LargeBodyGate gate(kBodyBytesMax, kLargeBodyBytes);
    runtime::HttpLimits limits;
    limits.half_closed = kShort;
    ServerRig rig(limits, &gate);
    rig.handler.answers = false;
    Client& client = rig.connect();
    std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    std::string chunk = "100000\r\n" + std::string(0x100000, 'x') + "\r\n";
    client.send(head + chunk + chunk);
    rig.until([&] { return gate.used() == kBodyBytesMax; });

    Client& other = rig.connect();
    other.send(head + chunk + chunk + "0\r\n\r\n");
    rig.until([&] { return rig.handler.heads == 2; });
    rig.settle();
    CHECK(rig.handler.seen.empty());

    client.send("0\r\n\r\n");
    rig.until([&] { return rig.handler.seen.size() == 1; });
    CHECK(rig.handler.seen[0].body.size() == 0x200000);
    rig.settle();
    CHECK(gate.used() == 0x200000);  // The other waits for the whole of it.
    rig.handler.echo(rig.handler.seen[0]);
    rig.until([&] { return rig.handler.seen.size() == 2; });
    CHECK(gate.used() == 0x200000);
    client.close();
    other.close();
    rig.until([&] { return gate.used() == 0; });
}

TEST_CASE("who waits too long at the gate is told so, and whoever leaves makes room", "[http]") {
    runtime::LargeBodyGate gate(kBodyBytesMax, kLargeBodyBytes);
    runtime::HttpLimits limits;
    limits.gate = kShort;
    ServerRig rig(limits, &gate);
    std::string head =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(kBodyBytesMax) +
        "\r\n\r\n";
    Client& first = rig.connect();
    first.send(head);
    rig.until([&] { return gate.used() == kBodyBytesMax; });
    Client& second = rig.connect();
    HttpAnswer response = rig.ask(second, head);
    CHECK(response.status == 503);
    CHECK(response.field("retry-after") == "1");
    first.reset();
    rig.until([&] { return gate.used() == 0; });
    CHECK(rig.handler.seen.empty());
}

TEST_CASE("requests with bytes broken at random leave the server whole", "[http]") {
    runtime::HttpLimits limits;
    limits.head = kShort;
    limits.transfer_idle = kShort;
    limits.linger = kShort;
    ServerRig rig(limits);
    const std::string good = post("/a?b=c", "0123456789", "Expect: 100-continue\r\nX: y\r\n") +
                             get("/g") +
                             "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                             "3;e=\"1\"\r\nabc\r\n2\r\nde\r\n0\r\nT: t\r\n\r\n" +
                             "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    const std::string_view alphabet("\r\n\0 :;,0aF/%\x7f\xff", 14);
    std::uint32_t seed = 7;
    auto random = [&seed](std::size_t below) {
        seed = seed * 1664525U + 1013904223U;
        return static_cast<std::size_t>(seed >> 8U) % below;
    };
    for (int round = 0; round < 300; ++round) {
        std::string bytes = good;
        for (std::size_t breaks = 1 + random(3); breaks > 0; --breaks) {
            std::size_t at = random(bytes.size());
            switch (random(3)) {
                case 0:
                    bytes[at] = alphabet[random(alphabet.size())];
                    break;
                case 1:
                    bytes.erase(at, 1 + random(4));
                    break;
                default:
                    bytes.insert(at, 1, alphabet[random(alphabet.size())]);
            }
        }
        Client& client = rig.connect();
        std::size_t cut = random(bytes.size());
        client.send(bytes.substr(0, cut));
        rig.until([&] { return client.all_sent(); });
        client.send(bytes.substr(cut));
        rig.until([&] { return client.all_sent(); });
        client.shut_down();
        rig.until([&] { return rig.server->counters().connections_open == 0; });
        REQUIRE(rig.server->counters().exchanges_open == 0);
    }
    CHECK(rig.ask(rig.connect(), get("/still")).body == "GET /still\n");
}
