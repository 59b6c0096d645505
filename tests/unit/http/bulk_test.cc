// POST /v1/send with many messages, through sockets.
#include "protocol/codec.h"
#include "tests/unit/http/doors_rig.h"

#include <nlohmann/json.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr std::string_view kNdjson = "Content-Type: application/x-ndjson\r\n";

std::string line(const std::string& id, const std::string& more = "") {
    return R"({"target":"com.example/greeter/)" + id + R"(","text":"hello")" + more + "}\n";
}

engine::BulkArrived& bulk(DoorsRig& rig, Client& client, const std::string& request) {
    std::size_t before = rig.inbox.size();
    client.send(request);
    rig.await(before + 1);
    return rig.event<engine::BulkArrived>(before);
}

MessageKey key(std::uint64_t number, std::uint32_t index) {
    return {CommitNumber{number}, index};
}

}  // namespace

TEST_CASE("the messages of a body reach the engine in one event", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto& arrived = bulk(rig, client, post("/v1/send", line("a") + line("b"), kNdjson));
    REQUIRE(arrived.messages.size() == 2);
    CHECK(arrived.messages[0].target.id == "a");
    CHECK(arrived.messages[1].target.id == "b");
    rig.api->on_answer(
        arrived.waiter, engine::BulkAccepted{StoreId{7}, {key(5, 0), key(4, 2)}, {1}}
    );
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 202);
    CHECK(response.field("content-type") == "application/json");
    auto told = nlohmann::json::parse(response.body);
    CHECK(told["messages"] == 2);
    CHECK(told["duplicates"] == nlohmann::json::array({1}));
    REQUIRE(told["message_ids"].size() == 2);
    CHECK(told["message_ids"][0] == message_id(StoreId{7}, key(5, 0)));
    CHECK(told["message_ids"][1] == message_id(StoreId{7}, key(4, 2)));
}

TEST_CASE("a client that prefers little is not told the ids", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string fields = std::string(kNdjson) + "Prefer: return=minimal\r\n";
    auto& arrived = bulk(rig, client, post("/v1/send", line("a"), fields));
    rig.api->on_answer(arrived.waiter, engine::BulkAccepted{StoreId{7}, {key(5, 0)}, {}});
    HttpAnswer response = rig.receive(client);
    CHECK(response.field("preference-applied") == "return=minimal");
    CHECK(response.body == "{\"messages\":1,\"duplicates\":[]}\n");
}

TEST_CASE("a refusal of the engine names the line and the index", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto& arrived = bulk(rig, client, post("/v1/send", line("a") + "\n" + line("b"), kNdjson));
    engine::Refused refused{{Errc::mailbox_full, "it is full"}, std::chrono::seconds(5), {}, 1};
    rig.api->on_answer(arrived.waiter, refused);
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 429);
    CHECK(response.field("retry-after") == "5");
    auto told = nlohmann::json::parse(response.body);
    CHECK(told["detail"] == "line 3: it is full");
    CHECK(told["index"] == 1);
    CHECK(rig.api->counters(ingress::Api::Ask::bulk).refused.at(Errc::mailbox_full) == 1);
}

TEST_CASE("a bad body reaches nobody, and the connection goes on", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    HttpAnswer response = rig.ask(client, post("/v1/send", line("a") + "nonsense\n", kNdjson));
    CHECK(response.status == 400);
    auto told = nlohmann::json::parse(response.body);
    CHECK(told["code"] == "SFG-0122");
    CHECK(told["index"] == 1);
    CHECK(rig.inbox.empty());
    CHECK(rig.ask(client, post("/v1/send", "", kNdjson)).status == 400);
    CHECK(rig.ask(client, post("/v1/send", "x", "Content-Type: text/plain\r\n")).status == 415);
    std::string many;
    for (std::size_t i = 0; i <= kBulkMessagesMax; ++i) {
        many += line("a");
    }
    CHECK(rig.ask(client, post("/v1/send", many, kNdjson)).status == 413);
    CHECK(rig.inbox.empty());
    CHECK(bulk(rig, client, post("/v1/send", line("a"), kNdjson)).messages.size() == 1);
}

TEST_CASE("a chunked body is many messages, too", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string request = "POST /v1/send HTTP/1.1\r\nHost: h\r\n" + std::string(kNdjson) +
                          "Transfer-Encoding: chunked\r\n\r\n";
    for (char c : line("a") + line("b")) {
        request += std::string("1\r\n") + c + "\r\n";
    }
    CHECK(bulk(rig, client, request + "0\r\n\r\n").messages.size() == 2);
}

TEST_CASE("a large body is parsed aside and keeps its place", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string large;
    while (large.size() < kInlineParseBytesMax) {
        large += line("large", R"(,"typename":"io.statefun.types/string")");
        large.insert(large.size() - 2, std::string(3000, ' '));
    }
    client.send(post("/v1/send", large, kNdjson));
    client.send(post("/v1/send", line("small"), kNdjson));
    client.send(post("/v1/send", large + "nonsense", kNdjson));
    rig.await(2);
    CHECK(rig.event<engine::BulkArrived>(0).messages[0].target.id == "large");
    CHECK(rig.event<engine::BulkArrived>(1).messages[0].target.id == "small");
    rig.api->on_answer(
        rig.event<engine::BulkArrived>(0).waiter, engine::BulkAccepted{StoreId{7}, {}, {}}
    );
    rig.api->on_answer(
        rig.event<engine::BulkArrived>(1).waiter, engine::BulkAccepted{StoreId{7}, {}, {}}
    );
    CHECK(rig.receive(client).status == 202);
    CHECK(rig.receive(client).status == 202);
    CHECK(rig.receive(client).status == 400);
}

TEST_CASE("a body with keys holds the next request until it is admitted", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    client.send(post("/v1/send", line("1"), kNdjson));
    client.send(post("/v1/send", line("2", R"(,"idempotency_key":"k")"), kNdjson));
    client.send(post("/v1/send", line("3"), kNdjson));
    rig.await(2);
    rig.api->on_admitted(rig.event<engine::BulkArrived>(1).waiter);
    rig.await(3);
    CHECK(rig.event<engine::BulkArrived>(2).messages[0].target.id == "3");
}

TEST_CASE("a client that leaves is told nothing", "[ingress][bulk]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto waiter = bulk(rig, client, post("/v1/send", line("a"), kNdjson)).waiter;
    client.reset();
    rig.await(2);
    CHECK(rig.event<engine::WaiterGone>(1).waiter == waiter);
    rig.api->on_answer(waiter, engine::BulkAccepted{StoreId{7}, {key(1, 0)}, {}});
}
