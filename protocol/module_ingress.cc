#include "protocol/module_ingress.h"

#include "protocol/date.h"
#include "protocol/module_names.h"

#include <utility>

namespace sfg::module_reader {

std::vector<TypeName> read_targets(Fields& topic, std::vector<Target>& all) {
    constexpr std::string_view kAccepted = "a list of functions, namespace/name";
    std::vector<TypeName> targets;
    Report& report = topic.context().report;
    const Place place = topic.place_of("targets");
    const YamlNode* list = topic.list("targets");
    if (list == nullptr || list->values.empty()) {
        if (list != nullptr || topic.take("targets") == nullptr) {
            report.error(
                place.key_path.ends_with("targets") ? place : place.key("targets", place.mark),
                "there is none, so that records would go nowhere; accepted: " +
                    std::string(kAccepted)
            );
        }
        return targets;
    }
    if (list->values.size() > kTargetsMax) {
        report.error(
            place,
            std::to_string(list->values.size()) + " functions; accepted: up to " +
                std::to_string(kTargetsMax) + ", since each record becomes a message to each"
        );
        return targets;
    }
    for (std::size_t i = 0; i < list->values.size(); ++i) {
        const YamlNode& item = list->values[i];
        const Place at = place.item(i, item.mark);
        if (is_reported(item)) {
            continue;
        }
        if (item.kind != YamlNode::Kind::scalar) {
            report.error(at, "accepted: a function, namespace/name", {seen_text(item), {}});
            continue;
        }
        std::optional<TypeName> name = read_name(report, at, item.text, "a function");
        if (name) {
            all.push_back({*name, at, report.file()});
            targets.push_back(std::move(*name));
        }
    }
    return targets;
}

std::optional<std::string> read_value_type(Fields& topic) {
    const Setting<std::string> type =
        topic.required_text("valueType", "the typename of the messages, such as shop/Order");
    if (type.value && !TypeName::parse(*type.value)) {
        topic.context().report.warning(
            topic.place_of("valueType"),
            "no SDK has types of such a name; a typename is namespace/name",
            {"\"" + shortened(*type.value) + "\"", {}}
        );
    }
    return type.value;
}

std::optional<std::chrono::sys_time<std::chrono::milliseconds>>
read_date(Fields& fields, std::string_view key) {
    const Setting<std::string> text = fields.required_text(key, kDateAccepted);
    if (!text.value) {
        return std::nullopt;
    }
    Report& report = fields.context().report;
    const std::optional<Date> date = parse_date(*text.value);
    const Seen seen{shortened(*text.value), {}};
    if (!date) {
        report.error(fields.place_of(key), "accepted: " + std::string(kDateAccepted), seen);
        return std::nullopt;
    }
    if (date->form == DateForm::other && key == "date") {
        report.warning(
            fields.place_of(key),
            "StateFun refuses this form (although its documentation shows it); it takes "
            "2020-02-01 04:15:00.000 +0000",
            seen
        );
    }
    return date->time;
}

}  // namespace sfg::module_reader
