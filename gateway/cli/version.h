// What this binary is: its version, its store format, its compiler and its libraries.
#pragma once

#include <string>

namespace sfg::cli {

// Several lines, the first "statefun-gateway 0.1.0".
[[nodiscard]] std::string version_text();

// "g++ 12.2.0".
[[nodiscard]] std::string compiler_text();

}  // namespace sfg::cli
