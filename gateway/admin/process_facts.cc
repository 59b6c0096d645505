#include "gateway/admin/process_facts.h"

#include "gateway/runtime/allocator.h"

#include <sys/resource.h>

#include <chrono>

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

}  // namespace

ProcessFacts process_facts() {
    ProcessFacts facts;
    facts.resident_bytes = runtime::resident_bytes();
    facts.start_unix_seconds = kStarted;
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        facts.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    }
    return facts;
}

}  // namespace sfg::admin
