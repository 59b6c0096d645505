#include "gateway/cli/sentences.h"

#include "protocol/duration.h"
#include "protocol/module_url.h"

#include <string_view>

namespace sfg::cli {

namespace {

// "a", "a and b", "a, b and c".
template <typename List, typename Text>
std::string listed(const List& list, Text&& text) {
    std::string out;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const bool last = i + 1 == list.size();
        out += i == 0 ? "" : (last ? " and " : ", ");
        out += text(list[i]);
    }
    return out;
}

std::string names(const std::vector<TypeName>& list) {
    return listed(list, [](const TypeName& each) { return each.text(); });
}

std::string_view on_invalid(OnInvalidRecord action) {
    switch (action) {
        case OnInvalidRecord::dead_letter:
            return "become dead letters";
        case OnInvalidRecord::skip:
            return "are logged and dropped";
        case OnInvalidRecord::forward:
            return "go to ";
        case OnInvalidRecord::fail:
            break;
    }
    return "stop this ingress";
}

}  // namespace

std::string sentence(const EndpointSpec& endpoint) {
    const FunctionPattern& functions = endpoint.functions;
    std::string text = functions.name ? "a message for " + functions.text()
                                      : "a message for any function of " + functions.ns;
    text += " is posted to " + module_reader::shown_url(endpoint.url_template) + ", with at most ";
    text += endpoint.batch_messages_max == 0 ? std::string("16 MiB")
                                             : std::to_string(endpoint.batch_messages_max);
    text += " of one entity's in a call, which may take " + duration_text(endpoint.call_timeout);
    return text;
}

std::string sentence(const PlaygroundIngressSpec& ingress) {
    return "PUT /{namespace}/{type}/{id} on port " + std::to_string(ingress.port) +
           " brings a message in (0 is any free port)";
}

std::string sentence(const PlaygroundEgressSpec& egress) {
    if (egress.topics.empty()) {
        return "records to " + std::string(kPlaygroundEgress) + " wait: no topic can be read";
    }
    return "GET /{topic} on port " + std::to_string(egress.port) + " takes the oldest record of " +
           listed(egress.topics, [](const std::string& topic) { return topic; }) +
           ", which functions send to " + std::string(kPlaygroundEgress);
}

std::string sentence(const KafkaIngressSpec& ingress) {
    return ingress.id.text() + " reads from the brokers " + ingress.brokers + " as group " +
           ingress.group + "; a partition without a stored position starts at " +
           ingress.start.text() + "; where an offset is gone it goes on at " +
           std::string(text_of(ingress.reset));
}

std::string sentence(const KafkaTopic& topic) {
    std::string text = topic.match == TopicMatch::name ? "a record of topic " + topic.topic
                                                       : "a record of a topic like " + topic.topic;
    text += " becomes a message " + topic.value_type + " to " + names(topic.targets) +
            ", its key the id; records that can't " + std::string(on_invalid(topic.invalid.action));
    if (topic.invalid.function) {
        text += topic.invalid.function->text();
    }
    return text;
}

std::string sentence(const KafkaEgressSpec& egress) {
    std::string text = "records that functions send to " + egress.id.text() +
                       " are written to the brokers " + egress.brokers + " " +
                       std::string(text_of(egress.delivery));
    if (egress.delivery == KafkaDelivery::exactly_once) {
        text += ", in transactions begun every " + duration_text(egress.commit_interval) +
                ", of at most " + duration_text(egress.transaction_timeout);
    }
    return text;
}

std::string sentence(const KinesisSpec& component) {
    const bool reads = component.role == KinesisSpec::Role::ingress;
    return component.id.text() + (reads ? ": nothing is read from Kinesis by this version"
                                        : ": records wait, this version does not write to Kinesis");
}

std::vector<std::string> sentences(const ModuleSpec& spec) {
    std::vector<std::string> all;
    const auto add = [&all](const auto& list) {
        for (const auto& each : list) {
            all.push_back(sentence(each));
        }
    };
    add(spec.endpoints);
    for (const KafkaIngressSpec& ingress : spec.kafka_ingresses) {
        all.push_back(sentence(ingress));
        add(ingress.topics);
    }
    add(spec.kafka_egresses);
    add(spec.kinesis);
    if (spec.playground_ingress) {
        all.push_back(sentence(*spec.playground_ingress));
    }
    if (spec.playground_egress) {
        all.push_back(sentence(*spec.playground_egress));
    }
    return all;
}

}  // namespace sfg::cli
