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

std::variant<Conf, std::string> make_conf(const std::vector<KafkaProperty>& all) {
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
    return make_conf(all);
}

std::variant<Conf, std::string>
make_position_conf(const KafkaEgressSpec& spec, const std::string& group) {
    std::vector<KafkaProperty> all = {
        {"bootstrap.servers", spec.brokers},
        {"client.id", "statefun-gateway"},
        {"socket.nagle.disable", "true"},
    };
    all.insert(all.end(), spec.properties.begin(), spec.properties.end());
    all.push_back({"group.id", group});
    all.push_back({"enable.auto.commit", "false"});
    return make_conf(all);
}

std::variant<Conf, std::string> make_consumer_conf(const KafkaIngressSpec& spec) {
    std::vector<KafkaProperty> all = {
        {"bootstrap.servers", spec.brokers},
        {"group.id", spec.group},
        {"client.id", "statefun-gateway"},
        {"socket.nagle.disable", "true"},
        {"fetch.error.backoff.ms", "100"},
        // A broker answers nothing else as long as it waits for records.
        {"fetch.wait.max.ms", "100"},
        // Fetched ahead: so many records or KiB, and one answer of a broker more.
        {"queued.min.messages", "10000"},
        {"queued.max.messages.kbytes", "2048"},
        {"fetch.message.max.bytes", "262144"},
        // Nobody is a member of the group, so nobody is put out of it.
        {"max.poll.interval.ms", "86400000"},
    };
    all.insert(all.end(), spec.properties.begin(), spec.properties.end());
    all.push_back({"enable.auto.commit", "false"});
    all.push_back({"enable.auto.offset.store", "false"});
    all.push_back({"auto.offset.reset", "error"});
    return make_conf(all);
}

}  // namespace sfg::kafka
