// Calls that are carried by I/O loops, with the engine's loop on the test's thread.
#include "gateway/functions/callers.h"

#include "protocol/limits.h"
#include "tests/support/scripted_server.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <optional>
#include <set>

namespace sfg::test {

namespace {

const std::string kGood = octet_answer(empty_result());

EndpointSpec endpoint_at(const std::string& url) {
    EndpointSpec spec;
    spec.functions = {"ns", "fn"};
    spec.url_template = url;
    spec.call_timeout = std::chrono::seconds(20);
    return spec;
}

class Bed {
public:
    explicit Bed(const std::string& url, std::size_t io_threads = 2) : io_(io_threads, 1) {
        callers_.emplace(
            loop_,
            helpers_,
            io_,
            std::vector<EndpointSpec>{endpoint_at(url)},
            functions::CallerOptions{},
            [this](functions::CallOutcome outcome) {
                RequestId id = std::visit([](const auto& event) { return event.id; }, outcome);
                REQUIRE_FALSE(outcomes.contains(id));
                outcomes.emplace(id, std::move(outcome));
            }
        );
        io_.start();
    }

    ~Bed() {
        outcomes.clear();
        io_.stop();
        callers_.reset();
        helpers_.stop();
    }

    RequestId start(const std::string& body, Epoch epoch = Epoch{1}) {
        RequestId id{++last_id_};
        start_as(id, body, epoch);
        return id;
    }

    void start_as(RequestId id, const std::string& body, Epoch epoch) {
        engine::StartCall call;
        call.epoch = epoch;
        call.id = id;
        call.target = {{"ns", "fn"}, "id"};
        SharedBytes piece(body);
        call.body.add(piece.view());
        call.body.keep(std::move(piece));
        callers_->start(std::move(call));
    }

    template <typename Condition>
    void until(Condition&& condition) {
        auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            loop_.io().restart();
            loop_.io().run_one_for(std::chrono::milliseconds(1));
            REQUIRE(std::chrono::steady_clock::now() < limit);
        }
    }

    // What all I/O loops counted.
    functions::CallerStats counted() {
        std::optional<functions::CallerStats> sum;
        io_.ask<functions::Callers::Counts>(
            loop_,
            [this](std::size_t at) { return callers_->counts_on(at); },
            [&sum](const std::vector<functions::Callers::Counts>& all) {
                sum.emplace();
                for (const auto& counts : all) {
                    sum->add(counts.at(0));
                }
            }
        );
        until([&] { return sum.has_value(); });
        return *sum;
    }

    functions::Callers& callers() { return *callers_; }

    std::map<RequestId, functions::CallOutcome> outcomes;

private:
    runtime::Loop loop_;
    runtime::Helpers helpers_{loop_, 1};
    runtime::IoLoops io_;
    std::optional<functions::Callers> callers_;
    std::uint64_t last_id_ = 0;
};

bool is_result(const functions::CallOutcome& outcome) {
    const auto* arrived = std::get_if<engine::ResponseArrived>(&outcome);
    return arrived != nullptr && std::holds_alternative<InvocationResult>(arrived->response);
}

}  // namespace

TEST_CASE("every call ends once, whichever loop carries it", "[io]") {
    constexpr std::size_t kCalls = 500;
    ScriptedServer server([](const SeenRequest&) { return Script{send(kGood)}; });
    Bed bed(server.url(), GENERATE(std::size_t{1}, std::size_t{3}));
    for (std::size_t i = 0; i < kCalls; ++i) {
        bed.start("x");
    }
    bed.until([&] { return bed.outcomes.size() == kCalls; });
    for (const auto& [id, outcome] : bed.outcomes) {
        CHECK(is_result(outcome));
    }
    functions::CallerStats counted = bed.counted();
    CHECK(counted.calls == kCalls);
    CHECK(counted.calls_in_flight == 0);
    CHECK(server.request_count() == kCalls);
}

TEST_CASE("a call goes to the loop with the fewest in flight", "[io]") {
    ScriptedServer server([](const SeenRequest& request) {
        return request.body == "hangs" ? Script{silence()} : Script{send(kGood)};
    });
    Bed bed(server.url());
    bed.start("hangs");
    bed.until([&] { return server.request_count() == 1; });
    for (std::size_t i = 1; i <= 3; ++i) {
        bed.start("x");
        bed.until([&] { return bed.outcomes.size() == i; });
    }
    CHECK(bed.callers().in_flight() == std::vector<std::size_t>{1, 0});
    // One connection hangs; the others went over one of the other loop.
    CHECK(server.connection_count() == 2);
}

TEST_CASE("nobody hears of a call that was cancelled, not even when it has ended", "[io]") {
    ScriptedServer server([](const SeenRequest&) { return Script{send(kGood)}; });
    Bed bed(server.url());
    RequestId cancelled = bed.start("x");
    bool is_late = GENERATE(false, true);
    if (is_late) {
        // Its outcome is on its way: the engine's loop has not looked.
        auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (server.request_count() == 0) {
            REQUIRE(std::chrono::steady_clock::now() < limit);
        }
    }
    bed.callers().cancel(cancelled);
    RequestId next = bed.start("x");
    bed.until([&] { return bed.outcomes.contains(next); });
    CHECK_FALSE(bed.outcomes.contains(cancelled));
    CHECK(bed.callers().in_flight() == std::vector<std::size_t>{0, 0});
}

TEST_CASE("an id that a new epoch uses again is that epoch's", "[io]") {
    ScriptedServer server([](const SeenRequest& request) {
        return request.body == "old" ? Script{wait(std::chrono::milliseconds(20)), send(kGood)}
                                     : Script{send(kGood)};
    });
    Bed bed(server.url());
    RequestId id = bed.start("old", Epoch{1});
    bed.start_as(id, "new", Epoch{2});
    bed.until([&] { return bed.outcomes.contains(id); });
    CHECK(std::get<engine::ResponseArrived>(bed.outcomes.at(id)).epoch == Epoch{2});
    RequestId next = bed.start("x", Epoch{2});
    bed.until([&] { return bed.outcomes.contains(next); });
    CHECK(bed.outcomes.size() == 2);
}

TEST_CASE("what a large answer was granted comes back to the gate of its loop", "[io]") {
    // Two fit into a gate, and there is one: the third waits until one is let go of.
    constexpr std::size_t kBytes = kBodyBytesMax - kMiB;
    std::string body = empty_result();
    // An unknown field, which is passed over: number 15, length-delimited.
    body += '\x7a';
    for (std::size_t rest = kBytes;; rest >>= 7U) {
        body += static_cast<char>((rest & 0x7fU) | (rest >= 0x80U ? 0x80U : 0U));
        if (rest < 0x80U) {
            break;
        }
    }
    body.append(kBytes, 'x');
    ScriptedServer server([answer = octet_answer(body)](const SeenRequest&) {
        return Script{send(answer)};
    });
    Bed bed(server.url(), 1);
    for (int i = 0; i < 3; ++i) {
        bed.start("x");
    }
    bed.until([&] { return bed.outcomes.size() == 2; });
    RequestId first = bed.outcomes.begin()->first;
    CHECK(is_result(bed.outcomes.at(first)));
    bed.outcomes.erase(first);  // On the engine's thread, as when its commit is durable.
    bed.until([&] { return bed.outcomes.size() == 2; });
}

TEST_CASE("calls go to the endpoints that were bound before them, on every loop", "[io]") {
    ScriptedServer before([](const SeenRequest&) { return Script{send(kGood)}; });
    ScriptedServer after([](const SeenRequest&) { return Script{send(kGood)}; });
    Bed bed(before.url());
    bed.start("x");
    bed.start("x");
    bed.callers().bind({endpoint_at(after.url())}, {0});
    bed.start("x");
    bed.start("x");
    bed.until([&] { return bed.outcomes.size() == 4; });
    CHECK(before.request_count() == 2);
    CHECK(after.request_count() == 2);
}

TEST_CASE("after a stop nobody hears of a call", "[io]") {
    ScriptedServer server([](const SeenRequest&) { return Script{silence()}; });
    Bed bed(server.url());
    bed.start("x");
    bed.until([&] { return server.request_count() == 1; });
    bed.callers().stop();
    bed.start("late");
    bed.until([&] { return server.closed_count() == 1; });
    CHECK(bed.counted().calls_in_flight == 0);
    CHECK(bed.outcomes.empty());
}

}  // namespace sfg::test
