// What the process says with its exit code; documented in --help, so a code never changes meaning.
#pragma once

namespace sfg::cli {

enum class ExitCode : int {
    ok = 0,
    // The command line, gateway.yaml or a module is wrong. Starting again won't help.
    bad_input = 1,
    // A port is in use, a host name is unknown. May pass by itself.
    cannot_start = 2,
    // The data directory can't be used: permission, not ours, newer, damaged, in use.
    data_refused = 3,
    // The disk refused a sync. What was not durable is gone; a restart recovers the rest.
    sync_failed = 4,
    // validate --probe: at least one endpoint did not answer.
    endpoint_unreachable = 5,
};

[[nodiscard]] constexpr int value_of(ExitCode code) {
    return static_cast<int>(code);
}

}  // namespace sfg::cli
