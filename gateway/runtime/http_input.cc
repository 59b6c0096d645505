#include "gateway/runtime/http_input.h"

#include "protocol/assert.h"

#include <algorithm>
#include <cstring>

namespace sfg::runtime {

namespace {

// After so many small reads in a row a large block is given back.
constexpr int kSmallReadsMax = 32;

}  // namespace

HttpInput::HttpInput(std::size_t bytes_max) : bytes_max_(std::max(bytes_max, kSmallBytes)) {}

void HttpInput::consume(std::size_t bytes) {
    SFG_ASSERT(bytes <= end_ - begin_);
    begin_ += bytes;
}

std::span<char> HttpInput::prepare() {
    SFG_ASSERT(!lent_, "one read at a time");
    if (empty()) {
        begin_ = 0;
        end_ = 0;
    }
    bool crowded = end_ == capacity_;
    if (capacity_ == 0 || (empty() && capacity_ != wanted_)) {
        move_to(wanted_);
    } else if (crowded && begin_ > 0) {
        std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    } else if (crowded && capacity_ < bytes_max_) {
        wanted_ = std::min(capacity_ * 2, bytes_max_);
        move_to(wanted_);
    }
    lent_ = true;
    return {data_.get() + end_, capacity_ - end_};
}

void HttpInput::commit(std::size_t bytes) {
    SFG_ASSERT(bytes <= capacity_ - end_);
    lent_ = false;
    bool filled = bytes == capacity_ - end_;
    end_ += bytes;
    small_reads_ = bytes < kSmallBytes / 2 ? small_reads_ + 1 : 0;
    if (filled) {
        wanted_ = std::min(capacity_ * 2, bytes_max_);
    } else if (small_reads_ > kSmallReadsMax) {
        wanted_ = kSmallBytes;
    }
}

void HttpInput::move_to(std::size_t capacity) {
    // NOLINTNEXTLINE(modernize-avoid-c-arrays): the type of a block, not an array.
    auto fresh = std::make_unique_for_overwrite<char[]>(capacity);
    std::size_t size = end_ - begin_;
    if (size > 0) {
        std::memcpy(fresh.get(), data_.get() + begin_, size);
    }
    data_ = std::move(fresh);
    capacity_ = capacity;
    begin_ = 0;
    end_ = size;
}

}  // namespace sfg::runtime
