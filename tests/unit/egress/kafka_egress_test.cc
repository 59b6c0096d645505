// Egresses that come, change and go while the process runs.
#include "gateway/egress/kafka_egress.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sfg::test {
namespace {

using egress::KafkaError;
using egress::KafkaPosition;

// What the threads and the test know of each other.
struct Ground {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, int> alive;  // Producers of an egress.
    std::map<std::string, int> made;
    std::map<std::string, std::string> brokers;  // Of the last one.
    bool met_two = false;
    std::deque<std::function<void()>> posted;

    // Runs what was posted, until it holds.
    template <typename Condition>
    void run_until(Condition&& holds) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        std::unique_lock lock(mutex);
        while (!holds()) {
            if (posted.empty()) {
                REQUIRE(changed.wait_until(lock, limit) != std::cv_status::timeout);
                continue;
            }
            std::function<void()> work = std::move(posted.front());
            posted.pop_front();
            lock.unlock();
            work();
            lock.lock();
        }
    }
};

// Never reaches its broker.
class LostProducer final : public egress::KafkaProducer {
public:
    LostProducer(Ground& ground, const KafkaEgressSpec& spec)
        : ground_(ground),
          name_(spec.id.name) {
        std::lock_guard lock(ground_.mutex);
        ground_.met_two = ++ground_.alive[name_] > 1 || ground_.met_two;
        ++ground_.made[name_];
        ground_.brokers[name_] = spec.brokers;
        ground_.changed.notify_all();
    }

    ~LostProducer() override {
        std::lock_guard lock(ground_.mutex);
        --ground_.alive[name_];
        ground_.changed.notify_all();
    }

    std::optional<KafkaError> open() override { return lost(); }

    std::variant<std::optional<KafkaPosition>, KafkaError> position() override { return lost(); }

    std::optional<KafkaError> begin() override { return lost(); }

    Sent send(const egress::KafkaRecord&, std::uint64_t) override { return lost(); }

    Sent finish(std::uint64_t) override { return lost(); }

    std::optional<KafkaError> abandon() override { return lost(); }

private:
    static KafkaError lost() { return {egress::KafkaTrouble::lost, "no broker"}; }

    Ground& ground_;
    const std::string name_;
};

KafkaEgressSpec spec(const std::string& name, const std::string& brokers = "b:9092") {
    KafkaEgressSpec spec;
    spec.id = {"shop", name};
    spec.brokers = brokers;
    return spec;
}

egress::KafkaEgresses::Outside outside(Ground& ground) {
    return {
        [](engine::Event) {},
        [&ground](std::function<void()> work) {
            std::lock_guard lock(ground.mutex);
            ground.posted.push_back(std::move(work));
            ground.changed.notify_all();
        },
        [&ground](const KafkaEgressSpec& of, const std::string&, const std::string&) {
            return std::make_unique<LostProducer>(ground, of);
        }
    };
}

std::vector<std::string> names(const egress::KafkaEgresses& egresses) {
    std::vector<std::string> names;
    for (const auto& [id, report] : egresses.reports()) {
        names.push_back(id.name);
    }
    return names;
}

}  // namespace

TEST_CASE("an egress that changes ends before what takes its place begins", "[egress]") {
    Ground ground;
    egress::KafkaEgresses egresses({spec("a"), spec("b")}, outside(ground));
    egresses.start(StoreId{1});
    ground.run_until([&] { return ground.made["a"] > 0 && ground.made["b"] > 0; });
    egresses.rebind({spec("a", "other:9092"), spec("c")});
    CHECK(names(egresses) == std::vector<std::string>{"a", "c"});
    ground.run_until([&] {
        return ground.brokers["a"] == "other:9092" && ground.made["c"] > 0 &&
               ground.alive["b"] == 0;
    });
    CHECK_FALSE(ground.met_two);
    egresses.stop();
}

TEST_CASE("an egress that stays as it is goes on", "[egress]") {
    Ground ground;
    KafkaEgressSpec moved = spec("a");
    egress::KafkaEgresses egresses({spec("a")}, outside(ground));
    egresses.start(StoreId{1});
    ground.run_until([&] { return ground.made["a"] > 0; });
    moved.where.line = 77;
    egresses.rebind({moved, spec("b")});
    ground.run_until([&] { return ground.made["b"] > 0; });
    CHECK_FALSE(ground.met_two);
    egresses.rebind({});
    CHECK(names(egresses).empty());
    ground.run_until([&] { return ground.alive["a"] == 0 && ground.alive["b"] == 0; });
    egresses.stop();
}

TEST_CASE("what ends is waited for at the stop, and what waited does not begin", "[egress]") {
    Ground ground;
    egress::KafkaEgresses egresses({spec("a")}, outside(ground));
    egresses.start(StoreId{1});
    ground.run_until([&] { return ground.made["a"] > 0; });
    egresses.rebind({spec("a", "other:9092")});
    bool stopped = false;
    egresses.begin_stop([&] { stopped = true; });
    ground.run_until([&] { return stopped; });
    CHECK(ground.alive["a"] == 0);
    CHECK(ground.brokers["a"] == "b:9092");
    egresses.stop();
}

TEST_CASE("a late answer to an egress that is gone finds nobody", "[egress]") {
    Ground ground;
    egress::KafkaEgresses egresses({spec("a")}, outside(ground));
    egresses.start(StoreId{1});
    ground.run_until([&] { return ground.made["a"] > 0; });
    egresses.rebind({});
    ground.run_until([&] { return ground.alive["a"] == 0; });
    egresses.on_answer(
        WaiterId{std::uint64_t{egress::kKafkaEgressSpace} << 60U | 1U}, engine::EgressEmpty{}
    );
    egresses.stop();
}

TEST_CASE("slots for egresses are bounded", "[egress]") {
    Ground ground;
    egress::KafkaEgresses egresses({}, outside(ground));
    CHECK(egresses.has_room({spec("a")}));
    CHECK_FALSE(
        egresses.has_room(std::vector<KafkaEgressSpec>(runtime::kLaneSlotsMax + 1, spec("a")))
    );
}

}  // namespace sfg::test
