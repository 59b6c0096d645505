// deflated(): a text as zlib compresses it.
//
// Threads:  a pure function.
#pragma once

#include <string>
#include <string_view>

namespace sfg::test {

enum class Wrapping { gzip, zlib, raw };

[[nodiscard]] std::string deflated(std::string_view text, Wrapping wrapping);

}  // namespace sfg::test
