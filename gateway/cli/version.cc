#include "gateway/cli/version.h"

#include "protocol/limits.h"
#include "storage/store.h"

namespace sfg::cli {

std::string compiler_text() {
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "g++ " __VERSION__;
#endif
}

std::string version_text() {
    std::string text = "statefun-gateway " SFG_VERSION "\n";
    text += "store format " + std::to_string(storage::kFormatVersion) + ", " +
            std::to_string(kPartitions) + " partitions\n";
    text += "built by " + compiler_text() + "\n";
    // Named by the build: the libraries' own headers stay where they are used.
    text += "with " SFG_LIBRARY_VERSIONS "\n";
    return text;
}

}  // namespace sfg::cli
