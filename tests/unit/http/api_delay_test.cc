// Delayed sends, and what an Idempotency-Key stands for, through sockets.
#include "tests/unit/http/doors_rig.h"

#include <set>

using namespace sfg;
using namespace sfg::test;

namespace {

constexpr std::string_view kRaw = "Content-Type: application/vnd.com.x/User\r\n";

}  // namespace

TEST_CASE("a send can be delayed", "[ingress][timers]") {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto delay = [&](std::string_view query) {
        std::string path = "/v1/send/com.example/f/1" + std::string(query);
        return rig.message(client, post(path, "x", kRaw)).delay;
    };
    CHECK_FALSE(delay(""));
    CHECK(delay("?delay=0") == std::chrono::milliseconds(0));
    CHECK(delay("?delay=10s") == std::chrono::milliseconds(10'000));
    CHECK(delay("?timeout=1s&delay=60%20days") == std::chrono::hours(60 * 24));
}

TEST_CASE(
    "the content hash of a keyed request tells kind, type, body and delay apart",
    "[ingress]"
) {
    DoorsRig rig;
    Client& client = rig.connect(rig.api_port);
    auto hash = [&](std::string_view verb, std::string_view type, std::string_view body) {
        std::string fields = "Idempotency-Key: k\r\nStateFun-Type: " + std::string(type) + "\r\n";
        std::string path = "/v1/" + std::string(verb) + "/com.example/f/1";
        auto& message = rig.message(client, post(path, body, fields));
        REQUIRE(message.idempotency);
        CHECK(message.idempotency->key == "k");
        rig.api->on_admitted(message.waiter);
        return message.idempotency->content_hash;
    };
    auto first = hash("send", "a/b", "x");
    CHECK(hash("send", "a/b", "x") == first);
    std::set<std::uint64_t> hashes = {
        first, hash("call", "a/b", "x"), hash("send", "a/c", "x"), hash("send", "a/b", "y")
    };
    CHECK(hashes.size() == 4);
    auto delayed = [&](std::string_view query) {
        std::string path = "/v1/send/com.example/f/1" + std::string(query);
        std::string fields = "Idempotency-Key: k\r\nStateFun-Type: a/b\r\n";
        auto& message = rig.message(client, post(path, "x", fields));
        rig.api->on_admitted(message.waiter);
        return message.idempotency->content_hash;
    };
    CHECK(delayed("?delay=0") == first);
    hashes.insert(delayed("?delay=1s"));
    hashes.insert(delayed("?delay=2s"));
    CHECK(hashes.size() == 6);
    CHECK(delayed("?delay=1000") == delayed("?delay=1s"));
}
