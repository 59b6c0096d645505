// Why a text is not the YAML that its author meant: tabs, templates, ConfigMaps.
//
// Threads:  pure functions.
#pragma once

#include "protocol/yaml_node.h"

#include <string>
#include <string_view>

namespace sfg {

// A sentence if the text holds what a template engine should have replaced; empty if not.
[[nodiscard]] std::string_view template_hint(std::string_view text);

// What yaml-cpp's complaint means for the author. `place` counts from 1 within `text`.
[[nodiscard]] std::string
syntax_message(std::string_view complaint, std::string_view text, YamlMark place);

// Whether the node is {NAME} or {{ name }}: a placeholder without quotes, which YAML reads as a
// map.
[[nodiscard]] bool is_placeholder(const YamlNode& node);

// The placeholder as it was written.
[[nodiscard]] std::string placeholder_text(const YamlNode& node);

}  // namespace sfg
