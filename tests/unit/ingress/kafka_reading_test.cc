// Reading from Kafka: each record once, in order, whatever fails.
#include "tests/unit/ingress/reading_bed.h"

#include <random>

namespace sfg::test {

TEST_CASE("records become messages, in order, with the position behind them", "[ingress][kafka]") {
    ReadingBed bed;
    bed.topics.add_numbers("t", 0, 1'200);
    bed.topics.add_numbers("t", 1, 3);
    auto report = bed.run();
    CHECK(bed.numbers(0) == sequence(0, 1'200));
    CHECK(bed.numbers(1) == sequence(0, 3));
    CHECK(bed.port.taken.messages.at(0).type == "shop/Order");
    CHECK(bed.port.durable_state.positions["t/0"] == 1'200);
    CHECK(bed.port.durable_state.positions["t/1"] == 3);
    CHECK(report.records == 1'203);
    CHECK(report.messages == 1'203);
    CHECK(report.partitions == 2);
    CHECK(report.trouble.empty());
}

TEST_CASE("F41 each target gets a message, all in one batch", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.topics[0].targets.assign(7, {"shop", "cart"});
    bed.topics.add_numbers("t", 0, 300);
    bed.run();
    CHECK(bed.port.taken.messages.size() == 2'100);
    for (std::size_t messages : bed.port.batches) {
        CHECK(messages % 7 == 0);
    }
}

TEST_CASE("a batch is bounded in bytes, but for one large record", "[ingress][kafka]") {
    ReadingBed bed;
    bed.options.rules.value_bytes_max = 4 * KafkaReading::kBatchBytes;
    for (std::size_t part : {2U, 3U, 3U, 8U}) {
        bed.topics.add("t", 0, {"0", std::string(KafkaReading::kBatchBytes / part * 2, 'x')});
    }
    bed.run();
    CHECK(bed.port.taken.messages.size() == 4);
    bed.port.batches.erase(bed.port.batches.begin());  // Of the beginnings.
    CHECK(bed.port.batches == std::vector<std::size_t>{1, 2, 1});
}

TEST_CASE("what is durable is where it goes on after a crash", "[ingress][kafka]") {
    ReadingBed bed;
    bed.topics.add_numbers("t", 0, 10);
    bed.run();
    bed.topics.add_numbers("t", 0, 5);
    bed.port.crash();
    bed.run();
    CHECK(bed.numbers() == sequence(0, 15));
}

TEST_CASE(
    "R27 F54 invalidRecordHandling decides what becomes of a bad record",
    "[ingress][kafka]"
) {
    ReadingBed bed;
    InvalidRecords& invalid = bed.spec.topics[0].invalid;
    bed.topics.add_numbers("t", 0, 3);
    bed.topics.add("t", 0, {std::nullopt, "4"});
    bed.topics.add("t", 0, {"0", "5"});
    SECTION("deadLetter") {
        auto report = bed.run();
        REQUIRE(bed.port.taken.refused.size() == 1);
        CHECK(bed.port.taken.refused[0].part == "t/0");
        CHECK(bed.port.taken.refused[0].position == 3);
        CHECK_THAT(bed.port.taken.refused[0].record, Catch::Contains("no key"));
        CHECK(report.refused == 1);
        CHECK(bed.numbers() == std::vector<int>{0, 1, 2, 5});
    }
    SECTION("skip") {
        invalid.action = OnInvalidRecord::skip;
        CHECK(bed.run().skipped == 1);
        CHECK(bed.port.taken.refused.empty());
        CHECK(bed.numbers() == std::vector<int>{0, 1, 2, 5});
    }
    SECTION("forward") {
        invalid.action = OnInvalidRecord::forward;
        invalid.function = TypeName{"shop", "odd"};
        CHECK(bed.run().forwarded == 1);
        CHECK(bed.port.taken.messages.at(3) == FakeMessage{"shop/odd/none", "shop/Order", "4"});
    }
    SECTION("fail") {
        invalid.action = OnInvalidRecord::fail;
        auto report = bed.run();
        CHECK(report.has_given_up);
        CHECK_THAT(report.trouble, Catch::Contains("t/0 at offset 3: it has no key"));
        CHECK(bed.port.durable_state.positions["t/0"] == 3);
        CHECK(bed.topics.committed[{"t", 0}] == 3);
        invalid.action = OnInvalidRecord::skip;
        bed.run();
        CHECK(bed.numbers() == std::vector<int>{0, 1, 2, 5});
    }
}

TEST_CASE("R30 many bad records are no large batch", "[ingress][kafka]") {
    ReadingBed bed;
    bed.spec.topics[0].invalid.action =
        GENERATE(OnInvalidRecord::dead_letter, OnInvalidRecord::skip);
    for (int i = 0; i < 12'000; ++i) {
        bed.topics.add("t", 0, {std::nullopt, "x"});
    }
    bed.topics.add_numbers("t", 0, 1);
    auto report = bed.run();
    CHECK(report.refused + report.skipped == 12'000);
    CHECK(bed.numbers() == std::vector<int>{12'000});
}

TEST_CASE("the group hears what is durable, and whether it does", "[ingress][kafka]") {
    ReadingBed bed;
    bed.topics.add_numbers("t", 0, 10);
    CHECK(bed.run().commit_failures == 0);
    CHECK(bed.topics.committed[{"t", 0}] == 10);
    bed.topics.add_numbers("t", 0, 1);
    bed.topics.faults["commit"] = 1;
    CHECK(bed.run().commit_failures == 1);
    CHECK(bed.numbers() == sequence(0, 11));
}

TEST_CASE("what was undone is read again, also when no record comes", "[ingress][kafka]") {
    ReadingBed bed;
    bed.topics.add_numbers("t", 0, 10);
    bed.topics.steps.push_back([&] {
        bed.topics.add_numbers("t", 0, 5);
        bed.port.losses_of_durable = 1;
    });
    SECTION("it waits for more") {
        bed.run();
    }
    SECTION("it has stopped in front of a record") {
        bed.spec.topics[0].invalid.action = OnInvalidRecord::fail;
        bed.topics.steps.push_back([&] {
            bed.topics.add_numbers("t", 0, 1);
            bed.topics.add("t", 0, {std::nullopt, "16"});
            bed.port.losses_of_durable = 2;
        });
        CHECK(bed.run().has_given_up);
        CHECK(bed.numbers() == sequence(0, 16));
        return;
    }
    CHECK(bed.numbers() == sequence(0, 15));
}

TEST_CASE("while there is no room a batch waits, and is not given twice", "[ingress][kafka]") {
    ReadingBed bed;
    bed.topics.add_numbers("t", 0, 1'500);
    bed.topics.steps.push_back([&] {
        bed.topics.add_numbers("t", 0, 1'500);
        bed.port.waits = 50;
    });
    bed.run();
    CHECK(bed.numbers() == sequence(0, 3'000));
}

TEST_CASE("whatever fails, each record becomes a message once and in order", "[ingress][kafka]") {
    std::mt19937 random(GENERATE(range(0, 300)));
    auto below = [&random](int n) {
        return static_cast<int>(random() % static_cast<unsigned>(n));
    };
    ReadingBed bed;
    bed.topics.add_numbers("t", 0, below(2'000));
    bed.topics.add_numbers("t", 1, below(2'000));
    std::vector<std::string> calls = {"open", "find", "offsets_at", "assign", "next", "commit"};
    int lives = 1 + below(5);
    for (int life = 0; life < lives; ++life) {
        for (int step = below(6); step > 0; --step) {
            int kind = below(5);
            int count = below(1'000);
            int call = below(static_cast<int>(calls.size()));
            bed.topics.steps.push_back([&bed, &calls, kind, count, call] {
                switch (kind) {
                    case 0:
                        bed.topics.faults[calls[static_cast<std::size_t>(call)]] = 1 + count % 3;
                        break;
                    case 1:
                        bed.port.losses = 1;
                        break;
                    case 2:
                        bed.port.waits = count % 7;
                        break;
                    case 3:
                        bed.port.losses_of_durable = 1;
                        break;
                    default:
                        break;
                }
                bed.topics.add_numbers("t", static_cast<std::size_t>(count % 3), count);
            });
        }
        bool is_killed = below(2) == 0;
        bed.topics.steps.push_back([&bed, is_killed] { bed.port.is_mute = is_killed; });
        bed.topics.steps.push_back([&bed] { bed.topics.add_numbers("t", 0, 700); });
        bed.options.commit_interval = std::chrono::milliseconds(is_killed ? 3'600'000 : 0);
        bed.run();
        bed.port.is_mute = false;
        if (is_killed) {
            bed.port.crash();
        }
    }
    bed.topics.faults.clear();
    bed.run();
    for (std::size_t i = 0; i < bed.topics.topics["t"].size(); ++i) {
        CHECK(
            bed.numbers(static_cast<int>(i)) ==
            sequence(0, static_cast<int>(bed.topics.topics["t"][i].end()))
        );
    }
}

}  // namespace sfg::test
