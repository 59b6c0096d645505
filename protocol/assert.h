// SFG_ASSERT: a check of our own reasoning, on in every build.
//
// A violated assertion is a bug, never a reaction to input: the process prints the expression, the
// place and the optional message, and aborts, so that what is durable stays as it was. It recovers
// at the next start.
#pragma once

namespace sfg {

[[noreturn]] void
assert_failed(const char* expression, const char* file, int line, const char* message);

}  // namespace sfg

#define SFG_ASSERT(expression, ...)                     \
    (__builtin_expect(static_cast<bool>(expression), 1) \
         ? static_cast<void>(0)                         \
         : ::sfg::assert_failed(#expression, __FILE__, __LINE__, "" __VA_ARGS__))
