// Ingresses that come, change and go while the process runs.
#include "gateway/ingress/kafka_ingress.h"

#include "tests/unit/ingress/fake_topics.h"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <mutex>

namespace sfg::test {
namespace {

using ingress::KafkaIngresses;

// The loop and the engine of the ingresses; the test's thread is both.
struct Ground {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> posted;
    std::map<std::string, std::uint64_t> positions;  // Of whichever source.
    std::vector<std::string> taken;                  // Addresses.
    int opened = 0;
    KafkaIngresses* all = nullptr;

    void post(std::function<void()> work) {
        std::lock_guard lock(mutex);
        posted.push_back(std::move(work));
        changed.notify_all();
    }

    template <typename Condition>
    void run_until(Condition&& holds) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!holds()) {
            std::unique_lock lock(mutex);
            while (posted.empty()) {
                REQUIRE(changed.wait_until(lock, limit) != std::cv_status::timeout);
            }
            std::function<void()> work = std::move(posted.front());
            posted.pop_front();
            lock.unlock();
            work();
        }
    }

    void on(engine::Event& event) {
        if (auto* open = std::get_if<engine::SourceOpened>(&event)) {
            ++opened;
            all->on_answer(open->waiter, at());
        } else if (auto* asked = std::get_if<engine::SourceAsked>(&event)) {
            all->on_answer(asked->waiter, at());
        } else if (auto* records = std::get_if<engine::SourceRecords>(&event)) {
            for (const auto& position : records->positions) {
                positions[position.part] = position.next;
            }
            for (const auto& message : records->messages) {
                taken.push_back(message.target.text());
            }
            all->on_answer(records->waiter, engine::SourceTaken{});
        }
    }

    [[nodiscard]] engine::SourceAt at() const {
        engine::SourceAt at{1, {}};
        for (const auto& [part, next] : positions) {
            at.positions.push_back({part, next});
        }
        return at;
    }
};

KafkaIngressSpec spec(OnInvalidRecord action) {
    KafkaTopic topic;
    topic.topic = "t";
    topic.value_type = "a/B";
    topic.targets = {{"shop", "cart"}};
    topic.invalid.action = action;
    KafkaIngressSpec spec;
    spec.id = {"shop", "in"};
    spec.topics = {topic};
    spec.start.from = KafkaFrom::earliest;
    return spec;
}

KafkaIngresses::Outside outside(Ground& ground, FakeTopics& topics) {
    return {
        [&ground](engine::Event event) {
            auto held = std::make_shared<engine::Event>(std::move(event));
            ground.post([&ground, held] { ground.on(*held); });
        },
        [&ground](std::function<void()> work) { ground.post(std::move(work)); },
        128,
        1'000,
        [&topics](const KafkaIngressSpec&) {
            return std::make_unique<FakeConsumer>(topics, [] {});
        }
    };
}

}  // namespace

TEST_CASE("an ingress that stopped in front of a record begins again at a reload", "[ingress]") {
    Ground ground;
    FakeTopics topics;
    topics.add("t", 0, {"a", "1"});
    topics.add("t", 0, {std::nullopt, "2"});
    topics.add("t", 0, {"b", "3"});
    KafkaIngresses all({spec(OnInvalidRecord::fail)}, outside(ground, topics));
    ground.all = &all;
    all.start();
    auto has_given_up = [&all] {
        return all.reports().at(0).second.has_given_up;
    };
    ground.run_until(has_given_up);
    all.rebind({spec(OnInvalidRecord::fail)});
    ground.run_until([&] { return ground.opened == 2 && has_given_up(); });
    CHECK(ground.taken == std::vector<std::string>{"shop/cart/a"});
    all.rebind({spec(OnInvalidRecord::skip)});
    ground.run_until([&] { return ground.taken.size() == 2; });
    CHECK(ground.taken.back() == "shop/cart/b");
    bool has_stopped = false;
    all.begin_stop([&has_stopped] { has_stopped = true; });
    ground.run_until([&has_stopped] { return has_stopped; });
    CHECK(ground.positions["t/0"] == 3);
    all.stop();
}

TEST_CASE("an ingress that stays as it is goes on", "[ingress]") {
    Ground ground;
    FakeTopics topics;
    topics.add("t", 0, {"a", "1"});
    KafkaIngressSpec moved = spec(OnInvalidRecord::skip);
    KafkaIngresses all({moved}, outside(ground, topics));
    ground.all = &all;
    all.start();
    ground.run_until([&] { return ground.taken.size() == 1; });
    moved.where.line = 77;
    all.rebind({moved});
    bool has_stopped = false;
    all.begin_stop([&has_stopped] { has_stopped = true; });
    ground.run_until([&has_stopped] { return has_stopped; });
    CHECK(ground.opened == 1);
    all.stop();
}

}  // namespace sfg::test
