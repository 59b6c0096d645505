// Bytes: text that grows at its end, and parts of it.
//
// Keys are put together in it piece by piece, so that a batch of many operations is one block of
// memory and not one for each key.
//
// Threads:    one at a time.
// Limits:     under 4 GiB, so that a Part is small; asserted.
#pragma once

#include "protocol/assert.h"

#include <boost/container/vector.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace sfg::storage {

// Where something stands in Bytes.
struct Part {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
};

class Bytes {
public:
    [[nodiscard]] std::size_t size() const { return bytes_.size(); }

    [[nodiscard]] std::string_view view() const { return {bytes_.data(), bytes_.size()}; }

    [[nodiscard]] std::string_view view(Part part) const {
        return {bytes_.data() + part.at, part.size};
    }

    // The next `size` bytes, to be written by the caller before anything else is appended.
    [[nodiscard]] char* extend(std::size_t size) {
        std::size_t at = bytes_.size();
        SFG_ASSERT(size <= std::numeric_limits<std::uint32_t>::max() - at);
        bytes_.resize(at + size, boost::container::default_init);
        return bytes_.data() + at;
    }

    Part append(std::string_view piece) {
        Part part = next(piece.size());
        char* at = extend(piece.size());
        std::copy(piece.begin(), piece.end(), at);
        return part;
    }

    // What extend(size) would give.
    [[nodiscard]] Part next(std::size_t size) const {
        return {static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(size)};
    }

    // Keeps its memory, unless that is more than `kept` bytes.
    void clear(std::size_t kept = std::numeric_limits<std::size_t>::max()) {
        bytes_.clear();
        if (bytes_.capacity() > kept) {
            bytes_ = {};
        }
    }

private:
    boost::container::vector<char> bytes_;
};

}  // namespace sfg::storage
