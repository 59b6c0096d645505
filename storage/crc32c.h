// CRC-32C (Castagnoli), the checksum of LevelDB's logs and of our FORMAT file.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace sfg::storage {

[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

// As LevelDB stores it: turned and shifted, because a checksum over bytes that contain their own
// checksum is weak.
[[nodiscard]] std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace sfg::storage
