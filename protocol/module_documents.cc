#include "protocol/module_documents.h"

#include "protocol/module_placeholders.h"
#include "protocol/yaml_hints.h"

#include <string>
#include <utility>

namespace sfg::module_reader {
namespace {

constexpr std::string_view kShape =
    "accepted: a map with the keys kind and spec; documents are separated by ---";

// Kubernetes objects have an apiVersion, StateFun's components never.
void refuse_kubernetes(Report& report, Fields& fields) {
    const Setting<std::string> kind = fields.text("kind");
    const std::string name = kind.value_or("object");
    std::string message = "this is a Kubernetes " + shortened(name) + ", not a module";
    const YamlNode* data = fields.take("data");
    if (name == "ConfigMap" && data != nullptr) {
        message +=
            "; the module is the text below data[\"module.yaml\"]: save that as a file (for "
            "example: kubectl get configmap NAME -o jsonpath='{.data.module\\.yaml}')";
    }
    report.error(fields.place_of("apiVersion"), std::move(message));
}

// Keys of specs that lost their indentation, and of the layouts before 3.1.
UnknownKeys component_mistakes() {
    UnknownKeys unknown;
    for (std::string_view key :
         {"functions", "urlPathTemplate", "maxNumBatchRequests", "transport", "port", "topics"}) {
        unknown.misplaced.push_back({key, "belongs under spec; here it is ignored (indent it)"});
    }
    unknown.misplaced.push_back({"version", "has no meaning in a document with a kind; ignored"});
    return unknown;
}

void read_component(Context context, const YamlNode& root, const Place& place, Bindings& bindings) {
    Fields fields(context, root, place, Conversion::none);
    const Setting<std::string> kind = fields.required_text(
        "kind", "the kind of a component, such as io.statefun.endpoints.v2/http"
    );
    const Place kind_place = fields.place_of("kind");
    // The spec of a kind that can't be read here is not judged.
    const bool readable = kind.value && Bindings::is_known_kind(*kind.value);
    const YamlNode* spec = nullptr;
    if (readable) {
        spec = fields.required_map("spec", "a map, the component's settings");
    } else {
        fields.take("spec");
    }
    if (kind.value) {
        bindings.add({*kind.value, kind_place, spec, fields.place_of("spec")});
    }
    fields.finish(readable ? component_mistakes() : UnknownKeys{});
}

void report_no_map(Report& report, const YamlNode& root, const Place& place) {
    std::string message(kShape);
    const std::string_view hint = template_hint(root.text);
    if (!hint.empty()) {
        message += " (" + std::string(hint) + ")";
    }
    report.error(place, std::move(message), {seen_text(root), {}});
}

bool has_key(const YamlNode& map, std::string_view key) {
    return find_value(map, key) != nullptr;
}

}  // namespace

void read_document(Context context, YamlDocument& document, bool alone, Bindings& bindings) {
    Report& report = context.report;
    if (document.problem) {
        report.error({document.number, document.problem->mark, {}}, document.problem->message);
        return;
    }
    if (!document.root) {
        return;
    }
    const Place place{document.number, document.root->mark, {}};
    fill_placeholders(report, *document.root, place, context.options);
    const YamlNode& root = *document.root;
    check_tree(report, root, place);
    if (is_placeholder(root) || root.kind == YamlNode::Kind::alias) {
        return;
    }
    if (root.kind != YamlNode::Kind::map) {
        report_no_map(report, root, place);
        return;
    }
    Fields fields(context, root, place, Conversion::jackson);
    if (has_key(root, "apiVersion")) {
        refuse_kubernetes(report, fields);
        return;
    }
    const bool layout_30 =
        !has_key(root, "kind") && (has_key(root, "version") || has_key(root, "module"));
    if (!layout_30) {
        read_component(context, root, place, bindings);
        return;
    }
    if (!alone) {
        report.error(
            has_key(root, "version") ? fields.place_of("version") : place,
            "the layout 3.0 must be the only document of its file"
        );
    }
    read_layout_30(context, root, place, bindings);
}

}  // namespace sfg::module_reader
