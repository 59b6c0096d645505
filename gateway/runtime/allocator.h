// The allocator, set up so that memory that was given back is given back to the system.
//
// glibc raises its threshold for blocks of their own to the largest block that was freed, up to 32
// MiB; after one large body all large ones live in the heap, where they leave holes. A fixed
// threshold keeps them out of it. Few arenas, because here one thread allocates what another frees.
//
// Threads:  set_up_allocator() once, before other threads start; the others any.
#pragma once

#include <cstddef>

namespace sfg::runtime {

void set_up_allocator();

// All free pages, of all heaps. Who asks for memory meanwhile may wait for some milliseconds.
void give_back_free_memory();

// What the process has of the machine's memory. 0: /proc can't be read.
[[nodiscard]] std::size_t resident_bytes();

}  // namespace sfg::runtime
