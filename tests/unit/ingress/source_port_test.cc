// A reading thread's questions to the engine.
#include "gateway/ingress/source_port.h"

#include <catch2/catch.hpp>

#include <functional>
#include <thread>
#include <vector>

namespace sfg::test {
namespace {

using ingress::EngineSourcePort;
using ingress::SourcePort;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kNever{60'000};

struct Rig {
    // In place of the engine's loop; may answer at once.
    std::function<void(engine::Event&)> engine = [](engine::Event&) {
    };
    std::vector<std::uint64_t> sessions;  // That records were given in.
    EngineSourcePort port{
        {"k", "in"},
        WaiterId{std::uint64_t{5} << 60U},
        [this](engine::Event event) {
            engine(event);
        }
    };

    template <typename Asked, typename Answer>
    void answer(Answer answer) {
        engine = [this, answer](engine::Event& event) {
            if (auto* asked = std::get_if<Asked>(&event)) {
                port.on_answer(asked->waiter, answer);
            }
        };
    }

    SourcePort::Given wait(milliseconds time) { return port.wait(steady_clock::now() + time); }
};

}  // namespace

TEST_CASE("a source is opened again until the engine has read its positions", "[ingress][port]") {
    Rig rig;
    int asked = 0;
    rig.engine = [&](engine::Event& event) {
        WaiterId waiter = std::get<engine::SourceOpened>(event).waiter;
        if (++asked == 1) {
            rig.port.on_answer(waiter, engine::Refused{{Errc::starting, "reading"}, {}, {}});
        } else if (asked == 2) {
            rig.port.on_answer(waiter, engine::SourceLost{});
        } else {
            rig.port.on_answer(waiter, engine::SourceAt{7, {{"t/0", 3}}});
        }
    };
    auto positions = rig.port.open();
    REQUIRE(positions);
    CHECK(*positions == SourcePort::Positions{{"t/0", 3}});
    rig.engine = [&](engine::Event& event) {
        rig.sessions.push_back(std::get<engine::SourceRecords>(event).session);
    };
    rig.port.give({});
    CHECK(rig.sessions == std::vector<std::uint64_t>{7});
}

TEST_CASE("a batch waits until the engine has room for it", "[ingress][port]") {
    Rig rig;
    WaiterId waiter{};
    rig.engine = [&](engine::Event& event) {
        waiter = std::get<engine::SourceRecords>(event).waiter;
    };
    rig.port.give({});
    CHECK(rig.wait(milliseconds(0)) == SourcePort::Given::waits);
    rig.port.on_answer(waiter, engine::SourceTaken{});
    CHECK(rig.wait(kNever) == SourcePort::Given::taken);
}

TEST_CASE("a batch that was not taken is told as such", "[ingress][port]") {
    Rig rig;
    rig.answer<engine::SourceRecords>(engine::SourceLost{});
    rig.port.give({});
    CHECK(rig.wait(kNever) == SourcePort::Given::lost);
    rig.answer<engine::SourceRecords>(engine::Refused{{Errc::shutting_down, "stops"}, {}, {}});
    rig.port.give({});
    CHECK(rig.wait(kNever) == SourcePort::Given::ends);
}

TEST_CASE("what is durable is told while a batch waits, and at the end", "[ingress][port]") {
    Rig rig;
    rig.answer<engine::SourceAsked>(engine::SourceAt{1, {{"t/0", 9}}});
    rig.port.give({});
    bool is_closed = GENERATE(false, true);
    if (is_closed) {
        rig.port.close();
    }
    SourcePort::Positions positions;
    CHECK(rig.port.durable(steady_clock::now() + kNever, positions) == SourcePort::Given::taken);
    CHECK(positions == SourcePort::Positions{{"t/0", 9}});
    CHECK(
        rig.wait(milliseconds(0)) ==
        (is_closed ? SourcePort::Given::ends : SourcePort::Given::waits)
    );
    rig.engine = [](engine::Event&) {
    };
    CHECK(rig.port.durable(steady_clock::now(), positions) == SourcePort::Given::waits);
    rig.answer<engine::SourceAsked>(engine::SourceLost{});
    CHECK(rig.port.durable(steady_clock::now() + kNever, positions) == SourcePort::Given::lost);
}

TEST_CASE("whoever waits for room is told that the source ends", "[ingress][port]") {
    Rig rig;
    rig.port.give({});
    std::thread closer([&rig] { rig.port.close(); });
    CHECK(rig.wait(kNever) == SourcePort::Given::ends);
    closer.join();
    CHECK_FALSE(rig.port.open());
    CHECK_FALSE(rig.port.sleep(kNever));
}

}  // namespace sfg::test
