// From what an operator chose to what the engine and its drivers take.
//
// Threads:  a pure function.
#pragma once

#include "gateway/config.h"
#include "gateway/engine_host.h"

namespace sfg {

[[nodiscard]] HostOptions host_options(const Config& config);

}  // namespace sfg
