#include "protocol/assert.h"

#include <cstdio>
#include <cstdlib>

namespace sfg {

void assert_failed(const char* expression, const char* file, int line, const char* message) {
    std::fprintf(stderr, "assertion failed at %s:%d: %s %s\n", file, line, expression, message);
    std::abort();
}

}  // namespace sfg
