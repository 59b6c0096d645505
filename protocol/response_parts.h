// What an answer of a function would become, before any of it does.
//
// An effect of two bytes becomes an object of sixty and more: an answer of 32 MiB could take
// gigabytes. So they are counted first. (What we do not know stays bytes in our objects, whatever
// it is: see request_reply.proto.)
//
// Threads: pure function.
#pragma once

#include <cstddef>
#include <string_view>

namespace sfg {

// How many effects and missing states an answer has. Of bytes that are damaged: those before the
// damage.
[[nodiscard]] std::size_t count_parts(std::string_view body);

}  // namespace sfg
