// YAML out of a tree, and what it takes to change one.
//
// Threads:  pure functions.
// Source:   yaml-cpp decides where quotes are needed; a scalar that had quotes and would be a
//           number or a truth value without them keeps them.
#pragma once

#include "protocol/yaml_node.h"

#include <string>
#include <string_view>

namespace sfg {

// The node in block style, with a line break at the end. Tags are not written.
[[nodiscard]] std::string write_yaml(const YamlNode& node);

[[nodiscard]] YamlNode make_scalar(std::string text);
[[nodiscard]] YamlNode make_map();
[[nodiscard]] YamlNode make_list();

// Adds an entry to a map. Requires: it has none of that name.
void add_entry(YamlNode& map, std::string name, YamlNode value);
void remove_entry(YamlNode& map, std::string_view name);

// As find_value(), to change it.
[[nodiscard]] YamlNode* find_entry(YamlNode& map, std::string_view name);

// The text of an entry that is a scalar, else empty.
[[nodiscard]] std::string text_of_entry(const YamlNode& map, std::string_view name);

}  // namespace sfg
