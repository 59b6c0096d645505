// What operators listen to: the text of events, and who gets them.
#include "gateway/admin/event_stream.h"

#include "gateway/admin/event_text.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace {

using namespace sfg;
using admin::EventStream;
using engine::Happening;
using engine::HappeningKind;
using runtime::ExchangeId;
using runtime::Streamed;

Happening parked() {
    Happening happening;
    happening.kind = HappeningKind::parked;
    happening.wall_ms = 1'700'000'000'000;
    happening.entity = {{"shop", "cart"}, "a/b\n\""};
    happening.message_id = "m1";
    happening.attempts = 3;
    happening.error = "http://f/ answered 500\nwith a line break";
    return happening;
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

// A server of straw, and the loop turned by hand.
struct Fixture {
    Fixture()
        : stream(
              loop,
              {[this](ExchangeId id, const runtime::HttpResponse& response) {
                   answers[id] = response.status;
               },
               [this](ExchangeId id, std::string_view text, std::size_t pending_max) {
                   CHECK(pending_max == EventStream::kPendingBytesMax);
                   if (left.contains(id) || deaf.contains(id)) {
                       return deaf.contains(id) ? Streamed::full : Streamed::gone;
                   }
                   heard[id] += text;
                   return Streamed::taken;
               },
               [this](ExchangeId id) {
                   cut.push_back(id);
               }}
          ) {}

    // The status of the answer.
    int listen(std::uint64_t id) {
        auto plan = stream.plan(head("GET"));
        REQUIRE(plan);
        if (auto* refusal = std::get_if<runtime::HttpResponse>(&plan->how)) {
            return refusal->status;
        }
        REQUIRE(stream.ask(ExchangeId{id}, *plan->context));
        return answers.at(ExchangeId{id});
    }

    static runtime::HttpHead head(std::string_view method, std::string_view target = "/v1/events") {
        runtime::HttpHead head;
        head.method = method;
        head.target = target;
        return head;
    }

    void turn() {
        loop.io().restart();
        loop.io().poll();
    }

    runtime::Loop loop;
    std::map<ExchangeId, int> answers;
    std::map<ExchangeId, std::string> heard;
    std::set<ExchangeId> left;
    std::set<ExchangeId> deaf;
    std::vector<ExchangeId> cut;
    EventStream stream;
};

}  // namespace

TEST_CASE("R34 an event is one line of JSON with time, address and last error", "[admin]") {
    std::string text = admin::event_text(7, parked());
    CHECK(text.starts_with("id: 7\nevent: parked\ndata: {"));
    CHECK(text.ends_with("}\n\n"));
    CHECK(contains(text, R"("time":"2023-11-14T22:13:20.000Z","event":"parked")"));
    CHECK(contains(text, R"("namespace":"shop","type":"cart","id":"a/b\n\"")"));
    CHECK(contains(text, R"("message_id":"m1","attempts":3)"));
    CHECK(contains(text, R"("last_error":"http://f/ answered 500\nwith a line break")"));
    std::size_t lines = 0;
    for (char c : text) {
        lines += c == '\n' ? 1 : 0;
    }
    CHECK(lines == 4);
    Happening down;
    down.kind = HappeningKind::endpoint_down;
    down.endpoint = "shop/*";
    down.error = "refused";
    text = admin::event_text(8, down);
    CHECK(contains(text, R"("functions":"shop/*","last_error":"refused")"));
    CHECK_FALSE(contains(text, "\"id\":"));
    CHECK(contains(admin::lost_text(9, 2), "id: 9\nevent: lost\ndata: {"));
}

TEST_CASE("R34 all who listen hear what happens from then on", "[admin]") {
    Fixture f;
    f.stream.happened(parked());  // Nobody listens.
    CHECK(f.listen(1) == 200);
    f.stream.happened(parked());
    f.turn();
    CHECK(f.listen(2) == 200);
    f.stream.happened(parked());
    f.turn();
    CHECK(contains(f.heard[ExchangeId{1}], "id: 1\n"));
    CHECK(contains(f.heard[ExchangeId{1}], "id: 2\n"));
    CHECK_FALSE(contains(f.heard[ExchangeId{2}], "id: 1\n"));
    CHECK(contains(f.heard[ExchangeId{2}], "id: 2\n"));
    CHECK(f.stream.counts().listeners == 2);
    CHECK(f.stream.counts().told == 2);
    f.stream.on_gone(ExchangeId{1});
    f.stream.on_gone(ExchangeId{2});
    f.stream.on_gone(ExchangeId{3});
    f.stream.happened(parked());
    f.turn();
    CHECK(f.stream.counts().told == 2);
}

TEST_CASE("R34 a listener that does not read is cut off, the others hear on", "[admin]") {
    Fixture f;
    f.listen(1);
    f.listen(2);
    f.listen(3);
    f.deaf.insert(ExchangeId{1});
    f.left.insert(ExchangeId{3});
    f.stream.happened(parked());
    f.turn();
    CHECK(f.cut == std::vector<ExchangeId>{ExchangeId{1}});
    CHECK(contains(f.heard[ExchangeId{2}], "id: 1\n"));
    CHECK(f.stream.counts().listeners == 1);
    CHECK(f.stream.counts().cut_off == 1);
}

TEST_CASE("R34 listeners are bounded", "[admin]") {
    Fixture f;
    for (std::uint64_t i = 1; i <= EventStream::kListenersMax; ++i) {
        CHECK(f.listen(i) == 200);
    }
    CHECK(f.listen(99) == 503);
    f.stream.on_gone(ExchangeId{5});
    CHECK(f.listen(99) == 200);
}

TEST_CASE("R34 events that come too fast are lost, counted, and said", "[admin]") {
    Fixture f;
    f.listen(1);
    for (std::size_t i = 0; i < EventStream::kOnTheWayMax + 5; ++i) {
        f.stream.happened(parked());
    }
    f.turn();
    CHECK(f.stream.counts().lost == 5);
    CHECK(f.stream.counts().told == EventStream::kOnTheWayMax);
    f.stream.happened(parked());
    f.turn();
    const std::string& heard = f.heard[ExchangeId{1}];
    CHECK(contains(heard, "event: lost\ndata: {\"event\":\"lost\",\"events\":5}"));
    // Numbers have no gap but that.
    CHECK(contains(heard, "id: " + std::to_string(EventStream::kOnTheWayMax + 6) + "\n"));
}

TEST_CASE("R34 the stream is one path, read with GET", "[admin]") {
    Fixture f;
    CHECK_FALSE(f.stream.plan(Fixture::head("GET", "/v1/eventsX")));
    auto status = [&](std::string_view method, std::string_view target) {
        auto plan = f.stream.plan(Fixture::head(method, target));
        REQUIRE(plan);
        return std::get<runtime::HttpResponse>(plan->how).status;
    };
    CHECK(status("POST", "/v1/events") == 405);
    CHECK(status("GET", "/v1/events?x=1") == 400);
}
