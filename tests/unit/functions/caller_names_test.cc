// Names and their addresses: asked anew, all of them tried, none held on to.
#include "gateway/functions/resolver.h"
#include "tests/unit/functions/answer_kit.h"
#include "tests/unit/functions/caller_fixture.h"

#include <catch2/catch.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace sfg::test {
namespace {

namespace ip = boost::asio::ip;
using std::chrono::milliseconds;

const std::string kGood = octet_answer(empty_result());

// Answers at once with what the test says now.
class FakeResolver final : public functions::Resolver {
public:
    explicit FakeResolver(std::vector<std::string> addresses) : now(std::move(addresses)) {}

    void resolve(const std::string& host, Handler handler) override {
        ++questions;
        last_host = host;
        Answer answer;
        for (const std::string& one : now) {
            answer.addresses.push_back(ip::make_address(one));
        }
        answer.problem = now.empty() ? "the test says so" : "";
        loop->post([handler = std::move(handler), answer] { handler(answer); });
    }

    std::vector<std::string> now;
    int questions = 0;
    std::string last_host;
    runtime::Loop* loop = nullptr;
};

ScriptedServer::Options at(const std::string& address, std::uint16_t port = 0) {
    ScriptedServer::Options options;
    options.address = address;
    options.port = port;
    return options;
}

struct Named {
    Named(EndpointSpec spec, std::vector<std::string> addresses)
        : resolver(std::make_shared<FakeResolver>(std::move(addresses))),
          fixture(std::move(spec), options()) {
        resolver->loop = &fixture.loop();
    }

    functions::CallerOptions options() const {
        functions::CallerOptions made;
        made.resolver = resolver;
        return made;
    }

    std::shared_ptr<FakeResolver> resolver;
    CallerFixture fixture;
};

EndpointSpec named_endpoint(const ScriptedServer& server) {
    return endpoint_at("http://fn.test:" + std::to_string(server.port()) + "/fn");
}

}  // namespace

TEST_CASE("R08 under traffic a changed address is taken within pool_ttl", "[functions]") {
    ScriptedServer a(always({send(kGood)}), at("127.0.0.2"));
    ScriptedServer b(always({send(kGood)}), at("127.0.0.3", a.port()));
    EndpointSpec spec = named_endpoint(a);
    spec.pool_ttl = milliseconds(100);
    Named named(spec, {"127.0.0.2"});
    std::size_t a_had = 0;
    auto flipped = runtime::SteadyTime::max();
    named.fixture.on_ended = [&](RequestId) {
        auto now = runtime::SteadyClock::now();
        if (flipped == runtime::SteadyTime::max() && a.request_count() > 50) {
            named.resolver->now = {"127.0.0.3"};
            flipped = now;
        }
        if (flipped != runtime::SteadyTime::max() && now - flipped > milliseconds(110)) {
            a_had = a_had == 0 ? a.request_count() : a_had;
        }
        if (a_had == 0 || b.request_count() < 50 || now - flipped < milliseconds(300)) {
            named.fixture.start();
        }
    };
    for (int i = 0; i < 8; ++i) {
        named.fixture.start();
    }
    REQUIRE(named.fixture.run_until([&] { return named.fixture.stats().calls_in_flight == 0; }));
    CHECK(a.request_count() == a_had);
    CHECK(named.fixture.stats().failures_down == 0);
    CHECK(named.resolver->last_host == "fn.test");
    CHECK(named.resolver->questions >= 3);
}

TEST_CASE("R08 an address that refuses is passed over at once", "[functions]") {
    ScriptedServer server(always({send(kGood)}), at("127.0.0.2"));
    Named named(named_endpoint(server), {"127.0.0.3", "127.0.0.4", "127.0.0.2"});
    auto begin = runtime::SteadyClock::now();
    CHECK(is_result(named.fixture.call()));
    CHECK(runtime::SteadyClock::now() - begin < milliseconds(200));
    CHECK(named.fixture.stats().failures_down == 0);
}

TEST_CASE("R09 an address that is silent is joined by the next after 250 ms", "[functions]") {
    // A listener whose queue is full lets a connect wait, as a lost packet does.
    ScriptedServer server(always({send(kGood)}), at("127.0.0.2"));
    int silent = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 8);
    auto* name = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(silent, name, sizeof(address)) == 0);
    REQUIRE(::listen(silent, 0) == 0);
    std::vector<int> fillers;
    for (int i = 0; i < 2; ++i) {
        fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        static_cast<void>(::connect(fillers.back(), name, sizeof(address)));
    }
    Named named(named_endpoint(server), {"127.0.0.9", "127.0.0.2"});
    auto begin = runtime::SteadyClock::now();
    CHECK(is_result(named.fixture.call()));
    auto took = runtime::SteadyClock::now() - begin;
    CHECK(took >= milliseconds(240));
    CHECK(took < milliseconds(1000));
    CHECK(named.fixture.stats().failures_down == 0);
    for (int socket : fillers) {
        ::close(socket);
    }
    ::close(silent);
}

TEST_CASE("when no address connects, each is told with its reason", "[functions]") {
    EndpointSpec spec = endpoint_at("http://fn.test:1/fn");
    spec.call_timeout = milliseconds(30);
    Named refused(spec, {"127.0.0.3", "127.0.0.4"});
    std::string reason = failure_of(refused.fixture.call()).reason;
    CHECK(contains(reason, "127.0.0.3:1: Connection refused; 127.0.0.4:1: Connection refused"));
    Named unknown(spec, {});
    CHECK(contains(
        failure_of(unknown.fixture.call()).reason, "'fn.test' does not resolve: the test says so"
    ));
}

TEST_CASE("families of addresses take turns, in the order of the first", "[functions]") {
    auto mixed = [](const std::vector<std::string>& texts) {
        std::vector<ip::address> addresses;
        for (const std::string& text : texts) {
            addresses.push_back(ip::make_address(text));
        }
        std::vector<std::string> result;
        for (const ip::address& one : functions::interleaved(addresses)) {
            result.push_back(one.to_string());
        }
        return result;
    };
    using Texts = std::vector<std::string>;
    CHECK(mixed({"::1", "::2", "::3", "1.1.1.1"}) == Texts{"::1", "1.1.1.1", "::2", "::3"});
    CHECK(mixed({"1.1.1.1", "::1", "::2"}) == Texts{"1.1.1.1", "::1", "::2"});
    CHECK(mixed({}).empty());
}

TEST_CASE("the system resolves names; who asks for the same one shares the answer", "[functions]") {
    runtime::Loop loop;
    std::size_t answers = 0;
    {
        functions::SystemResolver resolver(loop);
        for (int i = 0; i < 3; ++i) {
            resolver.resolve("localhost", [&](const functions::Resolver::Answer& answer) {
                CHECK_FALSE(answer.addresses.empty());
                if (++answers == 3) {
                    loop.stop();
                }
            });
        }
        CHECK(answers == 0);
        loop.run();
        CHECK(answers == 3);
        resolver.resolve("localhost", [&](const functions::Resolver::Answer&) { ++answers; });
    }
    loop.io().restart();
    loop.io().poll();
    CHECK(answers == 3);  // Nobody is called after its end.
}

TEST_CASE("R09 localhost with a server on IPv4 only answers in time", "[functions]") {
    ScriptedServer server(always({send(kGood)}));
    CallerFixture fixture(endpoint_at("http://localhost:" + std::to_string(server.port()) + "/"));
    auto begin = runtime::SteadyClock::now();
    CHECK(is_result(fixture.call()));
    CHECK(runtime::SteadyClock::now() - begin < milliseconds(300));
    CHECK(fixture.stats().failures_down == 0);
}

}  // namespace sfg::test
