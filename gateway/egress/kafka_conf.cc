#include "gateway/egress/kafka_conf.h"

#include "gateway/runtime/log.h"

#include <algorithm>
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

// What is the same of all clients; the module's own properties come behind it.
template <typename Spec>
std::vector<KafkaProperty> common_settings(const Spec& spec) {
    std::vector<KafkaProperty> all = {
        {"bootstrap.servers", spec.brokers},
        {"client.id", "statefun-gateway"},
        {"socket.nagle.disable", "true"},
    };
    // As Java's clients; librdkafka's default of 10 s makes long work of a broker that is back. A
    // first pause that is longer would be refused.
    bool has_own = std::ranges::any_of(spec.properties, [](const KafkaProperty& property) {
        return property.name == "reconnect.backoff.ms";
    });
    if (!has_own) {
        all.push_back({"reconnect.backoff.max.ms", "1000"});
    }
    return all;
}

void append(std::vector<KafkaProperty>& all, const std::vector<KafkaProperty>& more) {
    all.insert(all.end(), more.begin(), more.end());
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
    std::vector<KafkaProperty> all = common_settings(spec);
    append(
        all,
        {
            // Measured: 100 ms, the default, is what a transaction's tail is made of.
            {"retry.backoff.ms", "10"},
            // How long a topic that is not known is looked for; nothing else goes out meanwhile.
            {"topic.metadata.propagation.max.ms", "3000"},
        }
    );
    append(all, spec.properties);
    if (!transactional_id.empty()) {
        all.push_back({"transactional.id", transactional_id});
    }
    return make_conf(all);
}

std::variant<Conf, std::string>
make_position_conf(const KafkaEgressSpec& spec, const std::string& group) {
    std::vector<KafkaProperty> all = common_settings(spec);
    append(all, spec.properties);
    all.push_back({"group.id", group});
    all.push_back({"enable.auto.commit", "false"});
    return make_conf(all);
}

std::variant<Conf, std::string> make_consumer_conf(const KafkaIngressSpec& spec) {
    std::vector<KafkaProperty> all = common_settings(spec);
    append(
        all,
        {
            {"group.id", spec.group},
            {"fetch.error.backoff.ms", "100"},
            // A broker answers nothing else as long as it waits for records.
            {"fetch.wait.max.ms", "100"},
            // Fetched ahead: so many records or KiB, and one answer of a broker more.
            {"queued.min.messages", "10000"},
            {"queued.max.messages.kbytes", "2048"},
            {"fetch.message.max.bytes", "262144"},
            // Nobody is a member of the group, so nobody is put out of it.
            {"max.poll.interval.ms", "86400000"},
        }
    );
    append(all, spec.properties);
    all.push_back({"enable.auto.commit", "false"});
    all.push_back({"enable.auto.offset.store", "false"});
    all.push_back({"auto.offset.reset", "error"});
    return make_conf(all);
}

}  // namespace sfg::kafka
