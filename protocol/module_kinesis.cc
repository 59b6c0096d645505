#include "protocol/module_kinesis.h"

#include "protocol/module_entries.h"
#include "protocol/module_ingress.h"

#include <algorithm>
#include <string>

namespace sfg::module_reader {
namespace {

// One word of `type` in a map, and the keys that belong to it.
struct Variant {
    std::string_view type;
    std::vector<std::string_view> needed;
    std::vector<std::string_view> optional;
};

// A map whose `type` is one of the variants, with their keys.
void check_variant(Fields& spec, std::string_view key, const std::vector<Variant>& variants) {
    const YamlNode* map = spec.map(key);
    if (map == nullptr) {
        return;
    }
    Fields fields(spec.context(), *map, spec.place_of(key), spec.conversion());
    std::vector<std::string_view> words;
    for (const Variant& each : variants) {
        words.push_back(each.type);
    }
    const Setting<std::string> type = fields.required_text("type", joined(words));
    const auto found =
        type.value ? std::ranges::find(variants, *type.value, &Variant::type) : variants.end();
    if (found == variants.end()) {
        if (type.value) {
            spec.context().report.error(
                fields.place_of("type"),
                "accepted: " + joined(words),
                {shortened(*type.value), std::string(nearest(*type.value, words))}
            );
        }
        return;
    }
    for (std::string_view each : found->needed) {
        (void)fields.required_text(each, "text");
    }
    for (std::string_view each : found->optional) {
        (void)fields.text(each);
    }
    if (const auto endpoint = fields.text("endpoint"); found->type == "custom-endpoint") {
        if (endpoint.value && !endpoint.value->starts_with("https://")) {
            spec.context().report.error(
                fields.place_of("endpoint"),
                "accepted: a URL that begins with https://",
                {shortened(*endpoint.value), {}}
            );
        }
    }
    fields.finish();
}

void check_aws(Fields& fields) {
    check_variant(
        fields,
        "awsRegion",
        {{"default", {}, {}}, {"specific", {"id"}, {}}, {"custom-endpoint", {"endpoint", "id"}, {}}}
    );
    check_variant(
        fields,
        "awsCredentials",
        {{"default", {}, {}},
         {"basic", {"accessKeyId", "secretAccessKey"}, {}},
         {"profile", {"profileName"}, {"profilePath"}}}
    );
    (void
    )read_entries(fields, "clientConfigProperties", "a setting of Amazon's client, - name: value");
}

void check_start(Fields& spec) {
    const YamlNode* map = spec.map("startupPosition");
    if (map == nullptr) {
        return;
    }
    const std::vector<std::string_view> words{"earliest", "latest", "date"};
    Fields fields(spec.context(), *map, spec.place_of("startupPosition"), spec.conversion());
    const Setting<std::string> type = fields.required_text("type", joined(words));
    if (type.value == "date") {
        (void)read_date(fields, "date");
    } else if (type.value && std::ranges::find(words, *type.value) == words.end()) {
        spec.context().report.error(
            fields.place_of("type"),
            "accepted: " + joined(words),
            {shortened(*type.value), std::string(nearest(*type.value, words))}
        );
    }
    fields.finish();
}

void check_streams(Fields& spec, std::vector<Target>& targets) {
    const YamlNode* list = spec.list("streams");
    Report& report = spec.context().report;
    const Place place = spec.place_of("streams");
    if (list == nullptr || list->values.empty()) {
        report.error(
            list == nullptr ? spec.place().key("streams", place.mark) : place,
            "there is none to read from; accepted: a list of stream, valueType and targets"
        );
        return;
    }
    for (std::size_t i = 0; i < list->values.size(); ++i) {
        const YamlNode& item = list->values[i];
        const Place at = place.item(i, item.mark);
        if (item.kind == YamlNode::Kind::map && !is_reported(item)) {
            Fields stream(spec.context(), item, at, spec.conversion());
            (void)stream.required_text("stream", "a stream's name");
            (void)read_value_type(stream);
            (void)read_targets(stream, targets);
            stream.finish();
        } else if (!is_reported(item)) {
            report.error(
                at,
                "accepted: a map with the keys stream, valueType and targets",
                {seen_text(item), {}}
            );
        }
    }
}

}  // namespace

void check_kinesis_ingress(Fields& fields, std::vector<Target>& targets) {
    check_aws(fields);
    check_start(fields);
    check_streams(fields, targets);
    fields.finish();
}

void check_kinesis_egress(Fields& fields) {
    check_aws(fields);
    const Setting<std::int32_t> most = fields.integer("maxOutstandingRecords");
    if (most.value && *most.value <= 0) {
        fields.context().report.error(
            fields.place_of("maxOutstandingRecords"),
            "accepted: a whole number from 1 to 2147483647",
            {std::to_string(*most.value), {}}
        );
    }
    fields.finish();
}

}  // namespace sfg::module_reader
