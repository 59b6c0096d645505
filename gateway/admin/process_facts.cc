#include "gateway/admin/process_facts.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>

namespace sfg::admin {

namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double unix_seconds_now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

// Taken during static initialisation, a few milliseconds after the process began.
const double kStarted = unix_seconds_now();

std::uint64_t resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    statm >> total_pages >> resident_pages;
    long page_bytes = sysconf(_SC_PAGESIZE);
    return page_bytes > 0 ? resident_pages * static_cast<std::uint64_t>(page_bytes) : 0;
}

}  // namespace

ProcessFacts process_facts() {
    ProcessFacts facts;
    facts.resident_bytes = resident_bytes();
    facts.start_unix_seconds = kStarted;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        facts.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }
    return facts;
}

}  // namespace sfg::admin
