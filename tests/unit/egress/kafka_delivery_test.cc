// Delivery to Kafka: each record once, in order, whatever fails.
#include "tests/unit/egress/fake_kafka.h"

#include <catch2/catch.hpp>

#include <random>

using namespace sfg;
using namespace sfg::test;

namespace {

std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> positions;
    for (; from <= to; ++from) {
        positions.push_back(from);
    }
    return positions;
}

egress::KafkaEgressReport run(FakeBroker& broker, FakeStream& stream, std::string writer = "me") {
    egress::KafkaDeliveryOptions options;
    options.egress = "k/out";
    options.writer = writer;
    options.commit_interval = std::chrono::milliseconds(0);
    options.after_commit = std::chrono::milliseconds(0);
    egress::KafkaDelivery delivery(options, stream, [&broker, writer] {
        return std::make_unique<FakeProducer>(broker, writer);
    });
    delivery.run();
    return delivery.report();
}

}  // namespace

TEST_CASE("records go out in order, and the store hears how far", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t", 2'500);
    auto report = run(broker, stream);
    CHECK(broker.delivered == range(1, 2'500));
    CHECK(broker.position->delivered == 2'500);
    CHECK(stream.records.empty());
    CHECK(report.records == 2'500);
    CHECK(report.trouble.empty());
    CHECK(broker.producers == 1);
}

TEST_CASE("hazard 9 a start goes on behind what Kafka knows to be delivered", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t", 10);
    broker.delivered = range(1, 6);  // Committed; the process died before our store heard of it.
    broker.position = KafkaPosition{6, "an earlier process"};
    run(broker, stream);
    CHECK(broker.delivered == range(1, 10));
}

TEST_CASE("what the store has not heard of is not sent again", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.unheard = GENERATE(1, 2, 3);
    auto expected = range(1, 11);
    SECTION("at a start") {
        stream.emit("t", 11);
        broker.delivered = range(1, 6);
        broker.position = KafkaPosition{6, "an earlier process"};
    }
    SECTION("before a batch that has to come again") {
        stream.emit("t", 5);
        stream.emit("gone");
        stream.emit("t", 5);
        stream.pull_max = 4;
        broker.bad_topics["gone"] = "unknown";
        expected.erase(expected.begin() + 5);
    }
    run(broker, stream);
    CHECK(broker.delivered == expected);
}

TEST_CASE("a record that is missing is not passed over", "[egress][kafka]") {
    FakeBroker broker;
    broker.keeps_position = GENERATE(true, false);
    FakeStream stream;
    stream.emit("t", 10);
    stream.records.erase(5);
    stream.sleeps_left = 5;
    auto report = run(broker, stream);
    CHECK(broker.delivered == range(1, 4));
    CHECK(report.trouble.find("gave record 6 where 5 follows") != std::string::npos);
    CHECK_FALSE(report.is_connected);
}

TEST_CASE("a commit in doubt is looked up, not repeated", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t", 10);
    stream.pull_max = 4;
    bool was_committed = GENERATE(true, false);
    broker.faults["finish"].push_back({KafkaTrouble::lost, was_committed});
    run(broker, stream);
    CHECK(broker.delivered == range(1, 10));
    CHECK(broker.producers == 2);
}

TEST_CASE(
    "hazard 10 whatever fails, the order stays and nothing is there twice",
    "[egress][kafka]"
) {
    std::mt19937 random(GENERATE(range(0U, 200U)));
    auto below = [&random](int n) {
        return static_cast<int>(random() % static_cast<unsigned>(n));
    };
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t", 300);
    stream.pull_max = static_cast<std::size_t>(1 + below(40));
    stream.losses = below(4);
    for (const char* operation : {"open", "position", "begin", "send", "finish", "abandon"}) {
        for (int i = below(5); i > 0; --i) {
            auto trouble = below(2) == 0 ? KafkaTrouble::batch : KafkaTrouble::lost;
            // Only a commit may have been done although it failed; then nobody knows.
            bool is_done = std::string(operation) == "finish" && trouble == KafkaTrouble::lost &&
                           below(2) == 0;
            broker.faults[operation].push_back({trouble, is_done});
        }
    }
    run(broker, stream);
    CHECK(broker.delivered == range(1, 300));
}

TEST_CASE(
    "R57 a record that can't be delivered is set aside, its neighbours go",
    "[egress][kafka]"
) {
    FakeBroker broker;
    broker.bad_topics["gone"] = "topic 'gone': unknown";
    broker.refuses_by_the_batch = GENERATE(false, true);
    FakeStream stream;
    SECTION("among others") {
        stream.emit("t", 3);
        stream.emit("gone");
        stream.emit("t", 3);
    }
    SECTION("at the beginning") {
        stream.emit("gone");
        stream.emit("t", 3);
    }
    SECTION("twice, at the end") {
        stream.emit("t", 3);
        stream.emit("gone", 2);
    }
    auto all = stream.records;
    auto report = run(broker, stream);
    std::vector<std::uint64_t> good;
    std::vector<std::uint64_t> bad;
    for (const auto& [position, stored] : all) {
        bool is_bad = stored.view().find("gone") != std::string_view::npos;
        (is_bad ? bad : good).push_back(position);
    }
    CHECK(broker.delivered == good);
    std::vector<std::uint64_t> set_aside;
    for (const auto& [position, reason] : stream.set_aside) {
        set_aside.push_back(position);
        CHECK(reason == "topic 'gone': unknown");
    }
    CHECK(set_aside == bad);
    CHECK(report.refused == bad.size());
}

TEST_CASE("what is no record of Kafka's is set aside with the reason", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t");
    stream.emit("");
    stream.emit("t");
    stream.records[1] = stored_value("my/type", "x");
    run(broker, stream);
    CHECK(broker.delivered == range(3, 3));
    REQUIRE(stream.set_aside.size() == 2);
    CHECK(stream.set_aside[0].second.find("my/type") != std::string::npos);
    CHECK(stream.set_aside[1].second.find("no topic") != std::string::npos);
}

TEST_CASE("a broker that is away is asked again, with growing pauses", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t", 5);
    for (int i = 0; i < 12; ++i) {
        broker.faults["open"].push_back({KafkaTrouble::lost, false});
    }
    run(broker, stream);
    CHECK(broker.delivered == range(1, 5));
    REQUIRE(stream.sleeps.size() >= 12);
    CHECK(stream.sleeps[0] == std::chrono::milliseconds(100));
    CHECK(stream.sleeps[3] == std::chrono::milliseconds(800));
    CHECK(stream.sleeps[11] == std::chrono::milliseconds(10'000));
}

TEST_CASE("a zombie says so and leaves the egress alone", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t", 4);
    stream.pull_max = 2;
    stream.sleeps_left = 3;
    broker.position = KafkaPosition{0, "an earlier process"};
    // Another process takes over while this one commits its first batch.
    broker.faults["finish"].push_back({KafkaTrouble::lost, false});
    broker.faults["begin"].clear();
    egress::KafkaDeliveryOptions options;
    options.egress = "k/out";
    options.writer = "me";
    int made = 0;
    egress::KafkaDelivery delivery(options, stream, [&] {
        if (++made == 2) {
            broker.position = KafkaPosition{2, "the other"};
        }
        return std::make_unique<FakeProducer>(broker, "me");
    });
    delivery.run();
    CHECK(broker.delivered.empty());
    CHECK(delivery.report().trouble.find("the other") != std::string::npos);
    CHECK(stream.sleeps.back() == options.fenced_pause);
}

TEST_CASE("an older copy of the data directory delivers nothing", "[egress][kafka]") {
    FakeBroker broker;
    FakeStream stream;
    stream.emit("t", 4);
    stream.sleeps_left = 2;
    broker.position = KafkaPosition{9, "an earlier process"};
    auto report = run(broker, stream);
    CHECK(broker.delivered.empty());
    CHECK(report.trouble.find("older copy") != std::string::npos);
    CHECK_FALSE(report.is_connected);
}

TEST_CASE("without transactions everything is delivered at least once", "[egress][kafka]") {
    FakeBroker broker;
    broker.keeps_position = false;
    FakeStream stream;
    stream.emit("t", 10);
    stream.pull_max = 4;
    broker.faults["finish"].push_back({KafkaTrouble::lost, true});
    run(broker, stream);
    auto seen = broker.delivered;
    CHECK(seen.size() == 14);  // The batch that was in doubt came again.
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    CHECK(seen == range(1, 10));
}
