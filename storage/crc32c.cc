#include "storage/crc32c.h"

#include <boost/crc.hpp>

namespace sfg::storage {

std::uint32_t crc32c(std::string_view bytes) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

std::uint32_t masked_crc32c(std::string_view bytes) {
    constexpr std::uint32_t kDelta = 0xa282ead8U;
    std::uint32_t crc = crc32c(bytes);
    return (crc >> 15 | crc << 17) + kDelta;
}

}  // namespace sfg::storage
