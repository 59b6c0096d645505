// The name by which `top -H`, perf and debuggers show a thread.
//
// Threads: any.
#pragma once

#include <pthread.h>

#include <thread>

namespace sfg::runtime {

// At most 15 characters; a longer name is not taken.
inline void name_thread(std::thread& thread, const char* name) {
    static_cast<void>(pthread_setname_np(thread.native_handle(), name));
}

}  // namespace sfg::runtime
