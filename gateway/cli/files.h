// Files: small text files, read whole.
//
// Threads:  any; blocking, for the time before the process serves.
// Limits:   the caller's; a pipe or a device is read up to it, too.
#pragma once

#include "protocol/result.h"

#include <cstddef>
#include <string>

namespace sfg::cli {

// Why a file can't be read, as a sentence that begins with its path.
struct FileError {
    std::string reason;
};

[[nodiscard]] Result<std::string, FileError>
read_text_file(const std::string& path, std::size_t bytes_max);

}  // namespace sfg::cli
