#include "protocol/module_config_map.h"

#include "protocol/yaml_node.h"

#include <algorithm>
#include <string>

namespace sfg {
namespace {

bool is_module_key(const YamlNode& key) {
    return key.kind == YamlNode::Kind::scalar &&
           (key.text.ends_with(".yaml") || key.text.ends_with(".yml"));
}

// A literal block begins on the line after its key: as many empty lines stand for what is above.
ModuleText module_at(const std::string& file, const YamlNode& value) {
    const auto lines = static_cast<std::size_t>(std::max(0, value.mark.line));
    return {file, std::string(lines, '\n') + value.text};
}

}  // namespace

std::vector<ModuleText> modules_of_config_map(const ModuleText& file) {
    std::vector<ModuleText> modules;
    for (const YamlDocument& document : read_yaml(file.text).documents) {
        if (!document.root) {
            continue;
        }
        const YamlNode* kind = find_value(*document.root, "kind");
        const YamlNode* data = find_value(*document.root, "data");
        if (kind == nullptr || kind->text != "ConfigMap" || data == nullptr) {
            continue;
        }
        for (std::size_t i = 0; i < data->keys.size(); ++i) {
            if (is_module_key(data->keys[i]) && data->values[i].kind == YamlNode::Kind::scalar) {
                modules.push_back(module_at(file.file, data->values[i]));
            }
        }
    }
    return modules;
}

}  // namespace sfg
