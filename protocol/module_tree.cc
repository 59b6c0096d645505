// check_tree: what is never right in a module, wherever it stands.
#include "protocol/module_documents.h"
#include "protocol/yaml_hints.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace sfg::module_reader {
namespace {

void report_placeholder(Report& report, const YamlNode& node, const Place& place) {
    const std::string text = placeholder_text(node);
    std::string message = "YAML reads this as a map, since it has no quotes: ";
    message += text.starts_with("{{") ? template_hint(text)
                                      : "fill the placeholder in, or quote it if it is meant so";
    report.error(place, std::move(message), {"a map " + shortened(text), {}});
}

void check_map(Report& report, const YamlNode& map, const Place& place) {
    std::unordered_map<std::string_view, int> lines;
    for (const YamlNode& key : map.keys) {
        if (key.kind != YamlNode::Kind::scalar) {
            report.error(
                {place.document, key.mark, place.key_path},
                "a key must be text",
                {seen_text(key), {}}
            );
            continue;
        }
        const auto [first, is_new] = lines.try_emplace(key.text, key.mark.line);
        if (!is_new) {
            report.warning(
                place.key(key.text, key.mark),
                "the key is there already at line " + std::to_string(first->second) +
                    "; as in StateFun the last one counts"
            );
        }
    }
}

}  // namespace

void check_tree(Report& report, const YamlNode& root, const Place& place) {
    if (!root.tag.empty()) {
        report.warning(place, "the tag is ignored, as in StateFun", {shortened(root.tag), {}});
    }
    if (root.kind == YamlNode::Kind::alias) {
        report.error(
            place,
            "an alias (*name), which StateFun does not resolve; write the value out, or quote it "
            "if it begins with '*'"
        );
        return;
    }
    if (is_placeholder(root)) {
        report_placeholder(report, root, place);
        return;
    }
    if (root.kind == YamlNode::Kind::map) {
        check_map(report, root, place);
        for (std::size_t i = 0; i < root.values.size(); ++i) {
            check_tree(report, root.values[i], place.key(root.keys[i].text, root.values[i].mark));
        }
    }
    if (root.kind == YamlNode::Kind::sequence) {
        for (std::size_t i = 0; i < root.values.size(); ++i) {
            check_tree(report, root.values[i], place.item(i, root.values[i].mark));
        }
    }
}

}  // namespace sfg::module_reader
