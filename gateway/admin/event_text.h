// A happening as one event of a Server-Sent Events stream.
//
// Threads: pure functions.
#pragma once

#include "gateway/engine/happening.h"

#include <cstdint>
#include <string>

namespace sfg::admin {

// Its lines, with the empty one at the end. `number`: its id.
[[nodiscard]] std::string event_text(std::uint64_t number, const engine::Happening& happening);

// That so many events before this number could not be told.
[[nodiscard]] std::string lost_text(std::uint64_t number, std::uint64_t events);

}  // namespace sfg::admin
