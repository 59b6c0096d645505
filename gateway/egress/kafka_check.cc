#include "gateway/egress/kafka_check.h"

#include "gateway/egress/kafka_conf.h"

#include <array>
#include <utility>
#include <variant>

namespace sfg::kafka {

namespace {

// A client that is made and thrown away.
std::optional<std::string> try_out(rd_kafka_type_t type, std::variant<Conf, std::string> made) {
    if (auto* reason = std::get_if<std::string>(&made)) {
        return std::move(*reason);
    }
    auto conf = std::get<Conf>(std::move(made));
    std::array<char, 512> text{};
    Handle handle(rd_kafka_new(type, conf.get(), text.data(), text.size()));
    if (!handle) {
        return text.data();
    }
    (void)conf.release();  // It is the handle's now.
    return std::nullopt;
}

}  // namespace

// Without brokers there is nobody that the client could connect to.
std::optional<std::string> check_settings(const KafkaIngressSpec& spec) {
    KafkaIngressSpec alone = spec;
    alone.brokers.clear();
    return try_out(RD_KAFKA_CONSUMER, make_consumer_conf(alone));
}

std::optional<std::string> check_settings(const KafkaEgressSpec& spec) {
    KafkaEgressSpec alone = spec;
    alone.brokers.clear();
    bool is_transactional = spec.delivery == KafkaDelivery::exactly_once;
    return try_out(
        RD_KAFKA_PRODUCER, make_producer_conf(alone, is_transactional ? "validate" : "")
    );
}

}  // namespace sfg::kafka
