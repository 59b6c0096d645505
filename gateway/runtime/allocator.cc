#include "gateway/runtime/allocator.h"

#include <cstdlib>  // Says whether this is glibc.

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace sfg::runtime {

void set_up_allocator() {
#if defined(__GLIBC__)
    constexpr int kOwnBlockBytes = 256 * 1024;
    constexpr int kTrimBytes = 1024 * 1024;
    constexpr int kArenas = 2;
    mallopt(M_MMAP_THRESHOLD, kOwnBlockBytes);
    mallopt(M_TRIM_THRESHOLD, kTrimBytes);
    mallopt(M_ARENA_MAX, kArenas);
#endif
}

}  // namespace sfg::runtime
