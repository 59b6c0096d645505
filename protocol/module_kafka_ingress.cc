#include "protocol/module_kafka.h"

#include <utility>

namespace sfg::module_reader {
namespace {

std::string folded(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

KafkaReset read_reset(Fields& fields) {
    const Setting<std::string> text = fields.text("autoOffsetResetPosition");
    if (!text.value) {
        return KafkaReset::latest;
    }
    const std::string word = folded(*text.value);
    if (word != "earliest" && word != "latest") {
        fields.context().report.error(
            fields.place_of("autoOffsetResetPosition"),
            "accepted: earliest or latest",
            {shortened(*text.value), std::string(nearest(word, {"earliest", "latest"}))}
        );
    }
    return word == "earliest" ? KafkaReset::earliest : KafkaReset::latest;
}

void read_headers(Fields& gateway, KafkaIngressSpec& spec) {
    const YamlNode* map = gateway.map("headers");
    if (map == nullptr) {
        return;
    }
    Fields fields(gateway.context(), *map, gateway.place_of("headers"), gateway.conversion());
    spec.id_header = fields.text("id").value;
    spec.type_header = fields.text("type").value;
    fields.finish();
}

// A list with a mistake in it is not empty, too.
bool has_any(const YamlNode* list) {
    return list != nullptr && !(list->kind == YamlNode::Kind::sequence && list->values.empty());
}

UnknownKeys ingress_mistakes() {
    return {
        .misplaced =
            {{"deliverySemantic", "belongs to an egress; ignored"},
             {"type", "belongs under startupPosition; here it is ignored (indent it)"},
             {"valueType", "belongs to each of topics; here it is ignored"},
             {"targets", "belongs to each of topics; here it is ignored"},
             {"topic", "belongs to each of topics; here it is ignored"},
             {"topicPatterns", "belongs under gateway; here it is ignored"}},
        .never_guessed = {},
    };
}

}  // namespace

std::optional<KafkaIngressSpec>
read_kafka_ingress(Fields& fields, const Named& id, std::vector<Target>& targets) {
    Report& report = fields.context().report;
    KafkaProperties properties(fields, kafka::Side::consumer);
    KafkaIngressSpec spec;
    spec.id = id.name;
    spec.where = report.location(id.place);
    const std::optional<std::string> brokers = properties.brokers(fields);
    const std::optional<std::string> group = properties.group(fields);
    std::optional<Fields> gateway;
    if (const YamlNode* map = fields.map("gateway")) {
        gateway.emplace(fields.context(), *map, fields.place_of("gateway"), Conversion::jackson);
        read_headers(*gateway, spec);
    }
    const bool has_topics =
        has_any(fields.take("topics")) || (gateway && has_any(gateway->take("topicPatterns")));
    spec.topics = read_kafka_topics(fields, gateway ? &*gateway : nullptr, targets);
    if (gateway) {
        gateway->finish();
    }
    spec.start = read_kafka_start(fields, spec.topics);
    spec.reset = read_reset(fields);
    spec.properties = properties.finish(report);
    fields.finish(ingress_mistakes());
    if (spec.topics.empty() && (!has_topics || !report.has_errors())) {
        report.error(
            fields.place_of("topics").key_path == fields.place().key_path
                ? fields.place().key("topics", fields.place().mark)
                : fields.place_of("topics"),
            "there is none to read from; accepted: a list of topic, valueType and targets"
        );
    }
    if (!brokers || !group || spec.topics.empty()) {
        return std::nullopt;
    }
    spec.brokers = *brokers;
    spec.group = *group;
    return spec;
}

}  // namespace sfg::module_reader
