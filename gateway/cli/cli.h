// The command line: serve, validate, version, and the help that teaches them.
//
// Threads:  the main thread.
// What it prints for people goes to the given streams: answers to `out`, problems to `err`, one a
// line. `serve` is called only with a configuration and modules that are free of errors.
#pragma once

#include "gateway/cli/exit_codes.h"
#include "gateway/cli/modules.h"
#include "gateway/config.h"
#include "protocol/module_spec.h"

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace sfg::cli {

// Runs the gateway until it stops; returns the exit code. Warnings are not printed before: its own
// first lines name the addresses. They are in Config::warnings and LoadedModules::diagnostics. The
// third reads the same files again, for a reload.
using ServeFunction = std::function<int(const Config&, LoadedModules, ModuleSource)>;

struct Streams {
    std::ostream& out;
    std::ostream& err;
};

// Returns the exit code. The environment is the process's.
[[nodiscard]] int run_cli(int argc, char** argv, const ServeFunction& serve);

// The same over arguments (without the program's name), variables and streams at hand.
[[nodiscard]] int run_cli(
    const std::vector<std::string>& arguments,
    const NamedValues& environment,
    Streams streams,
    const ServeFunction& serve
);

}  // namespace sfg::cli
