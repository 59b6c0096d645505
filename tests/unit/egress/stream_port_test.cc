// A delivering thread's questions to the engine.
#include "gateway/egress/stream_port.h"

#include <catch2/catch.hpp>

#include <thread>

using namespace sfg;

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kNever{60'000};

// A port whose events are kept, and answered from the test's thread.
struct Rig {
    std::vector<engine::Event> events;
    // Called in place of the engine's loop; may answer at once.
    std::function<void(const engine::Event&)> engine;
    egress::EngineStreamPort port{{"k", "out"}, WaiterId{1'000}, [this](engine::Event event) {
                                      events.push_back(event);
                                      if (engine) {
                                          engine(event);
                                      }
                                  }};

    WaiterId last_pull() const { return std::get<engine::StreamPulled>(events.back()).waiter; }

    egress::StreamPort::Pulled pull(std::chrono::milliseconds patience) {
        return port.pull(10, 1'000, steady_clock::now() + patience);
    }
};

engine::StreamRecords records(std::uint64_t position) {
    return {{{position, SharedBytes("x")}}};
}

}  // namespace

TEST_CASE("records that come while nobody waits are there at the next pull", "[egress][port]") {
    Rig rig;
    CHECK(rig.pull(std::chrono::milliseconds(0)).records.empty());
    rig.port.on_answer(rig.last_pull(), records(7));
    auto pulled = rig.pull(kNever);
    REQUIRE(pulled.records.size() == 1);
    CHECK(pulled.records[0].position == 7);
    CHECK(rig.events.size() == 1);  // Asked once.
}

TEST_CASE("what came before a rewind is not taken for what comes after it", "[egress][port]") {
    Rig rig;
    CHECK(rig.pull(std::chrono::milliseconds(0)).records.empty());
    bool is_answered_before = GENERATE(true, false);
    WaiterId before = rig.last_pull();
    if (is_answered_before) {
        rig.port.on_answer(before, records(6));
    }
    rig.port.rewind();
    if (!is_answered_before) {
        rig.port.on_answer(before, engine::EgressEmpty{});
    }
    rig.engine = [&](const engine::Event& event) {
        rig.port.on_answer(std::get<engine::StreamPulled>(event).waiter, records(1));
    };
    auto pulled = rig.pull(kNever);
    REQUIRE(pulled.records.size() == 1);
    CHECK(pulled.records[0].position == 1);
}

TEST_CASE("a stream that was taken away is told as such", "[egress][port]") {
    Rig rig;
    rig.engine = [&rig](const engine::Event& event) {
        rig.port.on_answer(std::get<engine::StreamPulled>(event).waiter, engine::EgressEmpty{});
    };
    CHECK_FALSE(rig.pull(kNever).is_open);
}

TEST_CASE("it is opened again until the engine has read its egresses", "[egress][port]") {
    Rig rig;
    int asked = 0;
    rig.engine = [&](const engine::Event& event) {
        WaiterId waiter = std::get<engine::StreamOpened>(event).waiter;
        if (++asked < 3) {
            rig.port.on_answer(waiter, engine::Refused{{Errc::starting, "reading"}, {}, {}});
        } else {
            rig.port.on_answer(waiter, engine::StreamAt{4, 9});
        }
    };
    auto at = rig.port.open();
    REQUIRE(at.has_value());
    CHECK(at->delivered == 4);
    CHECK(at->last == 9);
}

TEST_CASE("an answer to a question that is over is not taken for another", "[egress][port]") {
    Rig rig;
    CHECK(rig.pull(std::chrono::milliseconds(0)).records.empty());
    WaiterId old = rig.last_pull();
    rig.engine = [&](const engine::Event& event) {
        if (const auto* refused = std::get_if<engine::StreamRefused>(&event)) {
            rig.port.on_answer(old, records(1));
            rig.port.on_answer(refused->waiter, engine::EgressEmpty{});
        }
    };
    CHECK(rig.port.refuse(1, "no such topic"));
    rig.engine = [&](const engine::Event& event) {
        rig.port.on_answer(std::get<engine::StreamPulled>(event).waiter, records(2));
    };
    CHECK(rig.pull(kNever).records.at(0).position == 2);
}

TEST_CASE("whoever waits is told that the gateway ends", "[egress][port]") {
    Rig rig;
    rig.engine = [&rig](const engine::Event&) {
        rig.port.close();
    };
    CHECK_FALSE(rig.pull(kNever).is_open);
    CHECK_FALSE(rig.port.open().has_value());
    CHECK_FALSE(rig.port.refuse(1, "x"));
    CHECK_FALSE(rig.port.sleep(kNever));
}

TEST_CASE("a thread that waits for records gets them from another", "[egress][port]") {
    Rig rig;
    std::thread engine_thread;
    rig.engine = [&](const engine::Event& event) {
        engine_thread = std::thread([&, waiter = std::get<engine::StreamPulled>(event).waiter] {
            rig.port.on_answer(waiter, records(3));
        });
    };
    CHECK(rig.pull(kNever).records.size() == 1);
    engine_thread.join();
}
