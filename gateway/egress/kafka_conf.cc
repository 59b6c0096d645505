#include "gateway/egress/kafka_conf.h"

#include "gateway/runtime/log.h"

#include <array>
#include <vector>

namespace sfg::kafka {

namespace {

// What matters comes back as an error as well; librdkafka repeats itself much.
void on_log(const rd_kafka_t*, int level, const char* facility, const char* text) {
    constexpr int kError = 3;
    if (level <= kError) {
        log::debug("kafka", text, {{"facility", facility}});
    }
}

}  // namespace

std::variant<Conf, std::string>
make_producer_conf(const KafkaEgressSpec& spec, const std::string& transactional_id) {
    std::vector<KafkaProperty> all = {
        {"bootstrap.servers", spec.brokers},
        {"client.id", "statefun-gateway"},
        // Measured: 100 ms, the default, is what a transaction's tail is made of.
        {"retry.backoff.ms", "10"},
        {"socket.nagle.disable", "true"},
        // How long a topic that is not known is looked for; nothing else goes out meanwhile.
        {"topic.metadata.propagation.max.ms", "3000"},
    };
    all.insert(all.end(), spec.properties.begin(), spec.properties.end());
    if (!transactional_id.empty()) {
        all.push_back({"transactional.id", transactional_id});
    }
    Conf conf(rd_kafka_conf_new());
    rd_kafka_conf_set_log_cb(conf.get(), &on_log);
    std::array<char, 512> text{};
    for (const KafkaProperty& property : all) {
        auto result = rd_kafka_conf_set(
            conf.get(), property.name.c_str(), property.value.c_str(), text.data(), text.size()
        );
        if (result != RD_KAFKA_CONF_OK) {
            return std::string(text.data());
        }
    }
    return conf;
}

}  // namespace sfg::kafka
