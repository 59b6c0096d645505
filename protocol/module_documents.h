// One document of a module file, and what may be wrong with it before its kind matters.
//
// Threads:  one reader, one thread.
#pragma once

#include "protocol/module_components.h"
#include "protocol/yaml_node.h"

namespace sfg::module_reader {

// Reads one parsed document into the bindings. `alone`: it is the only one of its file that is not
// empty, as the layout 3.0 demands. Its placeholders are filled in.
void read_document(Context context, YamlDocument& document, bool alone, Bindings& bindings);

// The layout 3.0: one document with `version: "3.0"` and all components below `module`.
void read_layout_30(Context context, const YamlNode& root, const Place& place, Bindings& bindings);

// The kind that a short name of the layout 3.0 stands for; every other name as it is.
[[nodiscard]] std::string_view full_kind(std::string_view kind);

// What is never right, wherever it stands: aliases, duplicate keys, keys that are no text,
// placeholders without quotes, tags.
void check_tree(Report& report, const YamlNode& root, const Place& place);

}  // namespace sfg::module_reader
