// The settings of librdkafka's clients, as librdkafka has taken them.
#include "gateway/egress/kafka_conf.h"

#include <catch2/catch.hpp>

#include <array>
#include <string>

namespace sfg {

namespace {

using Properties = std::vector<KafkaProperty>;
using Made = std::variant<kafka::Conf, std::string>;

std::string setting(const Made& made, const std::string& name) {
    const auto* conf = std::get_if<kafka::Conf>(&made);
    REQUIRE(conf != nullptr);
    std::array<char, 200> text{};
    std::size_t size = text.size();
    REQUIRE(rd_kafka_conf_get(conf->get(), name.c_str(), text.data(), &size) == RD_KAFKA_CONF_OK);
    return text.data();
}

struct Clients {
    KafkaIngressSpec ingress;
    KafkaEgressSpec egress;

    explicit Clients(const Properties& properties) {
        ingress.brokers = egress.brokers = "broker:9092";
        ingress.properties = egress.properties = properties;
        ingress.group = "g";
    }

    // Of the consumer, the producer and the reader of its position.
    [[nodiscard]] std::vector<std::string> settings(const std::string& name) const {
        return {
            setting(kafka::make_consumer_conf(ingress), name),
            setting(kafka::make_producer_conf(egress, "id"), name),
            setting(kafka::make_position_conf(egress, "group"), name)
        };
    }
};

std::vector<std::string> all(const std::string& value) {
    return {value, value, value};
}

}  // namespace

TEST_CASE("a broker that is back is tried within a second", "[kafka]") {
    CHECK(Clients(Properties()).settings("reconnect.backoff.max.ms") == all("1000"));
    Clients own(Properties{{"reconnect.backoff.max.ms", "20000"}});
    CHECK(own.settings("reconnect.backoff.max.ms") == all("20000"));
}

TEST_CASE("a longer first pause of the module's is not refused", "[kafka]") {
    Clients own(Properties{{"reconnect.backoff.ms", "5000"}});
    CHECK(own.settings("reconnect.backoff.ms") == all("5000"));
    CHECK(own.settings("reconnect.backoff.max.ms") == all("10000"));
}

TEST_CASE("what the gateway decides can't be set by a module", "[kafka]") {
    Clients own(Properties{{"auto.offset.reset", "latest"}, {"enable.auto.commit", "true"}});
    CHECK(setting(kafka::make_consumer_conf(own.ingress), "auto.offset.reset") == "error");
    CHECK(setting(kafka::make_consumer_conf(own.ingress), "enable.auto.commit") == "false");
    CHECK(setting(kafka::make_producer_conf(own.egress, "id"), "transactional.id") == "id");
}

TEST_CASE("a setting that librdkafka does not know is named", "[kafka]") {
    Clients wrong(Properties{{"no.such.setting", "1"}});
    auto made = kafka::make_producer_conf(wrong.egress, "");
    REQUIRE(std::holds_alternative<std::string>(made));
    CHECK_THAT(std::get<std::string>(made), Catch::Contains("no.such.setting"));
}

}  // namespace sfg
