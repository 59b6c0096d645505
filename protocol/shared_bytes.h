// SharedBytes: an immutable byte string that several owners share without copying.
//
// A message is encoded once; its mailbox, the commit that makes it durable and the request that
// carries it to a function hold the same bytes. One allocation, one atomic count.
//
// Threads:    copies may be held and dropped by any thread; the bytes do not change once shared.
// Invariants: data() may be written only by the one holder before the first copy is made.
#pragma once

#include <atomic>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sfg {

class SharedBytes {
public:
    SharedBytes() = default;

    // A copy of `bytes`.
    explicit SharedBytes(std::string_view bytes);

    // `size` bytes with undefined content, to be filled through mutable_data() before sharing.
    [[nodiscard]] static SharedBytes uninitialized(std::size_t size);

    SharedBytes(const SharedBytes& other) noexcept : block_(other.block_) { retain(); }

    SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}

    SharedBytes& operator=(SharedBytes other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }

    ~SharedBytes() { release(); }

    [[nodiscard]] const char* data() const {
        return block_ == nullptr ? "" : reinterpret_cast<const char*>(block_ + 1);
    }

    [[nodiscard]] std::size_t size() const { return block_ == nullptr ? 0 : block_->size; }

    [[nodiscard]] bool empty() const { return size() == 0; }

    [[nodiscard]] std::string_view view() const { return {data(), size()}; }

    // Requires: nobody else holds these bytes.
    [[nodiscard]] char* mutable_data() {
        return block_ == nullptr ? nullptr : reinterpret_cast<char*>(block_ + 1);
    }

    // What one of these costs beside its bytes, for memory accounting.
    static constexpr std::size_t kOverheadBytes = 32;

private:
    struct Block {
        std::atomic<std::size_t> holders;
        std::size_t size;
    };

    void retain() noexcept {
        if (block_ != nullptr) {
            block_->holders.fetch_add(1, std::memory_order_relaxed);
        }
    }

    void release() noexcept {
        // Who is alone needs no atomic subtraction: nobody is left to copy from.
        if (block_ != nullptr && (block_->holders.load(std::memory_order_acquire) == 1 ||
                                  block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1)) {
            destroy(block_);
        }
    }

    static void destroy(Block* block) noexcept;

    Block* block_ = nullptr;
};

}  // namespace sfg
