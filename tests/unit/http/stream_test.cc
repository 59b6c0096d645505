// Answers whose body goes on: what a listener gets, and when it is over.
#include "tests/unit/http/rig.h"

#include <catch2/catch.hpp>

#include <string>

using namespace sfg;
using namespace sfg::test;
using runtime::Streamed;

namespace {

struct StreamRig : ServerRig {
    explicit StreamRig(const runtime::HttpLimits& limits = {}) : ServerRig(limits) {
        handler.answers = false;
    }

    // A client asks, and its answer begins.
    runtime::ExchangeId listen(Client& client) {
        std::size_t before = handler.seen.size();
        client.send(get("/events"));
        until([&] { return handler.seen.size() > before; });
        runtime::HttpResponse response;
        response.media_type = "text/event-stream";
        response.streams = true;
        response.body = ": begins\n";
        server->respond(handler.seen.back().id, std::move(response));
        return handler.seen.back().id;
    }

    void until_received(Client& client, const std::string& text) {
        until([&] { return client.received().find(text) != std::string::npos; });
    }
};

constexpr std::size_t kPending = 1'000;

}  // namespace

TEST_CASE("an answer that goes on has no length, and its pieces come at once", "[http]") {
    StreamRig rig;
    Client& client = rig.connect();
    auto id = rig.listen(client);
    rig.until_received(client, "\r\n\r\n: begins\n");
    CHECK(client.received().find("Content-Length") == std::string::npos);
    CHECK(client.received().find("Connection: close\r\n") != std::string::npos);
    CHECK(rig.server->stream(id, "one\n", kPending) == Streamed::taken);
    rig.until_received(client, ": begins\none\n");
    CHECK(rig.server->stream(id, "two\n", kPending) == Streamed::taken);
    CHECK(rig.server->stream(id, "three\n", kPending) == Streamed::taken);
    rig.until_received(client, "one\ntwo\nthree\n");
    rig.server->cut(id);
    rig.until([&] { return client.ended(); });
    CHECK(rig.server->stream(id, "four\n", kPending) == Streamed::gone);
    CHECK(rig.server->counters().connections_open == 0);
    CHECK(rig.server->counters().exchanges_open == 0);
    CHECK(rig.handler.gone.empty());
}

TEST_CASE("an answer that goes on waits for the answers before it", "[http]") {
    StreamRig rig;
    Client& client = rig.connect();
    client.send(get("/first"));
    rig.until([&] { return rig.handler.seen.size() == 1; });
    auto id = rig.listen(client);
    CHECK(rig.server->stream(id, "one\n", kPending) == Streamed::taken);
    rig.settle();
    CHECK(client.received().empty());
    rig.handler.echo(rig.handler.seen[0]);
    CHECK(rig.receive(client).body == "GET /first\n");
    rig.until_received(client, ": begins\none\n");
    // Nothing more is read of this connection.
    client.send(get("/third"));
    rig.settle();
    CHECK(rig.handler.seen.size() == 2);
}

TEST_CASE("a listener that leaves is told to the handler", "[http]") {
    bool resets = GENERATE(false, true);
    StreamRig rig;
    Client& client = rig.connect();
    auto id = rig.listen(client);
    rig.until_received(client, ": begins\n");
    resets ? client.reset() : client.close();
    rig.until([&] { return !rig.handler.gone.empty(); });
    CHECK(rig.handler.gone.front() == id);
    CHECK(rig.server->stream(id, "one\n", kPending) == Streamed::gone);
    CHECK(rig.server->counters().connections_open == 0);
}

TEST_CASE("a listener that does not read fills its share and nothing more", "[http]") {
    StreamRig rig;
    Client& client = rig.connect();
    Client& other = rig.connect();
    auto id = rig.listen(client);
    auto other_id = rig.listen(other);
    rig.until_received(client, ": begins\n");
    client.read_nothing();
    std::string piece(64 * 1024, 'x');
    std::size_t pieces = 0;
    // What the two sockets hold, then what may be pending.
    while (rig.server->stream(id, piece, kPending) == Streamed::taken) {
        ++pieces;
        REQUIRE(pieces < 1'000);
        rig.settle();
    }
    CHECK(rig.server->stream(other_id, "for the other\n", kPending) == Streamed::taken);
    rig.until_received(other, "for the other\n");
    rig.server->cut(id);
    rig.until([&] { return rig.server->counters().connections_open == 1; });
    CHECK(rig.handler.gone.empty());
}

TEST_CASE("a listener that reads nothing for too long is closed", "[http]") {
    runtime::HttpLimits limits;
    limits.transfer_idle = std::chrono::milliseconds(200);
    StreamRig rig(limits);
    Client& client = rig.connect();
    auto id = rig.listen(client);
    rig.until_received(client, ": begins\n");
    client.read_nothing();
    std::string piece(64 * 1024, 'x');
    while (rig.server->stream(id, piece, kPending) == Streamed::taken) {
        rig.settle();
    }
    rig.until([&] { return !rig.handler.gone.empty(); });
    CHECK(rig.handler.gone.front() == id);
}
