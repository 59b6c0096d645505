// Gateway: the composition root. Builds the parts in the order of their dependence, starts them,
// and stops them in reverse (design section 4).
//
// Threads:    run() makes the calling thread the engine's loop.
// Start:      bind ports, open the store, recover, then accept.
// Reload:     SIGHUP, or POST /v1/module on the admin port (reload.h).
// Stop:       not ready; no new messages, calls or records; wait for what is in flight until the
//             deadline; make everything durable; write out the answers; close the store; exit.
#pragma once

#include "gateway/cli/modules.h"
#include "gateway/config.h"
#include "protocol/module_spec.h"

namespace sfg {

// Runs the gateway until a signal stops it. The exit code is one of cli/exit_codes.h.
// `again` reads the modules anew.
[[nodiscard]] int serve(const Config& config, LoadedModules modules, cli::ModuleSource again);

}  // namespace sfg
