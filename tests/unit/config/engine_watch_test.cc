// One question at a time, and a clear answer when none comes.
#include "gateway/admin/engine_watch.h"

#include <catch2/catch.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace {

using sfg::admin::EngineReport;
using sfg::admin::EngineWatch;
using sfg::runtime::Loop;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{20};

// Keeps the questions; the test answers them.
class SlowEngine : public sfg::admin::EngineProbe {
public:
    void put(sfg::engine::Event /*event*/) override {}

    void reload(sfg::WaiterId /*waiter*/) override {}

    void ask(std::function<void(EngineReport)> answer) override {
        questions.push_back(std::move(answer));
    }

    std::vector<std::function<void(EngineReport)>> questions;
};

struct Heard {
    int answers = 0;
    int silences = 0;
    milliseconds longest{0};

    EngineWatch::Listener listener(std::function<void()> then = [] {}) {
        return [this, then](const EngineReport* report, milliseconds silence) {
            (report != nullptr ? answers : silences) += 1;
            longest = std::max(longest, silence);
            then();
        };
    }
};

}  // namespace

TEST_CASE("those who ask while a question is out share its answer", "[admin]") {
    Loop loop;
    SlowEngine engine;
    EngineWatch watch(loop, engine, milliseconds(10'000));
    Heard heard;
    watch.ask(heard.listener());
    watch.ask(heard.listener());
    watch.ask(heard.listener([&] { loop.stop(); }));
    REQUIRE(engine.questions.size() == 1);
    engine.questions[0]({});
    CHECK(heard.answers == 0);
    loop.run();
    CHECK(heard.answers == 3);
    CHECK(heard.silences == 0);
    watch.ask(heard.listener());
    CHECK(engine.questions.size() == 2);
}

TEST_CASE("a silent engine is told within the patience, and at once from then on", "[admin]") {
    Loop loop;
    SlowEngine engine;
    EngineWatch watch(loop, engine, kPatience);
    Heard heard;
    watch.ask(heard.listener([&] { loop.stop(); }));
    loop.run();
    CHECK(heard.silences == 1);
    CHECK(heard.longest >= kPatience);
    watch.ask(heard.listener());
    watch.ask(heard.listener());
    CHECK(heard.silences == 3);
    CHECK(engine.questions.size() == 1);
}

TEST_CASE("an engine that answers late is well again", "[admin]") {
    Loop loop;
    SlowEngine engine;
    EngineWatch watch(loop, engine, kPatience);
    Heard heard;
    watch.ask(heard.listener([&] {
        engine.questions[0]({});
        loop.post([&] {
            watch.ask(heard.listener([&] { loop.stop(); }));
            engine.questions.at(1)({});
        });
    }));
    loop.run();
    CHECK(heard.silences == 1);
    CHECK(heard.answers == 1);
}

TEST_CASE("an answer that comes after the watch is gone is dropped", "[admin]") {
    Loop loop;
    SlowEngine engine;
    Heard heard;
    auto watch = std::make_unique<EngineWatch>(loop, engine, kPatience);
    watch->ask(heard.listener());
    watch->ask(heard.listener());
    SECTION("answered before, delivered after") {
        engine.questions[0]({});
        watch.reset();
    }
    SECTION("answered after") {
        watch.reset();
        engine.questions[0]({});
    }
    loop.post([&loop] { loop.stop(); });
    loop.run();
    CHECK(heard.answers == 0);
}

TEST_CASE("an engine that answers from inside the question is heard", "[admin]") {
    struct Eager : sfg::admin::EngineProbe {
        void put(sfg::engine::Event /*event*/) override {}

        void reload(sfg::WaiterId /*waiter*/) override {}

        void ask(std::function<void(EngineReport)> answer) override { answer({}); }
    };

    Loop loop;
    Eager engine;
    EngineWatch watch(loop, engine, kPatience);
    Heard heard;
    watch.ask(heard.listener([&] { loop.stop(); }));
    loop.run();
    CHECK(heard.answers == 1);
}
