// The API through sockets: what reaches the engine.
#include "protocol/codec.h"
#include "tests/unit/http/doors_rig.h"

#include <future>
#include <set>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr std::string_view kRaw = "Content-Type: application/vnd.com.x/User\r\n";
const std::string kId(kMessageIdBytes, 'f');

engine::Refused refused(Errc code, std::string message_id = "") {
    return {{code, "why"}, std::chrono::seconds(5), std::move(message_id)};
}

std::string encoded(std::string_view type_name, std::string_view text) {
    return std::get<std::string>(encode_text(type_name, text));
}

}  // namespace

TEST_CASE("a send reaches the engine as the stored form of its message", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string value =
        GENERATE(std::string(), std::string("\0\xff value", 8), std::string(200'000, 'v'));
    bool chunked = GENERATE(false, true);
    std::string request = post("/v1/send/com.example/greeter/Bob", value, kRaw);
    if (chunked) {
        request = "POST /v1/send/com.example/greeter/Bob HTTP/1.1\r\nHost: h\r\n" +
                  std::string(kRaw) + "Transfer-Encoding: chunked\r\n\r\n";
        for (std::size_t at = 0; at < value.size(); at += 100'000) {
            std::string piece = value.substr(at, 100'000);
            request += (piece.size() == 8 ? "8" : "186a0") + ("\r\n" + piece) + "\r\n";
        }
        request += "0\r\n\r\n";
    }
    auto& message = rig.message(client, request);
    CHECK(message.target == Address{{"com.example", "greeter"}, "Bob"});
    CHECK_FALSE(message.is_call);
    CHECK_FALSE(message.idempotency);
    PartitionId home = partition_of("Bob", kPartitions);
    SharedBytes expected = make_message(home, nullptr, {"com.x/User", true, value});
    CHECK(message.stored.view() == expected.view());

    rig.api->on_answer(message.waiter, engine::Accepted{MessageId(kId)});
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 202);
    CHECK(response.field("content-type") == "application/json");
    CHECK(response.body == "{\"message_id\":\"" + kId + "\"}\n");
}

TEST_CASE("a call carries the reserved caller with room for the message's id", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto& message = rig.message(client, post("/v1/call/com.example/greeter/Bob", "value", kRaw));
    CHECK(message.is_call);
    Address caller{{"io.statefun.gateway", "call"}, std::string(kMessageIdBytes, '0')};
    PartitionId home = partition_of("Bob", kPartitions);
    CHECK(
        message.stored.view() == make_message(home, &caller, {"com.x/User", true, "value"}).view()
    );
    std::string_view place =
        message.stored.view().substr(message.id_end - kMessageIdBytes, kMessageIdBytes);
    CHECK(place == caller.id);
}

TEST_CASE("a call's large body leaves the gate when it is durable", "[ingress][gates]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string value(2 * kMiB, 'v');
    auto& message = rig.message(client, post("/v1/call/com.example/greeter/Bob", value, kRaw));
    CHECK(rig.gate.used() == value.size());
    rig.api->on_answer(message.waiter, engine::Stored{});
    CHECK(rig.gate.used() == 0);
    // The reply follows.
    rig.api->on_answer(message.waiter, engine::Reply{kId, encode_typed_value({"t/x", true, "hi"})});
    HttpAnswer response = rig.receive(client);
    CHECK(response.status == 200);
    CHECK(response.body == "hi");
    CHECK(rig.gate.used() == 0);
}

TEST_CASE("R71 any id that is UTF-8 arrives as the same bytes", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    const std::vector<std::string> ids = {
        "",
        " ",
        "a b",
        "a/b",
        "a%2Fb",
        "A/B",
        "a//b",
        "/",
        "//",
        "%",
        "%%",
        "%zz",
        "%25",
        "#",
        "a#b",
        "?",
        "a?b",
        "a?b=c&d",
        "||",
        "@",
        "+",
        "a+b",
        "..",
        ".",
        "../..",
        "\\",
        "\"",
        "'",
        "<&>",
        ";",
        ":",
        "~",
        "`^{}",
        "\t",
        "\n",
        "\r\n",
        "\x7f",
        "e\xcc\x81",
        "\xc3\xa9",
        "\xe6\x97\xa5\xe6\x9c\xac",
        "\xf0\x9f\x98\x80",
        "http://host:80/p?q=1#f",
        std::string("\0", 1),
        std::string("a\0b", 3),
        std::string(5000, 'x'),
    };
    std::set<std::string> seen;
    for (const std::string& id : ids) {
        std::string path = "/v1/send/com.example/greeter/" + percent_encode(id);
        auto& message = rig.message(client, post(path, "", kRaw));
        CHECK(message.target.id == id);
        seen.insert(message.target.id);
        rig.api->on_answer(message.waiter, engine::Accepted{MessageId(kId)});
        REQUIRE(rig.receive(client).status == 202);
    }
    CHECK(seen.size() == ids.size());
    CHECK(ids.size() >= 40);
}

TEST_CASE("what cannot be routed or understood is refused before its body", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);

    struct Case {
        std::string request;
        int status;
        std::string code;
    };

    const std::string text = "Content-Type: text/plain\r\n";
    auto test = GENERATE_COPY(
        Case{post("/v1/send/com.other/f/1", "", text), 404, "SFG-0102"},
        Case{post("/v1/send/io.statefun.gateway/call/1", "", text), 403, "SFG-0114"},
        Case{post("/v1/send/com.example/f", "", text), 400, "SFG-0101"},
        Case{post("/v1/send/com.example/f/a/b", "", text), 400, "SFG-0101"},
        Case{post("/v1/send/com.example/f/%ff", "", text), 400, "SFG-0109"},
        Case{
            post("/v1/send/com.example/" + std::string(4097, 'f') + "/1", "", text), 400, "SFG-0101"
        },
        Case{
            post("/v1/send/com.example/f/1", "x", text + "Content-Encoding: gzip\r\n"),
            415,
            "SFG-0103"
        },
        Case{post("/v1/send/com.example/f/1?delay=1s&delay=2s", "", text), 400, "SFG-0110"},
        Case{post("/v1/send", "", text), 415, "SFG-0120"},
        Case{post("/v1/send/com.example/f/1?delay=soon", "", text), 400, "SFG-0110"},
        Case{post("/v1/send/com.example/f/1?delay=-1s", "", text), 400, "SFG-0110"},
        Case{post("/v1/call/com.example/f/1?delay=10s", "", text), 400, "SFG-0110"},
        Case{post("/v1/call/com.example/f/1?timeout=11min", "", text), 400, "SFG-0110"},
        Case{post("/v1/send/com.example/f/1?unknown=1", "", text), 400, "SFG-0110"},
        Case{
            post("/v1/send/com.example/f/1", "x", "Content-Type: application/json\r\n"),
            415,
            "SFG-0103"
        },
        Case{post("/v1/send/com.example/f/1", ""), 415, "SFG-0103"},
        Case{
            post("/v1/send/com.example/f/1", "", text + "Idempotency-Key: a b\r\n"), 400, "SFG-0110"
        },
        Case{post("/v1/sendx/com.example/f/1", "", text), 404, "SFG-0107"},
        Case{post("/nothing", "", text), 404, "SFG-0107"},
        Case{get("/v1/send/com.example/f/1"), 405, "SFG-0106"},
        Case{post("/v1/replies/x", ""), 405, "SFG-0106"},
        Case{
            post(
                "/v1/send/com.example/f/1",
                "forty",
                text + "StateFun-Type: io.statefun.types/int\r\n"
            ),
            400,
            "SFG-0105"
        },
        Case{post("/v1/send/com.example/f/1", "\xff", text), 400, "SFG-0105"}
    );
    CAPTURE(test.request);
    HttpAnswer response = rig.ask(client, test.request);
    CHECK(response.status == test.status);
    CHECK(response.field("content-type") == "application/problem+json");
    CHECK(response.body.find(test.code) != std::string::npos);
    CHECK(response.body.find("\"remedy\"") != std::string::npos);
    CHECK((test.status == 405) == !response.field("allow").empty());
    CHECK(rig.inbox.empty());
    // The connection goes on.
    rig.message(client, post("/v1/send/com.example/f/1", "x", text));
}

TEST_CASE("text is encoded as the SDKs encode the type", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string type(GENERATE("string", "int", "long", "double", "bool"));
    std::string type_name = "io.statefun.types/" + type;
    std::string text = type == "string" ? "h\xc3\xa9llo" : type == "bool" ? "true" : "42";
    std::string fields = "Content-Type: text/plain\r\nStateFun-Type: " + type_name + "\r\n";
    auto& message = rig.message(client, post("/v1/send/com.example/f/1", text, fields));
    auto decoded = decode_message(message.stored.view());
    REQUIRE(decoded);
    CHECK(decoded->argument == TypedValue{type_name, true, encoded(type_name, text)});
}

TEST_CASE("a large text is encoded aside and still keeps its place", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string text(kInlineParseBytesMax + 1, 't');
    std::string type = "Content-Type: text/plain\r\n";
    SECTION("a good one") {
        client.send(post("/v1/send/com.example/f/1", text, type));
        client.send(post("/v1/send/com.example/f/2", "", type));
        rig.await(2);
        auto& first = rig.event<engine::MessageArrived>(0);
        CHECK(first.target.id == "1");
        auto decoded = decode_message(first.stored.view());
        CHECK(decoded->argument.value == encoded(kStringType, text));
        CHECK(rig.event<engine::MessageArrived>(1).target.id == "2");
    }
    SECTION("a bad one") {
        client.send(post("/v1/send/com.example/f/1", text + "\xff", type));
        CHECK(rig.receive(client).status == 400);
        CHECK(rig.inbox.empty());
    }
    SECTION("one whose client leaves meanwhile is not sent") {
        std::promise<void> go_on;
        rig.helpers.run([waited = go_on.get_future().share()] { waited.wait(); }, [] {});
        client.send(post("/v1/send/com.example/f/1", text, type));
        rig.until([&] { return rig.api_server().counters().received_bytes_total > text.size(); });
        rig.settle();
        client.reset();
        bool done = false;
        rig.until([&] { return rig.api_server().counters().connections_open == 0; });
        go_on.set_value();
        rig.helpers.run([] {}, [&done] { done = true; });
        rig.until([&] { return done; });
        CHECK(rig.inbox.empty());
    }
}

TEST_CASE("a keyed request holds the next one until it is admitted or answered", "[ingress]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    std::string keyed = std::string(kRaw) + "Idempotency-Key: k-1\r\n";
    client.send(post("/v1/send/com.example/f/1", "a", kRaw));
    client.send(post("/v1/send/com.example/f/2", "b", keyed));
    client.send(post("/v1/send/com.example/f/3", "c", kRaw));
    rig.await(2);
    auto waiter = rig.event<engine::MessageArrived>(1).waiter;
    SECTION("admitted") {
        rig.api->on_admitted(waiter);
    }
    SECTION("answered") {
        rig.api->on_answer(waiter, refused(Errc::key_reused));
    }
    rig.await(3);
    CHECK(rig.event<engine::MessageArrived>(2).target.id == "3");
}
