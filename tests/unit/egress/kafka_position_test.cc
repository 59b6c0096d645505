// The position of an egress, read from librdkafka's broker within the process.
#include "gateway/egress/kafka_position.h"

#include <catch2/catch.hpp>
#include <librdkafka/rdkafka_mock.h>

#include <array>

using namespace sfg;

namespace {

constexpr std::int16_t kOffsetFetch = 9;  // Of Kafka's requests.

struct MockBroker {
    kafka::Handle owner;
    std::unique_ptr<rd_kafka_mock_cluster_t, kafka::Freed<rd_kafka_mock_cluster_destroy>> cluster;
    KafkaEgressSpec spec;

    MockBroker() {
        std::array<char, 512> text{};
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(conf, nullptr);
        owner.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, text.data(), text.size()));
        REQUIRE(owner);
        cluster.reset(rd_kafka_mock_cluster_new(owner.get(), 1));
        REQUIRE(cluster);
        spec.brokers = rd_kafka_mock_cluster_bootstraps(cluster.get());
        spec.properties = {{"acks", "all"}, {"linger.ms", "5"}};  // A producer's.
    }

    auto read() { return kafka::read_position(spec, "g", std::chrono::seconds(10)); }
};

}  // namespace

TEST_CASE("a broker that knows of no position says so", "[egress][kafka][rdkafka]") {
    MockBroker broker;
    auto read = broker.read();
    REQUIRE(std::holds_alternative<std::optional<egress::KafkaPosition>>(read));
    CHECK_FALSE(std::get<0>(read).has_value());
}

TEST_CASE(
    "a coordinator that moves while the position is read ends nothing",
    "[egress][kafka][rdkafka]"
) {
    auto code = GENERATE(
        RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
        RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
        RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE
    );
    MockBroker broker;
    rd_kafka_mock_push_request_errors(broker.cluster.get(), kOffsetFetch, 1, code);
    auto read = broker.read();
    // It is asked again, or whoever asked is told that it may.
    if (auto* failed = std::get_if<kafka::FailedRead>(&read)) {
        CHECK(failed->code == code);
        read = broker.read();
    }
    REQUIRE(std::holds_alternative<std::optional<egress::KafkaPosition>>(read));
}
