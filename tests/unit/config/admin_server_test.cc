// The admin port over a real socket, with an engine of straw.
#include "gateway/admin/server.h"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

using sfg::HostPort;
using sfg::admin::EngineReport;
using sfg::admin::Server;
using sfg::admin::Stage;
using std::chrono::milliseconds;

// Answers with what the test set, or not at all.
class StrawEngine : public sfg::admin::EngineProbe {
public:
    void ask(std::function<void(EngineReport)> answer) override {
        std::lock_guard lock(guard_);
        if (is_stuck_) {
            unanswered_.push_back(std::move(answer));
        } else {
            answer(report_);
        }
    }

    // Tells at once what was asked, as if it were the answer.
    void put(sfg::engine::Event event) override {
        using namespace sfg::engine;
        if (auto* asked = std::get_if<EntityAsked>(&event)) {
            server->answer(asked->waiter, Told{"entity " + asked->entity.text()});
        } else if (auto* order = std::get_if<EntityOrdered>(&event)) {
            bool skips = order->action == EntityAction::skip;
            server->answer(order->waiter, Told{(skips ? "skip " : "other ") + order->message_id});
        } else if (auto* type = std::get_if<TypeOrdered>(&event)) {
            bool pauses = type->action == TypeAction::pause;
            server->answer(type->waiter, Told{(pauses ? "pause " : "resume ") + type->type.text()});
        } else if (auto* refused = std::get_if<RefusedRecordsAsked>(&event)) {
            std::string what = "refused of " + refused->source.value_or(sfg::TypeName{}).text();
            server->answer(refused->waiter, Told{what + ", " + std::to_string(refused->limit)});
        } else if (auto* dropped = std::get_if<RefusedRecordOrdered>(&event)) {
            server->answer(
                dropped->waiter, Told{"drop " + dropped->record + " of " + dropped->source.text()}
            );
        } else if (auto* letters = std::get_if<DeadLettersAsked>(&event)) {
            sfg::Problem problem{sfg::Errc::starting, letters->cursor};
            server->answer(
                letters->waiter, Refused{std::move(problem), std::chrono::seconds(1), {}}
            );
        }
    }

    void reload(sfg::WaiterId waiter) override {
        server->answer(waiter, sfg::engine::Told{"reloaded"});
    }

    Server* server = nullptr;

    void set(EngineReport report) {
        std::lock_guard lock(guard_);
        report_ = std::move(report);
    }

    void stick() {
        std::lock_guard lock(guard_);
        is_stuck_ = true;
    }

    std::size_t unstick() {
        std::lock_guard lock(guard_);
        is_stuck_ = false;
        for (auto& answer : unanswered_) {
            answer(report_);
        }
        return std::exchange(unanswered_, {}).size();
    }

private:
    std::mutex guard_;
    EngineReport report_;
    bool is_stuck_ = false;
    std::vector<std::function<void(EngineReport)>> unanswered_;
};

// One request on a connection of its own; the whole answer.
std::string request(std::uint16_t port, const std::string& line) {
    int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const void* raw = &address;
    REQUIRE(::connect(fd, static_cast<const sockaddr*>(raw), sizeof(address)) == 0);
    std::string text = line + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    REQUIRE(
        ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())
    );
    std::string answer;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(fd, piece.data(), piece.size(), 0)) > 0;) {
        answer.append(piece.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
    return answer;
}

int status_of(const std::string& answer) {
    REQUIRE(answer.starts_with("HTTP/1.1 "));
    return std::stoi(answer.substr(9, 3));
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

struct Fixture {
    Fixture() {
        EngineReport running;
        running.stage = Stage::running;
        running.functions.push_back({{"shop", "cart"}});
        engine.set(running);
        auto bound = server.start();
        REQUIRE(bound.has_value());
        port = bound->port;
    }

    std::string get(const std::string& path) const { return request(port, "GET " + path); }

    StrawEngine engine;
    Server server{{HostPort{"127.0.0.1", 0}, milliseconds(100)}, engine};
    std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("a running engine is healthy and ready", "[admin]") {
    Fixture admin;
    CHECK(admin.port != 0);
    CHECK(status_of(admin.get("/healthz")) == 200);
    std::string ready = admin.get("/readyz");
    CHECK(status_of(ready) == 200);
    CHECK(contains(ready, R"({"status":"ready"})"));
    CHECK(contains(ready, "Cache-Control: no-store"));
    CHECK(status_of(request(admin.port, "HEAD /healthz")) == 200);
}

TEST_CASE("a stuck engine is 503 within the time-out, and 200 when it is back", "[admin]") {
    Fixture admin;
    admin.engine.stick();
    auto asked = std::chrono::steady_clock::now();
    std::string answer = admin.get("/healthz");
    auto took = std::chrono::steady_clock::now() - asked;
    CHECK(status_of(answer) == 503);
    CHECK(contains(answer, "application/problem+json"));
    CHECK(contains(answer, "SFG-0401"));
    CHECK(contains(answer, "the engine has not answered for 0.1 s"));
    CHECK(took >= milliseconds(100));
    CHECK(took < milliseconds(2000));
    CHECK(status_of(admin.get("/readyz")) == 503);
    CHECK(contains(admin.get("/metrics"), "statefun_engine_responsive 0"));
    // However many asked, the engine finds one question.
    CHECK(admin.engine.unstick() == 1);
    // Its answer is on its way to the admin thread before our next request is.
    CHECK(status_of(admin.get("/healthz")) == 200);
}

TEST_CASE("an engine that is starting is healthy but not ready, with every reason", "[admin]") {
    Fixture admin;
    EngineReport report;
    report.store_trouble = sfg::Problem{sfg::Errc::disk_full, "no space"};
    report.oldest_commit_age = milliseconds(6100);
    admin.engine.set(report);
    CHECK(status_of(admin.get("/healthz")) == 200);
    std::string answer = admin.get("/readyz");
    CHECK(status_of(answer) == 503);
    CHECK(contains(answer, "SFG-0208"));
    CHECK(contains(
        answer,
        "starting; the store cannot be written: no space; a commit has waited for 6 s to be durable"
    ));
    CHECK(contains(answer, "Retry-After: 1"));
}

TEST_CASE("metrics are scraped as Prometheus text", "[admin]") {
    Fixture admin;
    std::string answer = admin.get("/metrics");
    CHECK(status_of(answer) == 200);
    CHECK(contains(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
    CHECK(contains(answer, "# TYPE statefun_turns_total counter"));
    CHECK(contains(answer, R"(function_namespace="shop",function_name="cart"} 0)"));
    CHECK(contains(answer, "statefun_engine_responsive 1"));
}

TEST_CASE("other paths and methods get a problem that says what to do", "[admin]") {
    Fixture admin;
    std::string lost = admin.get("/health");
    CHECK(status_of(lost) == 404);
    CHECK(contains(lost, "/healthz, /readyz, /metrics"));
    CHECK(status_of(admin.get("/v1/timers")) == 501);
    CHECK(status_of(admin.get("/v1/entities")) == 400);
    CHECK(status_of(admin.get("/v1/dead-letters?x=y")) == 400);
    CHECK(status_of(admin.get("/v1/entitiesX")) == 404);
    std::string wrong = request(admin.port, "DELETE /metrics");
    CHECK(status_of(wrong) == 405);
    CHECK(contains(wrong, "Allow: GET, HEAD"));
}

TEST_CASE("questions and orders of an operator reach the engine and come back", "[admin]") {
    Fixture admin;
    admin.engine.server = &admin.server;
    CHECK(contains(admin.get("/v1/entities/n/t/a%2Fb"), "entity n/t/a%2Fb"));
    CHECK(contains(admin.get("/v1/entities/n/t/"), "entity n/t/"));
    CHECK(contains(request(admin.port, "POST /v1/entities/n/t/a?action=skip&message=m"), "skip m"));
    std::string unnamed = request(admin.port, "POST /v1/entities/n/t/a?action=skip");
    CHECK(status_of(unnamed) == 400);
    CHECK(contains(unnamed, "mailbox.head.message_id"));
    CHECK(contains(request(admin.port, "POST /v1/types/n/a%2Fb?action=pause"), "pause n/a/b"));
    for (const std::string path :
         {"/v1/types", "/v1/types/n", "/v1/types/n/t/a", "/v1/types/n/t"}) {
        CHECK(status_of(request(admin.port, "POST " + path)) == 400);
    }
    // Nobody waits there, and nobody is to be held.
    for (const std::string order :
         {"types/io.statefun.gateway/call?action=pause",
          "entities/io.statefun.gateway/call/a?action=purge"}) {
        CHECK(status_of(request(admin.port, "POST /v1/" + order)) == 403);
    }
    std::string refused = admin.get("/v1/dead-letters?cursor=abc");
    CHECK(status_of(refused) == 503);
    CHECK(contains(refused, "abc"));
    CHECK(status_of(request(admin.port, "DELETE /v1/entities/n/t/a")) == 405);
    CHECK(status_of(admin.get("/v1/dead-letters/n/t/a")) == 405);
}

TEST_CASE("refused records are listed and dropped by what names them", "[admin]") {
    Fixture admin;
    admin.engine.server = &admin.server;
    CHECK(contains(admin.get("/v1/refused-records?source=n%2Fi&limit=7"), "refused of n/i, 7"));
    CHECK(contains(
        request(admin.port, "POST /v1/refused-records/n/i?action=drop&record=r"), "drop r of n/i"
    ));
    for (const std::string path :
         {"/n?action=drop&record=r", "/n/i?action=drop", "/n/i?action=keep&record=r"}) {
        CHECK(status_of(request(admin.port, "POST /v1/refused-records" + path)) == 400);
    }
    CHECK(status_of(admin.get("/v1/refused-records?source=n")) == 400);
    CHECK(status_of(admin.get("/v1/refused-records?limit=0")) == 400);
    CHECK(status_of(admin.get("/v1/refused-records/n/i")) == 405);
    CHECK(status_of(request(admin.port, "POST /v1/refused-records")) == 405);
}

TEST_CASE("a port in use is a sentence, not a crash", "[admin]") {
    Fixture admin;
    Server second({HostPort{"127.0.0.1", admin.port}, milliseconds(100)}, admin.engine);
    auto bound = second.start();
    REQUIRE(bound.has_error());
    CHECK(contains(bound.error(), "127.0.0.1:" + std::to_string(admin.port)));
    CHECK(contains(bound.error(), "in use"));
    second.stop();
}

TEST_CASE("the server stops with questions out", "[admin]") {
    StrawEngine engine;
    engine.stick();
    Server server({HostPort{"127.0.0.1", 0}, milliseconds(60'000)}, engine);
    auto bound = server.start();
    REQUIRE(bound.has_value());
    std::thread client([port = bound->port] {
        // The server closes without an answer; only that we come back matters.
        int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const void* raw = &address;
        if (::connect(fd, static_cast<const sockaddr*>(raw), sizeof(address)) == 0) {
            std::string text = "GET /healthz HTTP/1.1\r\nHost: t\r\n\r\n";
            static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL));
            char byte = 0;
            static_cast<void>(::recv(fd, &byte, 1, 0));
        }
        ::close(fd);
    });
    server.stop();
    client.join();
    engine.unstick();
    SUCCEED();
}
