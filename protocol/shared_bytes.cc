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

const char* SharedBytes::data() const {
    return block_ == nullptr ? "" : reinterpret_cast<const char*>(block_ + 1);
}

std::size_t SharedBytes::size() const {
    return block_ == nullptr ? 0 : block_->size;
}

char* SharedBytes::mutable_data() {
    return block_ == nullptr ? nullptr : reinterpret_cast<char*>(block_ + 1);
}

void SharedBytes::retain() noexcept {
    if (block_ != nullptr) {
        block_->holders.fetch_add(1, std::memory_order_relaxed);
    }
}

void SharedBytes::release() noexcept {
    if (block_ != nullptr && block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        block_->~Block();
        ::operator delete(block_);
    }
}

}  // namespace sfg
