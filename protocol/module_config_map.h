// Modules that sit inside a Kubernetes ConfigMap, as teams deploy them.
//
// Threads:  a pure function.
#pragma once

#include "protocol/module_spec.h"

#include <vector>

namespace sfg {

// The texts below `data` of each ConfigMap of the file whose names end in .yaml or .yml, in their
// order. They keep the file's name, and of a literal block ("module.yaml: |") the file's lines, so
// that reports point into the ConfigMap. Other documents of the file (Deployments, Services) are
// passed over. Empty: the file has no such ConfigMap.
[[nodiscard]] std::vector<ModuleText> modules_of_config_map(const ModuleText& file);

}  // namespace sfg
