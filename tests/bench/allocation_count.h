// How often this program has asked for memory; allocation_count.cc counts each operator new.
//
// Threads: any, but only one at a time allocates while it counts.
#pragma once

#include <cstdint>

namespace sfg {

[[nodiscard]] std::uint64_t allocation_count();

}  // namespace sfg
