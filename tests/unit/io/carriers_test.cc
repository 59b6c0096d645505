// The API on I/O loops, with the engine's loop and raw clients on the test's thread.
#include "gateway/ingress/api_carriers.h"
#include "protocol/limits.h"
#include "tests/unit/http/rig.h"

#include <catch2/catch.hpp>

#include <optional>
#include <set>

namespace sfg::test {

namespace {

class CarriersRig : public Rig {
public:
    explicit CarriersRig(std::size_t connections_max = 64) {
        module.endpoints.emplace_back().functions = {"ns", std::nullopt};
        ingress::ApiOptions api;
        api.partitions = kPartitions;
        runtime::HttpOptions http;
        http.limits.connections_max = connections_max;
        http.limits.half_closed = std::chrono::milliseconds(10);
        http.gate = &gate_;
        carriers.emplace(loop, io_, module, api, http, [this](engine::Event event) {
            inbox.push_back(std::move(event));
        });
        http.take = [this](boost::asio::ip::tcp::socket socket) {
            carriers->take(std::move(socket));
        };
        server = std::make_unique<runtime::HttpServer>(loop, http, nobody_);
        auto bound = server->bind();
        REQUIRE(bound.has_value());
        port = *bound;
        server->accept();
        io_.start();
    }

    ~CarriersRig() {
        io_.stop();
        server.reset();
        carriers->close();
    }

    Client& connect() { return Rig::connect(port); }

    // The message that asks for its target; answers it with this id.
    void accept(std::size_t at, const std::string& id) {
        auto* arrived = std::get_if<engine::MessageArrived>(&inbox.at(at));
        REQUIRE(arrived != nullptr);
        carriers->answer(arrived->waiter, engine::StillOpen{id});
    }

    const Address& target(std::size_t at) {
        return std::get<engine::MessageArrived>(inbox.at(at)).target;
    }

    std::uint64_t accepted_sends() {
        std::optional<std::uint64_t> sum;
        io_.ask<ingress::ApiCarriers::Counts>(
            loop,
            [this](std::size_t at) { return carriers->counts_on(at); },
            [&sum](const std::vector<ingress::ApiCarriers::Counts>& all) {
                sum = 0;
                for (const auto& counts : all) {
                    *sum += counts[static_cast<std::size_t>(ingress::Api::Ask::send)].accepted;
                }
            }
        );
        until([&] { return sum.has_value(); });
        return *sum;
    }

    ModuleSpec module;
    std::vector<engine::Event> inbox;
    std::optional<ingress::ApiCarriers> carriers;
    std::unique_ptr<runtime::HttpServer> server;
    std::uint16_t port = 0;

private:
    runtime::IoLoops io_{2, 1};
    runtime::LargeBodyGate gate_{kGateBodies * kBodyBytesMax, kLargeBodyBytes};
    FakeHandler nobody_;
};

std::string send_request(const std::string& id, const std::string& fields = {}) {
    return post("/v1/send/ns/fn/" + id, "hello", "StateFun-Type: t/x\r\n" + fields);
}

}  // namespace

TEST_CASE("each client gets the answer to its own request, whichever loop has it", "[io]") {
    constexpr std::size_t kClients = 8;
    CarriersRig rig;
    std::vector<Client*> clients;
    for (std::size_t i = 0; i < kClients; ++i) {
        clients.push_back(&rig.connect());
        clients.back()->send(send_request(std::to_string(i)));
    }
    rig.until([&] { return rig.inbox.size() == kClients; });
    std::set<std::size_t> loops;
    for (std::size_t at = 0; at < kClients; ++at) {
        auto waiter = std::get<engine::MessageArrived>(rig.inbox[at]).waiter;
        loops.insert(runtime::slot_of(ingress::exchange_of(waiter)) % 2);
        rig.accept(at, "of " + rig.target(at).id);
    }
    CHECK(loops.size() == 2);
    for (std::size_t i = 0; i < kClients; ++i) {
        HttpAnswer answer = rig.receive(*clients[i]);
        CHECK(answer.status == 202);
        CHECK(answer.body.find("of " + std::to_string(i) + "\"") != std::string::npos);
    }
    CHECK(rig.accepted_sends() == kClients);
}

TEST_CASE("a keyed request holds its connection until the engine has its place", "[io]") {
    CarriersRig rig;
    Client& client = rig.connect();
    client.send(send_request("a", "Idempotency-Key: k\r\n") + send_request("b"));
    rig.until([&] { return !rig.inbox.empty(); });
    rig.settle();
    REQUIRE(rig.inbox.size() == 1);
    rig.carriers->admitted(std::get<engine::MessageArrived>(rig.inbox[0]).waiter);
    rig.until([&] { return rig.inbox.size() == 2; });
    CHECK(rig.target(1).id == "b");
}

TEST_CASE("the loops share one limit of connections", "[io]") {
    CarriersRig rig(3);
    for (int i = 0; i < 3; ++i) {
        rig.connect().send(send_request("a"));
    }
    rig.until([&] { return rig.inbox.size() == 3; });
    CHECK(rig.receive(rig.connect()).status == 503);
}

TEST_CASE("a client that goes is told of, and its answer goes nowhere", "[io]") {
    CarriersRig rig;
    Client& client = rig.connect();
    client.send(send_request("a"));
    rig.until([&] { return rig.inbox.size() == 1; });
    client.reset();
    rig.until([&] { return rig.inbox.size() == 2; });
    CHECK(std::holds_alternative<engine::WaiterGone>(rig.inbox[1]));
    rig.accept(0, "id");
    CHECK(rig.accepted_sends() == 0);
}

TEST_CASE("a change of the module holds for what comes after it, on every loop", "[io]") {
    CarriersRig rig;
    std::vector<Client*> clients = {&rig.connect(), &rig.connect()};
    for (Client* client : clients) {
        CHECK(
            rig.ask(*client, post("/v1/send/other/fn/a", "x", "StateFun-Type: t/x\r\n")).status ==
            404
        );
    }
    ModuleSpec next = rig.module;
    next.endpoints.emplace_back().functions = {"other", std::nullopt};
    rig.carriers->change(next);
    for (Client* client : clients) {
        client->send(post("/v1/send/other/fn/a", "x", "StateFun-Type: t/x\r\n"));
    }
    rig.until([&] { return rig.inbox.size() == 2; });
}

TEST_CASE("a stop waits until every loop has answered what it was asked", "[io]") {
    CarriersRig rig;
    std::vector<Client*> clients = {&rig.connect(), &rig.connect()};
    for (Client* client : clients) {
        client->send(send_request("a"));
    }
    rig.until([&] { return rig.inbox.size() == 2; });
    bool is_quiet = false;
    rig.server->stop_accepting();
    rig.carriers->stop_accepting();
    rig.carriers->when_quiet([&] { is_quiet = true; });
    rig.accept(0, "one");
    rig.settle();
    CHECK_FALSE(is_quiet);
    rig.accept(1, "two");
    rig.until([&] { return is_quiet; });
    for (Client* client : clients) {
        HttpAnswer answer = rig.receive(*client);
        CHECK(answer.status == 202);
        CHECK(answer.field("connection") == "close");
    }
}

}  // namespace sfg::test
