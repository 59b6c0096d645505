#include "protocol/shared_bytes.h"

#include <cstring>
#include <new>

namespace sfg {

SharedBytes::SharedBytes(std::string_view bytes) {
    if (bytes.empty()) {
        return;
    }
    *this = uninitialized(bytes.size());
    std::memcpy(mutable_data(), bytes.data(), bytes.size());
}

SharedBytes SharedBytes::uninitialized(std::size_t size) {
    SharedBytes result;
    if (size > 0) {
        result.block_ = new (::operator new(sizeof(Block) + size)) Block{1, size};
    }
    return result;
}

void SharedBytes::destroy(Block* block) noexcept {
    block->~Block();
    ::operator delete(block);
}

}  // namespace sfg
