// The API through sockets: what the engine's answers become.
#include "protocol/codec.h"
#include "tests/unit/http/doors_rig.h"

#include <nlohmann/json.hpp>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr std::string_view kRaw = "Content-Type: application/vnd.com.x/User\r\n";
const std::string kId(kMessageIdBytes, 'f');

engine::Refused refused(Errc code, std::string message_id = "") {
    return {{code, "why"}, std::chrono::seconds(5), std::move(message_id)};
}

engine::Reply reply(std::string type_name, std::string value) {
    return {kId, encode_typed_value({std::move(type_name), true, std::move(value)})};
}

std::string encoded(std::string_view type_name, std::string_view text) {
    return std::get<std::string>(encode_text(type_name, text));
}

}  // namespace

TEST_CASE("a reply is written as the client accepts it", "[ingress]") {
    struct Case {
        std::string accept;
        std::string type;
        std::string value;
        std::string content_type;
        std::string body;
    };

    const std::string string_type(kStringType);
    const std::string long_type = "io.statefun.types/long";
    const std::string double_type = "io.statefun.types/double";
    const std::string hi = encoded(kStringType, "h\"i");
    auto test = GENERATE_COPY(
        Case{"*/*", "com.x/User", "raw\n", "application/vnd.com.x/User", "raw\n"},
        Case{"text/plain", "com.x/User", "raw", "application/vnd.com.x/User", "raw"},
        Case{"*/*", string_type, hi, "application/vnd." + string_type, hi},
        Case{"text/plain", string_type, hi, "text/plain; charset=utf-8", "h\"i"},
        Case{"application/json", string_type, hi, "application/json", "\"h\\\"i\""},
        Case{"application/json", long_type, encoded(long_type, "-7"), "application/json", "-7"},
        Case{"text/plain", long_type, "", "text/plain; charset=utf-8", "0"},
        Case{
            "application/json",
            double_type,
            encoded(double_type, "inf"),
            "application/vnd." + double_type,
            encoded(double_type, "inf")
        },
        Case{
            "*/*",
            "com.x/Big",
            std::string(3'000'000, 'b'),
            "application/vnd.com.x/Big",
            std::string(3'000'000, 'b')
        }
    );
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    bool later = GENERATE(false, true);
    std::string fields = std::string(later ? "" : kRaw) + "Accept: " + test.accept + "\r\n";
    client.send(
        later ? get("/v1/replies/" + kId, fields) : post("/v1/call/com.example/f/1", "", fields)
    );
    rig.await(1);
    WaiterId waiter = later ? rig.event<engine::ReplyAsked>(0).waiter
                            : rig.event<engine::MessageArrived>(0).waiter;
    CHECK((!later || rig.event<engine::ReplyAsked>(0).message_id == kId));
    rig.api->on_answer(waiter, reply(test.type, test.value));
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 200);
    CHECK(response.field("content-type") == test.content_type);
    CHECK(response.field("statefun-type") == test.type);
    CHECK(response.field("statefun-message-id") == kId);
    CHECK(response.body == test.body);
}

TEST_CASE("a reply without an argument is an empty answer", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto& message = rig.message(client, post("/v1/call/com.example/f/1", "", kRaw));
    rig.api->on_answer(message.waiter, engine::Reply{kId, {}});
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 200);
    CHECK(response.body.empty());
    CHECK(response.field("content-type").empty());
}

TEST_CASE("a reply that is still open is 202, and a refusal is a problem", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    client.send(get("/v1/replies/" + kId));
    rig.await(1);
    WaiterId waiter = rig.event<engine::ReplyAsked>(0).waiter;
    SECTION("open") {
        rig.api->on_answer(waiter, engine::StillOpen{kId});
        CHECK(rig.receive(client).status == 202);
    }
    SECTION("refused") {
        rig.api->on_answer(waiter, refused(Errc::call_timeout, kId));
        HttpAnswer response = rig.receive(client);
        CHECK(response.status == 504);
        CHECK(response.field("retry-after") == "5");
        CHECK(response.field("statefun-message-id") == kId);
        auto problem = nlohmann::json::parse(response.body);
        CHECK(problem["message_id"] == kId);
        CHECK(response.body.find(kId) == response.body.rfind(kId));
    }
}

TEST_CASE("HEAD of a reply tells its head", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    client.send("HEAD /v1/replies/" + kId + " HTTP/1.1\r\nHost: h\r\n\r\n");
    rig.await(1);
    rig.api->on_answer(rig.event<engine::ReplyAsked>(0).waiter, reply("a/b", "12345"));
    CHECK(rig.receive(client, true).field("content-length") == "5");
    CHECK(rig.ask(client, get("/nothing")).status == 404);
}

TEST_CASE(
    "a call past its time-out is told to the engine, whose answer the client gets",
    "[ingress]"
) {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    client.send(post("/v1/call/com.example/f/1?timeout=1ms", "", kRaw));
    rig.until([&] { return rig.inbox.size() == 2; });
    auto waiter = rig.event<engine::MessageArrived>(0).waiter;
    CHECK(rig.event<engine::CallTimedOut>(1).waiter == waiter);
    rig.api->on_answer(waiter, refused(Errc::call_timeout, kId));
    CHECK(rig.receive(client).status == 504);
}

TEST_CASE(
    "a client that leaves is told to the engine, and a late answer harms nobody",
    "[ingress]"
) {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto waiter = rig.message(client, post("/v1/call/com.example/f/1", "", kRaw)).waiter;
    client.close();
    rig.await(2);
    CHECK(rig.event<engine::WaiterGone>(1).waiter == waiter);
    rig.api->on_answer(waiter, reply("a/b", "x"));
    rig.api->on_admitted(waiter);
    rig.settle();
    CHECK(rig.inbox.size() == 2);
}

TEST_CASE("the answers of pipelined sends keep their order", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    for (int i = 0; i < 3; ++i) {
        client.send(post("/v1/send/com.example/f/" + std::to_string(i), "", kRaw));
    }
    rig.await(3);
    for (std::size_t i : {2U, 0U, 1U}) {
        std::string id = std::to_string(i);
        rig.api->on_answer(
            rig.event<engine::MessageArrived>(i).waiter, engine::Accepted{MessageId(id)}
        );
    }
    for (int i = 0; i < 3; ++i) {
        CHECK(rig.receive(client).body == "{\"message_id\":\"" + std::to_string(i) + "\"}\n");
    }
    CHECK(rig.api->counters(ingress::Api::Ask::send).accepted == 3);
}
