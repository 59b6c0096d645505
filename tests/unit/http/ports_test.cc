// A server that moves to another port, closes, and comes back.
#include "tests/unit/http/rig.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace sfg;
using namespace sfg::test;

namespace {

// Whether somebody listens there. Whoever does answers.
bool is_open(ServerRig& rig, std::uint16_t port) {
    int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int refused = ::connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::close(probe);
    if (refused == 0) {
        Client& client = rig.Rig::connect(port);
        CHECK(rig.ask(client, get("/x")).status == 200);
    }
    return refused == 0;
}

}  // namespace

TEST_CASE("a server moves to another port, and its connections go on", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    CHECK(rig.ask(client, get("/1")).status == 200);
    auto moved = rig.server->take(0);
    REQUIRE(moved.has_value());
    CHECK(is_open(rig, rig.port));  // It still has the other one.
    rig.server->move();
    CHECK(rig.server->bound_to() == "127.0.0.1:" + std::to_string(*moved));
    CHECK(rig.ask(client, get("/2")).status == 200);
    CHECK(is_open(rig, *moved));
    CHECK(is_open(rig, *moved));
    CHECK_FALSE(is_open(rig, rig.port));
}

TEST_CASE("a server that stays forgets the port that it took", "[http]") {
    ServerRig rig;
    auto taken = rig.server->take(0);
    REQUIRE(taken.has_value());
    rig.server->stay();
    CHECK(is_open(rig, rig.port));
    CHECK_FALSE(is_open(rig, *taken));
}

TEST_CASE("a port that is taken can't be taken, and nothing changes", "[http]") {
    ServerRig rig;
    ServerRig other;
    auto taken = rig.server->take(other.port);
    REQUIRE(taken.has_error());
    CHECK(
        taken.error().find("cannot listen on 127.0.0.1:" + std::to_string(other.port)) !=
        std::string::npos
    );
    CHECK(is_open(rig, rig.port));
}

TEST_CASE("a server that was closed comes back on a port of its own", "[http]") {
    ServerRig rig;
    Client& client = rig.connect();
    CHECK(rig.ask(client, get("/1")).status == 200);
    rig.server->stop_accepting();
    rig.until([&] {
        client.pump();
        return client.ended();
    });
    CHECK_FALSE(is_open(rig, rig.port));
    auto back = rig.server->take(rig.port);
    REQUIRE(back.has_value());
    rig.server->move();
    CHECK(is_open(rig, rig.port));
}
