// From --module to module texts: files as they are, directories by their *.yaml and *.yml.
//
// Threads:  any; blocking, for the time before the process serves.
// Limits:   kModuleFilesMax files of kModuleBytesMax.
#pragma once

#include "protocol/limits.h"
#include "protocol/module_spec.h"

#include <cstddef>
#include <string>
#include <vector>

namespace sfg::cli {

inline constexpr std::size_t kModuleFilesMax = 1000;
inline constexpr std::size_t kModuleBytesMax = 4 * kMiB;

struct ModuleFiles {
    std::vector<ModuleText> texts;    // In the order given; a directory's files by name.
    std::vector<std::string> errors;  // Each begins with its path.
};

// Hidden files (a name that begins with a dot) of a directory are passed over, and so are its
// directories. A file that is named twice is read once.
[[nodiscard]] ModuleFiles read_module_files(const std::vector<std::string>& paths);

// Whether the path is a file that this process may read; for the TLS files that modules name.
[[nodiscard]] bool is_readable_file(const std::string& path);

}  // namespace sfg::cli
