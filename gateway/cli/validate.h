// What `validate` prints: the bindings as they were understood.
//
// Threads:  the main thread; print_bindings is a pure function of its arguments.
#pragma once

#include "gateway/cli/probe.h"
#include "protocol/module_spec.h"

#include <iosfwd>
#include <vector>

namespace sfg::cli {

// Every endpoint with what is in force for it, and the playground's ports and topics.
void print_bindings(std::ostream& out, const ModuleSpec& spec);

// One line per endpoint.
void print_probes(std::ostream& out, const std::vector<ProbeResult>& results);

}  // namespace sfg::cli
