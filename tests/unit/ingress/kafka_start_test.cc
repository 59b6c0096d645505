// Where a partition begins that was never read.
#include "gateway/ingress/kafka_start.h"

#include "tests/unit/ingress/fake_topics.h"

#include <catch2/catch.hpp>

namespace sfg::test {
namespace {

struct Bed {
    FakeTopics topics;
    KafkaStart start;
    KafkaReset reset = KafkaReset::latest;

    // Two partitions with the offsets 5 to 14 and times 500 to 1400.
    Bed() {
        for (std::size_t partition : {0U, 1U}) {
            for (int i = 0; i < 10; ++i) {
                topics.add("t", partition, {"k", "v", {}, 500 + 100 * i});
            }
            topics.topics["t"][partition].first = 5;
        }
    }

    std::vector<std::int64_t> offsets() {
        FakeConsumer consumer(topics, [] {});
        auto found = ingress::find_beginnings(consumer, start, reset, {{"t", 0}, {"t", 1}});
        REQUIRE(std::holds_alternative<std::vector<ingress::KafkaBeginning>>(found));
        std::map<KafkaPartition, std::int64_t> offsets;
        for (const auto& each : std::get<std::vector<ingress::KafkaBeginning>>(found)) {
            offsets[each.place.partition] = each.place.offset;
        }
        REQUIRE(offsets.size() == 2);
        return {offsets[{"t", 0}], offsets[{"t", 1}]};
    }
};

using Offsets = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("latest is behind the last record, earliest the first", "[ingress][kafka]") {
    Bed bed;
    bed.start.from = KafkaFrom::latest;
    CHECK(bed.offsets() == Offsets{15, 15});
    bed.start.from = KafkaFrom::earliest;
    CHECK(bed.offsets() == Offsets{5, 5});
}

TEST_CASE("a date is the first record that is as late, or else latest", "[ingress][kafka]") {
    Bed bed;
    bed.start.from = KafkaFrom::date;
    bed.start.date = std::chrono::sys_time(std::chrono::milliseconds(650));
    bed.topics.topics["t"][1].records.resize(1);
    CHECK(bed.offsets() == Offsets{7, 6});
    bed.start.date = std::chrono::sys_time(std::chrono::milliseconds(-1));
    CHECK(bed.offsets() == Offsets{5, 5});
}

TEST_CASE("what the group has not committed is up to the reset position", "[ingress][kafka]") {
    Bed bed;
    bed.start.from = KafkaFrom::group_offsets;
    bed.topics.committed[{"t", 0}] = 9;
    CHECK(bed.offsets() == Offsets{9, 15});
    bed.reset = KafkaReset::earliest;
    CHECK(bed.offsets() == Offsets{9, 5});
}

TEST_CASE("an offset that is not named is the group's", "[ingress][kafka]") {
    Bed bed;
    bed.start.from = KafkaFrom::offsets;
    bed.start.offsets = {{"t", 0, 11}, {"u", 1, 3}};
    bed.topics.committed[{"t", 0}] = 9;
    CHECK(bed.offsets() == Offsets{11, 15});
    bed.topics.committed[{"t", 1}] = 6;
    CHECK(bed.offsets() == Offsets{11, 6});
}

TEST_CASE("brokers that do not answer are told as a problem", "[ingress][kafka]") {
    Bed bed;
    bed.topics.faults["offsets_at"] = 1;
    FakeConsumer consumer(bed.topics, [] {});
    auto found = ingress::find_beginnings(consumer, bed.start, bed.reset, {{"t", 0}});
    CHECK(std::holds_alternative<KafkaProblem>(found));
}

}  // namespace sfg::test
