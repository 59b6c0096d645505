// The layout 3.0: one document, all components below `module.spec`.
#include "protocol/module_documents.h"
#include "protocol/module_names.h"

#include <array>
#include <string>
#include <utility>

namespace sfg::module_reader {
namespace {

// The short kinds of the layout; every other name is taken as it is.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kShortKinds{{
    {"http", "io.statefun.endpoints.v1/http"},
    {"io.statefun.kafka/ingress", "io.statefun.kafka.v1/ingress"},
    {"io.statefun.kafka/egress", "io.statefun.kafka.v1/egress"},
    {"io.statefun.kinesis/ingress", "io.statefun.kinesis.v1/ingress"},
    {"io.statefun.kinesis/egress", "io.statefun.kinesis.v1/egress"},
}};

// One of the three lists: "endpoints" of "endpoint", whose meta names its kind under `kind_key`.
struct Section {
    std::string_view list;
    std::string_view item;
    std::string_view kind_key;
    bool has_id;
};

constexpr std::array<Section, 3> kSections{{
    {"endpoints", "endpoint", "kind", false},
    {"ingresses", "ingress", "type", true},
    {"egresses", "egress", "type", true},
}};

// True if the version is "3.0". All others get the advice that helps them.
bool check_version(Fields& root) {
    const Setting<std::string> version = root.required_text(
        "version", "\"3.0\" in quotes, for a document with module instead of kind"
    );
    if (!version.value || *version.value == "3.0") {
        return version.value.has_value();
    }
    const bool old = version.value->starts_with("1.") || version.value->starts_with("2.");
    std::string message =
        "unknown version; accepted: \"3.0\", or no version at all and one "
        "document with kind and spec per component";
    if (old) {
        message = "the layout " + shortened(*version.value) +
                  " is too old; \"statefun-gateway migrate FILE\" writes it anew, each component a "
                  "document with kind and spec";
    } else if (version.value->starts_with("3.")) {
        message =
            "from StateFun 3.1 on there is no version: write each component as a document "
            "with kind and spec";
    }
    root.context().report.error(
        root.place_of("version"), std::move(message), {"\"" + shortened(*version.value) + "\"", {}}
    );
    return false;
}

std::optional<Named> read_id(Fields& meta) {
    const Setting<std::string> text = meta.required_text("id", "an identifier, namespace/name");
    if (!text.value) {
        return std::nullopt;
    }
    const Place place = meta.place_of("id");
    std::optional<TypeName> name =
        read_name(meta.context().report, place, *text.value, "an identifier");
    return name ? std::optional(Named{std::move(*name), place}) : std::nullopt;
}

void read_item(Fields& item, const Section& section, Bindings& bindings) {
    const YamlNode* body = item.required_map(section.item, "a map with the keys meta and spec");
    item.finish();
    if (body == nullptr) {
        return;
    }
    Fields fields(item.context(), *body, item.place_of(section.item), Conversion::none);
    const YamlNode* meta_map = fields.required_map("meta", "a map that names the kind");
    if (meta_map == nullptr) {
        fields.take("spec");
        fields.finish();
        return;
    }
    Fields meta(item.context(), *meta_map, fields.place_of("meta"), Conversion::none);
    const Setting<std::string> kind = meta.required_text(section.kind_key, "the kind's name");
    const std::optional<Named> id = section.has_id ? read_id(meta) : std::nullopt;
    meta.finish();
    const YamlNode* spec = nullptr;
    const std::string_view full = full_kind(kind.value ? *kind.value : std::string_view{});
    if (Bindings::is_known_kind(full)) {
        spec = fields.required_map("spec", "a map, the component's settings");
    } else {
        fields.take("spec");
    }
    // An id that is wrong has been reported; the spec would be told that it has none.
    if (kind.value && (id || !section.has_id || !Bindings::is_known_kind(full))) {
        bindings.add({full, meta.place_of(section.kind_key), spec, fields.place_of("spec"), id});
    }
    fields.finish();
}

void read_section(Fields& spec, const Section& section, Bindings& bindings) {
    const Place place = spec.place_of(section.list);
    const YamlNode* list = spec.list(section.list);
    if (list == nullptr) {
        return;
    }
    for (std::size_t i = 0; i < list->values.size(); ++i) {
        const YamlNode& value = list->values[i];
        const Place at = place.item(i, value.mark);
        if (value.kind == YamlNode::Kind::map && !is_reported(value)) {
            Fields item(spec.context(), value, at, Conversion::none);
            read_item(item, section, bindings);
        } else if (!is_reported(value)) {
            spec.context().report.error(
                at,
                "accepted: a map with the key " + std::string(section.item),
                {seen_text(value), {}}
            );
        }
    }
}

void check_type(Fields& module) {
    const YamlNode* map = module.required_map("meta", "a map with type: remote");
    if (map == nullptr) {
        return;
    }
    Fields meta(module.context(), *map, module.place_of("meta"), Conversion::none);
    const Setting<std::string> type = meta.required_text("type", "remote");
    meta.finish();
    if (!type.value) {
        return;
    }
    std::string folded = *type.value;
    for (char& c : folded) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    if (folded != "remote") {
        module.context().report.error(
            meta.place_of("type"),
            "accepted: remote",
            {shortened(*type.value), std::string(nearest(folded, {"remote"}))}
        );
    }
}

UnknownKeys old_lists() {
    return {
        .misplaced =
            {{"functions", "a list of the layouts 1.0 and 2.0; ignored, write endpoints"},
             {"routers", "a list of the layout 1.0; ignored, an ingress names its targets"}},
        .never_guessed = {},
    };
}

}  // namespace

std::string_view full_kind(std::string_view kind) {
    for (const auto& [name, full] : kShortKinds) {
        if (kind == name) {
            return full;
        }
    }
    return kind;
}

void read_layout_30(Context context, const YamlNode& root, const Place& place, Bindings& bindings) {
    Fields fields(context, root, place, Conversion::none);
    if (!check_version(fields)) {
        return;
    }
    const YamlNode* module_map = fields.required_map("module", "a map with the keys meta and spec");
    fields.finish();
    if (module_map == nullptr) {
        return;
    }
    Fields module(context, *module_map, fields.place_of("module"), Conversion::none);
    check_type(module);
    const YamlNode* spec_map =
        module.required_map("spec", "a map with the lists endpoints, ingresses and egresses");
    module.finish();
    if (spec_map == nullptr) {
        return;
    }
    Fields spec(context, *spec_map, module.place_of("spec"), Conversion::none);
    for (const Section& section : kSections) {
        read_section(spec, section, bindings);
    }
    spec.finish(old_lists());
}

}  // namespace sfg::module_reader
