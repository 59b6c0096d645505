// The playground's two doors, as the official samples use them.
#include "protocol/codec.h"
#include "tests/unit/http/doors_rig.h"

using namespace sfg;
using namespace sfg::test;

namespace {

std::string put(std::string_view path, std::string_view body, std::string_view fields = "") {
    std::string request = post(path, body, fields);
    return "PUT" + request.substr(4);
}

engine::EgressOffer
offer(const engine::EgressAsked& asked, std::uint64_t position, std::string_view payload) {
    return {asked.egress, asked.lane, position, playground_record(asked.lane, payload)};
}

}  // namespace

TEST_CASE("the playground ingress takes what the samples send", "[playground]") {
    struct Case {
        std::string fields;
        std::string type_name;
    };

    auto test = GENERATE(
        Case{"Content-Type: application/vnd.example/GreetRequest\r\n", "example/GreetRequest"},
        Case{"Content-Type: application/vnd.example/T;v=1\r\n", "example/T;v=1"},
        Case{"Content-Type: text/html\r\nContent-Type: application/vnd.a/b\r\n", "a/b"},
        Case{"Content-Type: application/x-www-form-urlencoded\r\n", "io.statefun.types/string"},
        Case{"", "io.statefun.types/string"}
    );
    DoorsRig rig;
    Client& client = rig.connect(rig.ingress_port);
    auto& message =
        rig.message(client, put("/com.example/person/Joe%20B/", "raw\xff", test.fields));
    CHECK(message.target == Address{{"com.example", "person"}, "Joe B"});
    SharedBytes expected = make_message(
        partition_of("Joe B", kPartitions), nullptr, {test.type_name, true, "raw\xff"}
    );
    CHECK(message.stored.view() == expected.view());
    CHECK(client.received().empty());  // Not before it is durable.
    rig.playground_ingress->on_answer(message.waiter, engine::Accepted{MessageId("id")});
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 200);
    CHECK(response.field("status") == "200");
    CHECK(response.body.empty());
}

TEST_CASE(
    "the playground ingress refuses with the real status and the odd header",
    "[playground]"
) {
    DoorsRig rig;
    Client& client = rig.connect(rig.ingress_port);

    struct Case {
        std::string request;
        std::string status;
    };

    auto test = GENERATE(
        Case{put("/com.example/person", ""), "400"},
        Case{put("/com.example/person//", ""), "400"},
        Case{put("/a/b/c/d", ""), "400"},
        Case{put("/", ""), "400"},
        Case{put("/com.other/person/Joe", ""), "404"},
        Case{put("/io.statefun.gateway/call/x", ""), "403"},
        Case{put("/com.example/person/%ff", ""), "400"},
        Case{put("/com.example/person/Joe", "", "Content-Type: application/vnd.\r\n"), "415"},
        Case{put("/com.example/person/Joe", "", "Content-Type: application/vnd.a/\xff\r\n"), "415"}
    );
    CAPTURE(test.request);
    HttpAnswer response = rig.ask(client, test.request);
    CHECK(std::to_string(response.status) == test.status);
    CHECK(response.field("status") == test.status);
    CHECK(rig.inbox.empty());
}

TEST_CASE("the playground ingress passes the engine's refusal on", "[playground]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.ingress_port);
    auto& message = rig.message(client, put("/com.example/person/Joe", "x"));
    engine::Refused refused{{Errc::overloaded, "full"}, std::chrono::seconds(1), {}};
    rig.playground_ingress->on_answer(message.waiter, refused);
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 503);
    CHECK(response.field("status") == "503");
    CHECK(response.field("retry-after") == "1");
}

TEST_CASE("the playground egress gives a record and takes it away once written", "[playground]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.egress_port);
    std::string payload =
        GENERATE(std::string("Hello \xc3\xa9!\n"), std::string(), std::string(2'000'000, 'p'));
    client.send(get("/greets"));
    rig.await(1);
    auto asked = rig.event<engine::EgressAsked>(0);
    CHECK(asked.egress.text() == kPlaygroundEgress);
    CHECK(asked.lane == "greets");
    rig.playground_egress->on_answer(asked.waiter, offer(asked, 7, payload));
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 200);
    CHECK(response.body == payload);
    CHECK(response.field("statefun-position") == "7");
    rig.await(2);
    auto& taken = rig.event<engine::EgressTaken>(1);
    CHECK(taken.position == 7);
    CHECK(taken.written);
    CHECK(taken.lane == "greets");
}

TEST_CASE("an empty topic and an undeclared one are 404 and 405", "[playground]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.egress_port);
    client.send(get("/a%2Fb"));
    rig.await(1);
    auto& asked = rig.event<engine::EgressAsked>(0);
    CHECK(asked.lane == "a/b");
    rig.playground_egress->on_answer(asked.waiter, engine::EgressEmpty{});
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 404);
    CHECK(response.field("status") == "404");
    response = rig.ask(client, get("/other"));
    CHECK(response.status == 405);
    CHECK(response.field("status") == "405");
    // HEAD would take a record without showing it.
    CHECK(rig.ask(client, "HEAD /greets HTTP/1.1\r\nHost: h\r\n\r\n").status == 405);
    CHECK(rig.inbox.size() == 1);
}

TEST_CASE("readers of one topic are served one at a time, in their order", "[playground]") {
    DoorsRig rig;
    Client& first = rig.connect(rig.egress_port);
    first.send(get("/greets"));
    rig.await(1);
    Client& second = rig.connect(rig.egress_port);
    second.send(post("/greets", "any method"));
    rig.settle();
    CHECK(rig.inbox.size() == 1);
    Client& other = rig.connect(rig.egress_port);
    other.send(get("/a%2Fb"));
    rig.await(2);  // Another topic does not wait.

    auto asked = rig.event<engine::EgressAsked>(0);
    rig.playground_egress->on_answer(asked.waiter, offer(asked, 1, "one"));
    CHECK(rig.receive(first).body == "one");
    rig.await(4);
    CHECK(rig.event<engine::EgressTaken>(2).written);
    auto next = rig.event<engine::EgressAsked>(3);
    rig.playground_egress->on_answer(next.waiter, offer(next, 2, "two"));
    CHECK(rig.receive(second).body == "two");
}

TEST_CASE("a record that could not be written goes back to the head of its topic", "[playground]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.egress_port);
    client.send(get("/greets"));
    rig.await(1);
    auto asked = rig.event<engine::EgressAsked>(0);
    SECTION("because the client reset the connection while it was written") {
        client.read_nothing();
        rig.playground_egress->on_answer(
            asked.waiter, offer(asked, 1, std::string(20'000'000, 'x'))
        );
        rig.settle();
        CHECK(rig.inbox.size() == 1);
        client.reset();
    }
    SECTION("because the client left before the offer") {
        client.close();
        rig.settle();
        rig.playground_egress->on_answer(asked.waiter, offer(asked, 1, "one"));
    }
    rig.await(2);
    auto& taken = rig.event<engine::EgressTaken>(1);
    CHECK(taken.position == 1);
    CHECK_FALSE(taken.written);

    // The next reader gets it.
    Client& second = rig.connect(rig.egress_port);
    second.send(get("/greets"));
    rig.await(3);
    auto again = rig.event<engine::EgressAsked>(2);
    rig.playground_egress->on_answer(again.waiter, offer(again, 1, "one"));
    CHECK(rig.receive(second).body == "one");
}

TEST_CASE("a reader that leaves the line is passed over", "[playground]") {
    DoorsRig rig;
    Client& first = rig.connect(rig.egress_port);
    first.send(get("/greets"));
    rig.await(1);
    Client& second = rig.connect(rig.egress_port);
    second.send(get("/greets"));
    rig.settle();
    Client& third = rig.connect(rig.egress_port);
    third.send(get("/greets"));
    rig.settle();
    second.close();
    rig.until([&] { return rig.egress_counters().connections_open == 2; });
    auto asked = rig.event<engine::EgressAsked>(0);
    rig.playground_egress->on_answer(asked.waiter, engine::EgressEmpty{});
    CHECK(rig.receive(first).status == 404);
    rig.await(2);
    auto next = rig.event<engine::EgressAsked>(1);
    rig.playground_egress->on_answer(next.waiter, offer(next, 1, "one"));
    CHECK(rig.receive(third).body == "one");
}

TEST_CASE(
    "a record of another form is given as it is instead of blocking its topic",
    "[playground]"
) {
    DoorsRig rig;
    Client& client = rig.connect(rig.egress_port);
    client.send(get("/greets"));
    rig.await(1);
    auto asked = rig.event<engine::EgressAsked>(0);
    SharedBytes record = encode_typed_value({"com.x/Other", true, "not json"});
    rig.playground_egress->on_answer(
        asked.waiter, engine::EgressOffer{asked.egress, asked.lane, 1, record}
    );
    HttpAnswer response = rig.receive(client);
    CHECK(response.body == "not json");
    CHECK(response.field("statefun-type") == "com.x/Other");
}
