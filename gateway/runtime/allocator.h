// The allocator, set up so that memory that was given back is given back to the system.
//
// glibc raises its threshold for blocks of their own to the largest block that was freed, up to 32
// MiB; after one large body all large ones live in the heap, where they leave holes. A fixed
// threshold keeps them out of it. Few arenas, because here one thread allocates what another frees.
//
// Threads:  once, before other threads start.
#pragma once

namespace sfg::runtime {

void set_up_allocator();

}  // namespace sfg::runtime
