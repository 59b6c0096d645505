#include "gateway/runtime/allocator.h"

#include <unistd.h>

#include <cstdlib>  // Says whether this is glibc.
#include <fstream>

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

void give_back_free_memory() {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

std::size_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::size_t total_pages = 0;
    std::size_t resident_pages = 0;
    statm >> total_pages >> resident_pages;
    long page_bytes = sysconf(_SC_PAGESIZE);
    return page_bytes > 0 ? resident_pages * static_cast<std::size_t>(page_bytes) : 0;
}

}  // namespace sfg::runtime
