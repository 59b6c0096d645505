// What `migrate` does: modules of old layouts on the way to standard output.
//
// Threads:  the main thread; a pure function of its arguments.
#pragma once

#include "gateway/cli/module_files.h"

#include <iosfwd>

namespace sfg::cli {

// The exit code. Writes all of the files anew, or none.
[[nodiscard]] int migrate_files(const ModuleFiles& files, std::ostream& out, std::ostream& err);

}  // namespace sfg::cli
