#include "gateway/ingress/content_hash.h"

#include <xxhash.h>

#include <string>

namespace sfg::ingress {

std::uint64_t content_hash(
    std::uint64_t kind,
    std::string_view type_name,
    std::string_view value,
    std::chrono::milliseconds delay
) {
    std::uint64_t type_hash = XXH64(type_name.data(), type_name.size(), kind);
    std::uint64_t hash = XXH64(value.data(), value.size(), type_hash);
    if (delay.count() == 0) {
        return hash;
    }
    std::string text = std::to_string(delay.count());
    return XXH64(text.data(), text.size(), hash);
}

}  // namespace sfg::ingress
