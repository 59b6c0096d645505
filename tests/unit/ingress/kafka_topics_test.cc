// Which partitions an ingress reads, and where each of them begins.
#include "tests/unit/ingress/reading_bed.h"

#include <utility>

namespace sfg::test {

TEST_CASE("latest is a number from the first start on", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.start.from = KafkaFrom::latest;
    bed.topics.add_numbers("t", 0, 10);
    bed.topics.faults["assign"] = 1;  // Nothing is read, and then the process is killed.
    bed.port.is_ended = false;
    bed.topics.steps = {};
    bed.run();
    bed.port.crash();
    bed.topics.add_numbers("t", 0, 5);
    bed.run();
    CHECK(bed.numbers() == sequence(10, 15));
}

TEST_CASE(
    "a beginning that was lost with its session is not looked for again",
    "[ingress][kafka]"
) {
    ReadingBed bed;
    bed.spec.start.from = KafkaFrom::latest;
    bed.topics.add_numbers("t", 0, 10);
    bed.port.losses_of_durable = 1;
    bed.topics.faults["find"] = 0;
    bool is_grown = false;
    KafkaReading reading(bed.spec, bed.options, bed.port, [&]() -> std::unique_ptr<KafkaConsumer> {
        if (std::exchange(is_grown, true)) {
            bed.topics.add_numbers("t", 0, 3);  // Between the two sessions.
        }
        return std::make_unique<FakeConsumer>(bed.topics, [&bed] { bed.port.idle(); });
    });
    reading.run();
    CHECK(bed.numbers() == sequence(10, 13));
}

TEST_CASE("a new partition of a known topic begins at its first record", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.start.from = KafkaFrom::latest;
    bed.topics.add_numbers("t", 0, 10);
    SECTION("while it runs") {
        bed.topics.steps.push_back([&] { bed.topics.add_numbers("t", 1, 4); });
        bed.run();
    }
    SECTION("while it is down") {
        bed.run();
        bed.topics.add_numbers("t", 1, 4);
        bed.run();
    }
    CHECK(bed.numbers(0).empty());
    CHECK(bed.numbers(1) == sequence(0, 4));
}

TEST_CASE("a topic that is added to the module begins where the module says", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.start.from = KafkaFrom::latest;
    bed.topics.add_numbers("t", 0, 10);
    bed.topics.add_numbers("u", 0, 10);
    bed.run();
    bed.spec.topics.push_back(topic_like("u"));
    bed.topics.steps.push_back([&] { bed.topics.add_numbers("u", 0, 2); });
    bed.run();
    CHECK(bed.numbers() == sequence(10, 12));
}

TEST_CASE("a topic that does not exist is waited for, others go on", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.start.from = KafkaFrom::latest;
    bed.spec.topics.push_back(topic_like("later"));
    bed.topics.add_numbers("t", 1, 0);
    std::string trouble;
    bed.topics.steps.push_back([&] {
        bed.topics.add_numbers("t", 0, 2);
        bed.topics.add_numbers("later", 2, 3);
    });
    auto report = bed.run();
    CHECK(bed.numbers(0) == sequence(0, 2));
    CHECK(bed.numbers(2) == sequence(0, 3));
    CHECK(report.trouble.empty());
    SECTION("and says so") {
        bed.spec.topics.push_back(topic_like("never"));
        CHECK_THAT(bed.run().trouble, Catch::Contains("topic 'never' does not exist"));
    }
}

TEST_CASE("a topic that can't be looked at is not taken for one to come", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.start.from = KafkaFrom::latest;
    bed.topics.add_numbers("t", 0, 10);
    bed.topics.problems["t"] = "not authorised";
    CHECK_THAT(bed.run().trouble, Catch::Contains("'t': not authorised"));
    bed.topics.problems.clear();
    bed.run();
    CHECK(bed.numbers().empty());
}

TEST_CASE("topics of a pattern are read as they come", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.topics = {topic_like("orders-[a-z]+", TopicMatch::pattern)};
    bed.topics.add_numbers("orders-a", 0, 2);
    bed.topics.add_numbers("orders-9", 1, 2);
    bed.topics.add_numbers("__orders-a", 2, 2);
    bed.topics.steps.push_back([&] { bed.topics.add_numbers("orders-b", 3, 2); });
    bed.run();
    CHECK(bed.numbers(0) == sequence(0, 2));
    CHECK(bed.numbers(1).empty());
    CHECK(bed.numbers(2).empty());
    CHECK(bed.numbers(3) == sequence(0, 2));
}

TEST_CASE("an offset that does not exist any more is reset, and counted", "[ingress][kafka]") {
    ReadingBed bed;
    bed.topics.add_numbers("t", 0, 10);
    bed.run();
    bed.spec.reset = GENERATE(KafkaReset::earliest, KafkaReset::latest);
    bool is_earliest = bed.spec.reset == KafkaReset::earliest;
    auto& log = bed.topics.topics["t"][0];
    SECTION("records were deleted") {
        bed.topics.add_numbers("t", 0, 10);
        log.records.erase(log.records.begin(), log.records.begin() + 15);
        log.first = 15;
        CHECK(bed.run().resets == 1);
        CHECK(bed.numbers().size() == (is_earliest ? 15 : 10));
    }
    SECTION("the topic was made anew") {
        log.records.resize(4);
        CHECK(bed.run().resets == 1);
        CHECK(bed.numbers().size() == (is_earliest ? 14 : 10));
        CHECK(bed.port.durable_state.positions["t/0"] == 4);
    }
}

TEST_CASE("a source has at most ten thousand parts, and says so", "[ingress][kafka]") {
    ReadingBed bed;
    bed.options.backoff_first = std::chrono::hours(1);  // It ends with its first failure.
    // Its topic is a part of its own: that it was met.
    bed.topics.topics["t"].resize(engine::kSourcePartsMax - 1);
    bed.topics.add_numbers("t", 0, 2);
    SECTION("as many are read") {
        auto report = bed.run();
        CHECK(report.partitions == engine::kSourcePartsMax - 1);
        CHECK(bed.numbers() == sequence(0, 2));
    }
    SECTION("one more is refused before anything is kept") {
        bed.topics.topics["t"].resize(engine::kSourcePartsMax);
        CHECK_THAT(bed.run().trouble, Catch::Contains("more than 10000 partitions"));
        CHECK(bed.port.taken.positions.empty());
    }
    SECTION("also when it comes later") {
        bed.topics.steps.push_back([&] {
            bed.topics.topics["t"].resize(engine::kSourcePartsMax);
            bed.topics.add_numbers("t", 0, 2);
        });
        CHECK_THAT(bed.run().trouble, Catch::Contains("divide them among several ingresses"));
        CHECK(bed.port.taken.positions.size() == engine::kSourcePartsMax);
    }
}

}  // namespace sfg::test
