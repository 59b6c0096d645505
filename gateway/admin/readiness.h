// Readiness: may messages be sent to this process now?
//
// Threads:  pure functions.
#pragma once

#include "gateway/admin/report.h"
#include "protocol/errors.h"

#include <chrono>
#include <vector>

namespace sfg::admin {

// A commit that waits longer than this means that the disk does not keep up (design section 5).
inline constexpr std::chrono::seconds kCommitAgeMax{5};

// Why not, the weightiest first; none: ready.
[[nodiscard]] std::vector<Problem> reasons_not_ready(const EngineReport& report);

}  // namespace sfg::admin
