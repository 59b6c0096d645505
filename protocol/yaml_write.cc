#include "protocol/yaml_write.h"

#include "protocol/module_fields.h"

#include <yaml-cpp/emitter.h>

#include <algorithm>
#include <utility>

namespace sfg {
namespace {

void write(YAML::Emitter& out, const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::map:
            out << YAML::BeginMap;
            for (std::size_t i = 0; i < node.keys.size(); ++i) {
                out << YAML::Key << node.keys[i].text << YAML::Value;
                write(out, node.values[i]);
            }
            out << YAML::EndMap;
            return;
        case YamlNode::Kind::sequence:
            if (node.values.empty()) {
                out << YAML::Flow;
            }
            out << YAML::BeginSeq;
            for (const YamlNode& each : node.values) {
                write(out, each);
            }
            out << YAML::EndSeq;
            return;
        case YamlNode::Kind::scalar: {
            YamlNode bare = node;
            bare.plain = true;
            if (!node.plain && module_reader::is_number_or_bool(bare)) {
                out << YAML::DoubleQuoted;
            }
            out << node.text;
            return;
        }
        case YamlNode::Kind::null:
        case YamlNode::Kind::alias:
            out << YAML::Null;
            return;
    }
}

}  // namespace

std::string write_yaml(const YamlNode& node) {
    YAML::Emitter out;
    write(out, node);
    return std::string(out.c_str()) + "\n";
}

YamlNode make_scalar(std::string text) {
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.plain = true;
    node.text = std::move(text);
    return node;
}

YamlNode make_map() {
    YamlNode node;
    node.kind = YamlNode::Kind::map;
    return node;
}

YamlNode make_list() {
    YamlNode node;
    node.kind = YamlNode::Kind::sequence;
    return node;
}

void add_entry(YamlNode& map, std::string name, YamlNode value) {
    map.keys.push_back(make_scalar(std::move(name)));
    map.values.push_back(std::move(value));
}

void remove_entry(YamlNode& map, std::string_view name) {
    const auto found = std::ranges::find(map.keys, name, &YamlNode::text);
    if (found != map.keys.end()) {
        map.values.erase(map.values.begin() + (found - map.keys.begin()));
        map.keys.erase(found);
    }
}

YamlNode* find_entry(YamlNode& map, std::string_view name) {
    const YamlNode* found = find_value(map, name);
    return found == nullptr ? nullptr
                            : &map.values[static_cast<std::size_t>(found - map.values.data())];
}

std::string text_of_entry(const YamlNode& map, std::string_view name) {
    const YamlNode* value = find_value(map, name);
    return value != nullptr && value->kind == YamlNode::Kind::scalar ? value->text : std::string{};
}

}  // namespace sfg
