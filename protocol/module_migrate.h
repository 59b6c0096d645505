// Modules in the layouts 1.0, 2.x and 3.0, written anew as documents of StateFun 3.1 and later.
//
//     kind: http, endpoint           -> io.statefun.endpoints.v2/http with urlPathTemplate
//     routable-protobuf-ingress      -> io.statefun.kafka.v1/ingress, its typeUrl as valueType
//     protobuf-ingress and a router  -> the same, the router's target at each topic
//     generic-egress                 -> io.statefun.kafka.v1/egress
//
// What no file can express any more (states, routers' ids) becomes a comment above the document.
//
// Threads:  a pure function.
#pragma once

#include "protocol/module_spec.h"

#include <string>
#include <vector>

namespace sfg {

struct Migrated {
    // The new file; empty if there are errors.
    std::string text;
    // Warnings: what is left to do by hand, each also a comment. Errors: why there is no file.
    std::vector<Diagnostic> diagnostics;
};

[[nodiscard]] Migrated migrate_module(const ModuleText& module);

}  // namespace sfg
