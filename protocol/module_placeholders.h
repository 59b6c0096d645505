// Placeholders: ${NAME} and ${NAME:-default} in the values of a module, an extension of ours.
//
// They are filled from the environment after YAML was read, so that a value can't bring structure
// with it and places stay what they were. A number stays one: `port: ${PORT}` is a port. $${NAME}
// stands for the text ${NAME}. Keys are left as they are.
//
// Threads:  one reader, one thread.
#pragma once

#include "protocol/module_report.h"
#include "protocol/yaml_node.h"

namespace sfg::module_reader {

// Fills every value of the document; reports names that the environment has not, and what begins
// like a placeholder and is none. Without LoadOptions::environment nothing is done.
void fill_placeholders(
    Report& report,
    YamlNode& root,
    const Place& place,
    const LoadOptions& options
);

}  // namespace sfg::module_reader
