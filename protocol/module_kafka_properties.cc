#include "protocol/module_entries.h"
#include "protocol/module_kafka.h"

#include <utility>

namespace sfg::module_reader {

KafkaProperties::KafkaProperties(Fields& fields, kafka::Side user) {
    for (Entry& entry :
         read_entries(fields, "properties", "a setting of Kafka's client, - name: value")) {
        settings_.push_back({std::move(entry.name), std::move(entry.value)});
        places_.push_back(std::move(entry.place));
    }
    translation_ = kafka::translate(user, settings_);
}

std::optional<std::string> KafkaProperties::named(
    Fields& fields,
    std::string_view key,
    std::string_view accepted,
    const std::optional<std::string>& property
) {
    if (fields.take(key) == nullptr && property && !property->empty()) {
        return property;
    }
    const Setting<std::string> field = fields.required_text(key, accepted);
    if (field.value && field.value->empty()) {
        fields.context().report.error(
            fields.place_of(key), "empty; accepted: " + std::string(accepted)
        );
        return std::nullopt;
    }
    return field.value;
}

std::optional<std::string> KafkaProperties::brokers(Fields& fields) {
    return named(fields, "address", "the brokers, host:port,host:port", translation_.brokers);
}

std::optional<std::string> KafkaProperties::group(Fields& fields) {
    return named(fields, "consumerGroupId", "the name of a group", translation_.group);
}

std::vector<KafkaProperty> KafkaProperties::finish(Report& report) {
    for (kafka::Note& note : translation_.notes) {
        const Place& place = places_[note.setting];
        const Seen seen{
            shortened(kafka::shown_value(settings_[note.setting])), std::move(note.suggestion)
        };
        if (note.severity == Severity::error) {
            report.error(place, std::move(note.message), seen);
        } else {
            report.warning(place, std::move(note.message), seen);
        }
    }
    std::vector<KafkaProperty> properties;
    for (kafka::Translated& each : translation_.properties) {
        properties.push_back(std::move(each.property));
    }
    return properties;
}

}  // namespace sfg::module_reader
