// The kinds io.statefun.playground.v1/ingress and egress.
#include "protocol/module_components.h"

#include <string_view>
#include <unordered_set>
#include <utility>

namespace sfg::module_reader {
namespace {

std::uint16_t read_port(Fields& fields) {
    const Setting<std::int32_t> port = fields.integer("port");
    Report& report = fields.context().report;
    if (!port.present) {
        report.warning(
            fields.place().key("port", fields.place().mark),
            "missing: the system picks a free port (0)"
        );
    }
    if (port.value && (*port.value < 0 || *port.value > UINT16_MAX)) {
        report.error(
            fields.place_of("port"),
            "accepted: a port from 1 to 65535, or 0 for any free one",
            {std::to_string(*port.value), {}}
        );
        return 0;
    }
    return static_cast<std::uint16_t>(port.value_or(0));
}

std::vector<std::string> read_topics(Fields& fields) {
    std::vector<std::string> topics;
    Report& report = fields.context().report;
    const Place place = fields.place_of("topics");
    const YamlNode* list = fields.list("topics");
    if (list == nullptr) {
        if (fields.take("topics") == nullptr) {
            report.warning(
                fields.place().key("topics", fields.place().mark),
                "missing: no record can be read from this egress"
            );
        }
        return topics;
    }
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < list->values.size(); ++i) {
        const YamlNode& item = list->values[i];
        const Place at = place.item(i, item.mark);
        if (is_reported(item)) {
            continue;
        }
        if (item.kind != YamlNode::Kind::scalar || item.text.empty()) {
            report.error(at, "accepted: the name of a topic", {seen_text(item), {}});
        } else if (!seen.insert(item.text).second) {
            report.warning(at, "this topic is in the list already", {shortened(item.text), {}});
        } else {
            topics.push_back(item.text);
        }
    }
    return topics;
}

}  // namespace

PlaygroundIngressSpec read_playground_ingress(Fields& fields) {
    PlaygroundIngressSpec spec;
    spec.port = read_port(fields);
    spec.where = fields.context().report.location(fields.place());
    return spec;
}

PlaygroundEgressSpec read_playground_egress(Fields& fields) {
    PlaygroundEgressSpec spec;
    spec.port = read_port(fields);
    spec.topics = read_topics(fields);
    spec.where = fields.context().report.location(fields.place());
    return spec;
}

}  // namespace sfg::module_reader
